"""The real app on a real library, with a player that only keeps time; and an app that holds one widget under test."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile
from textual.app import App

from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Take, digest_of, make_id, utc_now
from tui.app import make_app
from tui.frame.theme import THEMES, derived_variables
from tui.messages import Opening
from tui.playing.player.silent import SilentPlayer

RATE = 8000
SECONDS = 30.0


class HandClock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock():
    """The player's clock."""
    return HandClock()


@pytest.fixture
def root(tmp_path):
    """Where the library is."""
    return tmp_path / "lib"


@pytest.fixture
def add_takes(root):
    """Writes takes with sound, of the prompts named, as another process would."""

    def add(prompts, first=0) -> list[Take]:
        batch = BatchWriter(Library(root))
        takes = []
        for number, prompt in enumerate(prompts, start=first):
            samples = np.random.default_rng(number).uniform(-0.5, 0.5, int(SECONDS * RATE)).astype(np.float32)
            name = f"t{number}.flac"
            soundfile.write(batch.folder / name, samples, RATE, subtype="PCM_16")
            take = Take(
                id=make_id(digest_of(f"sound {number}".encode())),
                batch=batch.name,
                file=name,
                duration_s=SECONDS,
                sample_rate=RATE,
                channels=1,
                created_at=utc_now(),
                prompt=prompt,
                seed=1000 + number,
                generator="sketch",
            )
            takes.append(take)
        batch.add(takes)
        return takes

    return add


@pytest.fixture
def open_app(root, tmp_path, clock):
    """Makes the app, on the screen `start`."""

    def make(start="rate", **given):
        return make_app(
            root,
            listener="ann",
            player=SilentPlayer(clock.monotonic),
            settings_path=tmp_path / "settings.json",
            opening=Opening(start, **given),
        )

    return make


@pytest.fixture
def library(tmp_path):
    """Makes a take of given samples in the library at `tmp_path / "lib"`."""
    root = tmp_path / "lib"
    batch = BatchWriter(Library(root))

    def add(samples, **given) -> Take:
        samples = np.asarray(samples, dtype=np.float32)
        identity = make_id(digest_of(samples.tobytes()))
        soundfile.write(batch.folder / f"{identity}.flac", samples, RATE, subtype="PCM_24")
        values = {
            "id": identity,
            "batch": batch.name,
            "file": f"{identity}.flac",
            "duration_s": len(samples) / RATE,
            "sample_rate": RATE,
            "channels": 1 if samples.ndim == 1 else samples.shape[1],
            "created_at": utc_now(),
            "prompt": "a prompt",
            "seed": 7,
        }
        take = Take(**{**values, **given})
        batch.add([take])
        return take

    add.path_of = lambda take: batch.folder / take.file
    return add


class Bench(App):
    """Shows one widget at the size the test asks for."""

    def __init__(self, widget):
        super().__init__()
        self.widget = widget
        self.heard = []

    def get_theme_variable_defaults(self):
        return derived_variables(self.current_theme.to_color_system().generate())

    def compose(self):
        yield self.widget

    def on_mount(self):
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = "ink"

    def on_waveform_sought(self, message):
        self.heard.append(message.position_s)

    def on_player_bar_sought(self, message):
        self.heard.append(message.position_s)

    def lines(self):
        """What the widget shows, a string a row."""
        return [self.widget.render_line(y).text for y in range(self.widget.size.height)]


@pytest.fixture
def bench():
    """Makes an app around a widget."""
    return Bench


@pytest.fixture
def until():
    """Waits, within a deadline, until a condition holds."""

    async def wait(pilot, condition, timeout_s=60.0):
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            await pilot.pause()

    return wait
