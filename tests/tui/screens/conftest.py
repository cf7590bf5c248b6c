"""The real app on a real library, with a player that only keeps time."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile

from library.catalog import Catalog
from library.take import Take, digest_of, make_id, utc_now
from tui.app import make_app
from tui.player.silent import SilentPlayer

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
        batch = Catalog(root).new_batch()
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
            player=SilentPlayer(clock),
            settings_path=tmp_path / "settings.json",
            start=start,
            **given,
        )

    return make


@pytest.fixture
def until():
    """Waits, within a deadline, until a condition holds."""

    async def wait(pilot, condition, timeout_s=60.0):
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, "waited in vain"
            await pilot.pause()

    return wait
