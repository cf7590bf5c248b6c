"""A library, a time and a chance that are the same on every machine."""

from __future__ import annotations

import asyncio
import itertools
import secrets
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import soundfile
import time_machine

from library import locations
from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Take, digest_of, make_id, utc_now
from ratings.journal import Journal

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
RATE, SECONDS = 8000, 20
PROMPTS = ("calm guitar", "brass fanfare", "slow dreamy night drive")
STARS = (4, 2, None, 5, 3, None, 1, 3, 4)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the test's own, under a name that all tests share: paths stand on some screens, and fold there."""
    folder = Path("/proc/self/cwd")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setattr(locations, "settings_file", lambda: folder / ".settings.json")
    return folder


@pytest.fixture
def same_each_time(monkeypatch: pytest.MonkeyPatch):
    """Time stands still, and what is drawn by lot comes out the same."""
    numbers = itertools.count(1)
    monkeypatch.setattr(secrets, "token_hex", lambda nbytes=16: f"{next(numbers):0{2 * nbytes}x}")
    monkeypatch.setattr(secrets, "randbits", lambda bits: 411)
    monkeypatch.setattr("tui.session.session_screen.LONGEST_TICK_S", 0.0)  # no time of listening is counted
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def make_library(home: Path, same_each_time: None):
    """Writes nine takes of three prompts into a library; a listener has judged most of them."""

    def make(*, takes: bool, judged: bool) -> Path:
        root = home / ".lib"  # hidden: a field for paths proposes it whenever it comes to it
        if takes:
            made = _add_takes(root)
            if judged:
                log = Journal.load(Library(root)).log("ann")
                judged_takes = [(take, stars) for take, stars in zip(made, STARS, strict=True) if stars]
                log.write([log.stars(take.id, stars, heard_s=12.0) for take, stars in judged_takes])
        return root

    return make


def _add_takes(root: Path) -> list[Take]:
    batch = BatchWriter(Library(root))
    takes = []
    time_s = np.arange(SECONDS * RATE) / RATE
    for number, (seed, prompt) in enumerate(itertools.product((1, 2, 411), PROMPTS)):
        swell = 0.15 + 0.35 * np.sin(np.pi * time_s / SECONDS * (1 + number % 3)) ** 2
        samples = (swell * np.sin(2 * np.pi * (110 + 20 * number) * time_s)).astype(np.float32)
        name = f"take-{number}.flac"
        soundfile.write(batch.folder / name, samples, RATE, subtype="PCM_16")
        takes.append(
            Take(
                id=make_id(digest_of(f"snapshot {number}".encode())),
                batch=batch.name,
                file=name,
                duration_s=SECONDS,
                sample_rate=RATE,
                channels=1,
                created_at=utc_now(),
                prompt=prompt,
                seed=seed,
                generator="sketch",
                lufs=-16.0 - number,
                true_peak_db=-3.0,
            )
        )
    batch.add(takes)
    return takes


@pytest.fixture
def until():
    """Waits, within a deadline, until a condition holds."""

    async def wait(pilot, condition, timeout_s=60.0):
        async with asyncio.timeout(timeout_s):
            while not condition():
                await pilot.pause()

    return wait
