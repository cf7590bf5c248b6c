"""The dialogue for recording: recorded, heard, kept, done again, left aside and offered again; and what may fail."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile
from textual.widgets import Static

from library.library import Library
from library.store.catalog import Catalog
from tui.app import make_app
from tui.playing.player.silent import SilentPlayer
from tui.playing.recording.folder import name_of
from tui.playing.recording.level_meter import LevelMeter
from tui.playing.recording.record_dialog import RecordDialog
from tui.playing.recording.recording_fault import RecordingFault, describe

pytestmark = pytest.mark.sound
READY = ("space", "esc")
RECORDED = ("space", "enter", "r", "esc")


class Dialogue:
    """The real app with the dialogue in front."""

    def __init__(self, tmp_path) -> None:
        self.folder = tmp_path / "recordings"
        self.app = make_app(
            tmp_path / "lib", listener="ann", player=SilentPlayer(), settings_path=tmp_path / "settings.json"
        )
        self.results: list = []

    async def open(self, pilot) -> None:
        self.pilot = pilot
        self.app.push_screen(RecordDialog(self.app, self.folder), self.results.append)
        await self.until(lambda: isinstance(self.app.screen, RecordDialog) and self.app.screen.query(".keys"))

    async def until(self, condition) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert time.monotonic() < deadline, f"waited in vain: {self.status}"
            await self.pilot.pause()

    def text(self, part: str) -> str:
        return str(self.app.screen.query_one(part, Static).content)

    @property
    def status(self) -> str:
        return self.text("#status")

    def offers(self, *keys: str):
        """A condition: these keys are on offer, and no others."""
        return lambda: tuple(line.split()[0] for line in self.text(".keys").splitlines()) == keys

    @property
    def wrong(self) -> bool:
        """Whether the status tells of something to be mended."""
        return self.app.screen.query_one("#status").has_class("-error")

    async def record(self) -> None:
        """Until there is something to decide about."""
        await self.until(self.offers(*READY))
        await self.pilot.press("space")
        await self.until(lambda: "0:0" in self.text("#time") and any(self.folder.glob("*.wav")))
        await self.until(lambda: max(path.stat().st_size for path in self.folder.glob("*.wav")) > 30_000)

    async def stop(self) -> None:
        await self.pilot.press("space")
        await self.until(self.offers(*RECORDED))


@pytest.fixture
def dialogue(tmp_path) -> Dialogue:
    return Dialogue(tmp_path)


async def test_recorded_heard_and_kept(microphone, dialogue, tmp_path):
    app = dialogue.app
    async with app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.record()
        assert dialogue.offers("space")()
        await pilot.press("enter")  # nothing to keep yet
        await dialogue.stop()
        assert not app.screen.query_one(LevelMeter).display
        await pilot.press("space")
        assert app.deck.take is not None  # it is short, and may be over by now
        assert app.deck.take.meter, "so that it is as loud as takes are"
        assert app.deck.playhead().take == app.deck.take.id
        await pilot.press("enter")
        await dialogue.until(lambda: dialogue.results)
        (take,) = dialogue.results
        assert take.generator == "recording"
        assert app.deck.take is None
        assert not app.deck.playhead().playing
    kept = Catalog.load(Library(tmp_path / "lib")).find(take.id)
    assert soundfile.info(Catalog(Library(tmp_path / "lib")).path_of(kept)).duration == pytest.approx(take.duration_s)
    assert list(dialogue.folder.iterdir()) == []


async def test_done_again(microphone, dialogue):
    async with dialogue.app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.record()
        await dialogue.stop()
        await pilot.press("r")
        assert list(dialogue.folder.iterdir()) == []
        await dialogue.record()
        await dialogue.stop()
        assert len(list(dialogue.folder.iterdir())) == 1


async def test_what_was_left_aside_is_offered_again(microphone, dialogue):
    async with dialogue.app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.record()
        await pilot.press("escape")  # stops, and nothing is lost
        await dialogue.until(dialogue.offers(*RECORDED))
        await pilot.press("escape")
        await dialogue.until(lambda: dialogue.results == [None])
        await dialogue.open(pilot)
        await dialogue.until(dialogue.offers(*RECORDED))
        (left,) = dialogue.folder.glob("*.wav")
        assert name_of(left) in dialogue.status
        await pilot.press("enter")
        await dialogue.until(lambda: len(dialogue.results) == 2)
        assert dialogue.results[1].generator == "recording"


async def test_a_microphone_that_is_unplugged_leaves_what_it_heard(microphone, dialogue):
    async with dialogue.app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.record()
        microphone.kill()
        faults = (RecordingFault.LOST, RecordingFault.FROZEN)  # as the system's sound library notices it, or does not
        troubles = [describe(fault).what for fault in faults]
        await dialogue.until(
            lambda: dialogue.offers(*RECORDED)() and any(words in dialogue.status for words in troubles)
        )


async def test_silence_is_told_until_there_is_sound(microphone, dialogue):
    async with dialogue.app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.until(lambda: dialogue.status == str(describe(RecordingFault.SILENT)))
        assert dialogue.wrong
        microphone.hear(np.full((4800, 2), 0.1))
        await dialogue.until(lambda: not dialogue.wrong)
        assert dialogue.status != str(describe(RecordingFault.SILENT))


async def test_no_microphone(no_microphone, dialogue):
    async with dialogue.app.run_test(size=(80, 24)) as pilot:
        await dialogue.open(pilot)
        await dialogue.until(lambda: dialogue.status == str(describe(RecordingFault.NO_MICROPHONE)))
        await pilot.press("space")
        await dialogue.until(dialogue.offers("r", "esc"))
        await pilot.press("r")
        await dialogue.until(lambda: dialogue.status == str(describe(RecordingFault.NO_MICROPHONE)))
        await pilot.press("escape")
        await dialogue.until(lambda: dialogue.results == [None])
    assert not dialogue.folder.exists()
