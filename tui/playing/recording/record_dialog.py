"""The dialogue for recording a draft from the microphone: level, record, listen, keep it or do it again."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static
from textual.worker import Worker

from library import locations
from library.errors import EarmarkError
from library.take import RECORDING, Take, digest_of, make_id, utc_now
from tui.context import AppContext
from tui.frame.dialog import Dialog
from tui.frame.formatting import clock, plain
from tui.frame.next_steps import Step, key_lines
from tui.messages import PlayheadMoved
from tui.playing.player.api import Trouble
from tui.playing.recording.folder import leftover, name_of, new_path
from tui.playing.recording.keys import RECORD
from tui.playing.recording.level_meter import CLIPPED_DB, LevelMeter, decibels
from tui.playing.recording.messages import Level, Opened, Recorded
from tui.playing.recording.recorder import MOST_S, Recorder, Report
from tui.playing.recording.recording_fault import RecordingFault, describe
from tui.playing.waveform import Waveform

SILENT_LEVELS = 30
"""So many levels of digital silence, two seconds, and a word is due: a microphone always has some noise."""


class RecordDialog(Dialog[Take | None]):
    """The result is the recording as a take of the library; None if none was kept.

    A recording that was left undecided stays aside, and is offered the next time.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*RECORD]
    CSS = """
    RecordDialog {
        #top { height: 1; }
        #time { width: auto; text-style: bold; margin-right: 2; }
        #device { width: 1fr; color: $quiet; text-align: right; }
        LevelMeter, Waveform { margin-top: 1; height: 3; }
        #status { height: auto; min-height: 1; margin-top: 1; }
        #status.-error { color: $error; }
        .keys { margin-top: 1; height: auto; }
    }
    """

    @dataclass
    class Reported(Message):
        """The recorder has news. Posted from its thread."""

        report: Report

    def __init__(self, context: AppContext, folder: Path | None = None) -> None:
        """`folder` is where recordings wait until they are kept."""
        super().__init__()
        self.context = context
        self._folder = folder or locations.recordings_folder()
        self._recorder = Recorder(lambda report: self.post_message(self.Reported(report)))
        self._open = False
        self._recording = False
        self._stopping = False
        self._why = ""
        """What ended the recording, if it was not its maker."""
        self._cut = False
        """Whether the recording ended by itself before its limit."""
        self._words = ""
        """Remarks on the recording."""
        self._take: Take | None = None
        """The recording, before it is in the library."""
        self._silent = 0
        self._keeping = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Record a draft"
            with Horizontal(id="top"):
                yield Static("", id="time", markup=False)
                yield Static("", id="device", markup=False)
            yield LevelMeter(id="meter")
            yield Waveform(self.context.deck.path_of, id="sound")
            yield Static("", id="status", markup=False)
            yield Static("", classes="keys")

    def on_mount(self) -> None:
        """Be quiet, and listen."""
        deck = self.context.deck
        deck.player.pause()
        self._before = (deck.take, deck.playhead().position_s)
        if (left := leftover(self._folder)) is not None:
            self._offer(left, f"{name_of(left)} is still waiting for your decision.")
        self._reopen()

    def on_unmount(self) -> None:
        """Let go of the microphone, however the dialogue ended."""
        self._recorder.close()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)

    # What the recorder reports

    @on(Reported)
    def _reported(self, event: Reported) -> None:
        match event.report:
            case Opened(device=device):
                self._open, self._why = True, ""
                self.query_one("#device", Static).update(plain(device))
                if self._take is None:
                    self._show_status("Ready.")
            case Level() as level:
                self._show_level(level)
                return
            case Recorded() as recorded:
                self._show_recorded(recorded)
            case Trouble() as trouble:
                self._show_trouble(trouble)
        self._draw()

    def _show_trouble(self, trouble: Trouble) -> None:
        """Show it; what was recorded until then is offered."""
        cut, self._open, self._recording, self._stopping = self._recording, False, False, False
        self._why = trouble.what
        if self._take is None:
            self._show_status(str(trouble), wrong=True)
        elif self._cut:
            self._show_status(f"{trouble.what} {self._words}".strip())
        if cut and (left := leftover(self._folder)) is not None:
            self._offer(left, "")

    def _show_level(self, level: Level) -> None:
        self._silent = self._silent + 1 if level.peak == 0 else 0
        if self._take is not None:
            return
        self.query_one(LevelMeter).add(level.peak, live=level.recording)
        if level.recording:
            self.query_one("#time", Static).update(f"● {clock(level.seconds)}")
        if self._silent == SILENT_LEVELS:
            self._show_status(str(describe(RecordingFault.SILENT)), wrong=True)
        elif self._silent == 0 and self.query_one("#status").has_class("-error"):
            self._show_status("")

    def _show_recorded(self, recorded: Recorded) -> None:
        self._cut = not (self._stopping or recorded.full)
        self._recording = self._stopping = False
        if recorded.seconds == 0:
            Path(recorded.path).unlink(missing_ok=True)
            self._show_status("That was too short.")
            return
        words = "It's silent." if recorded.peak == 0 else f"Loudest at −{-decibels(recorded.peak):.0f} dB."
        if decibels(recorded.peak) >= CLIPPED_DB:
            words = "It clips: turn the microphone down, or move away from it."
        if recorded.gaps:
            words += " The machine was too busy at times: some audio is missing."
        if recorded.full:
            words += f" It stopped at {clock(MOST_S)}, the maximum."
        self._offer(Path(recorded.path), words)

    @work(group="recording", exit_on_error=False)
    async def _offer(self, path: Path, words: str) -> None:
        from library.sound import audio
        from library.sound.loudness_meter import Meter, with_measures

        meter = Meter()
        try:
            info = (await asyncio.to_thread(audio.examine, path, meter.listen)).info
        except EarmarkError as error:
            if not isinstance(error.__context__, OSError):  # else the sound may be there, and the disk not
                path.unlink(missing_ok=True)
            self._show_status(str(error), wrong=True)
            return
        take = Take(
            id=make_id(digest_of(f"{path.name} {path.stat().st_mtime_ns}".encode())),
            batch="",
            file=str(path),
            duration_s=info.duration_s,
            sample_rate=info.sample_rate,
            channels=info.channels,
            created_at=utc_now(),
            prompt=name_of(path),
            generator=RECORDING,
        )
        self._take = with_measures(take, meter.result())
        self.query_one(Waveform).show(self._take)
        self._words = words
        self._show_status(f"{self._why} {words}".strip())
        self._draw()

    # Drawing

    def _show_status(self, words: str, *, wrong: bool = False) -> None:
        line = self.query_one("#status", Static)
        line.update(words)
        line.set_class(wrong, "-error")

    def _draw(self) -> None:
        self.query_one(LevelMeter).display = self._take is None
        self.query_one(Waveform).display = self._take is not None
        times = self.query_one("#time", Static)
        if not self._recording:
            times.update("" if self._take is None else clock(self._take.duration_s))
        self.query_one(".keys", Static).update(key_lines(self._steps(), self, 5))

    def _steps(self) -> list[Step]:
        leave = ("record.leave", "screen.leave", "discard for now" if self._take is not None else "close")
        if self._take is not None:
            playing = self.context.deck.playhead().playing
            return [
                ("record.toggle", "screen.space", "pause" if playing else "play"),
                ("record.keep", "screen.keep", "keep it: it becomes the draft, and a take in the library"),
                ("record.again", "screen.again", "discard and record again"),
                leave,
            ]
        if self._recording:
            return [("record.toggle", "screen.space", "stop")]
        if self._open:
            return [("record.toggle", "screen.space", "record"), leave]
        return [("record.again", "screen.again", "try again"), leave]

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        self.query_one(Waveform).follow(event.playhead)
        if self._take is not None:
            self._draw()

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        if self._take is not None:
            self.context.deck.load(self._take, at_s=event.position_s)

    # What the keys do

    def action_space(self) -> None:
        if self._take is not None:
            self.context.deck.toggle(self._take)
            self._draw()
        elif self._recording:
            self._stop()
        elif self._open:
            self._record()

    def action_again(self) -> None:
        """R: throw the recording away; or try to open the microphone again."""
        if self._recording or self._keeping:
            return
        if self._take is not None:
            self._put_back()
            Path(self._take.file).unlink(missing_ok=True)
            self._take = None
            self.query_one(Waveform).show(None)
            self.query_one(LevelMeter).clear()
            self._show_status("Ready." if self._open else "")
        if not self._open:
            self._reopen()
        self._draw()

    def action_keep(self) -> None:
        if self._take is not None and not self._keeping:
            self._keeping = True
            self._keep(Path(self._take.file))

    def action_leave(self) -> None:
        """Escape: a recording that runs is stopped first, so that it is there to be decided about."""
        if self._recording:
            self._stop()
        elif not self._keeping:
            self._end(None)

    def _record(self) -> None:
        try:
            path = new_path(self._folder)
        except OSError as error:
            self._show_status(str(describe(RecordingFault.DISK, error.strerror or str(error))), wrong=True)
            return
        self._recording = True
        self.query_one(LevelMeter).clear()
        self.query_one("#time", Static).update("● 0:00")
        self._show_status("Recording …")
        self._recorder.record(path)
        self._draw()

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._recorder.stop()

    @work(thread=True, group="opening", exit_on_error=False)
    def _reopen(self) -> None:
        self._recorder.open()

    @work(group="recording", name="saving the recording", exit_on_error=False)
    async def _keep(self, path: Path) -> None:
        try:
            from library.jobs.drafts import keep_recording

            take = await asyncio.to_thread(keep_recording, self.context.workspace.catalog, path, name_of(path))
        except EarmarkError as error:
            self._show_status(str(error), wrong=True)
            return
        finally:
            self._keeping = False
        self.context.refresh_library()
        self._end(take)

    def _put_back(self) -> None:
        """What was on before the recording was played is on again."""
        deck, (before, position) = self.context.deck, self._before
        if deck.is_on(self._take) and before is not None:
            deck.load(before, at_s=position, play=False, blind=True)
        elif deck.is_on(self._take):
            deck.player.pause()
            deck.take = None

    def _end(self, take: Take | None) -> None:
        self._put_back()
        self.dismiss(take)
