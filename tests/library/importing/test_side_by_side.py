"""Sounds measured by processes side by side: the same as here, and none of them can stop the others."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.errors import AudioError
from library.importing.measuring.measured_sound import measure_sound
from library.importing.measuring.side_by_side import SideBySide
from library.importing.request import ImportRequest
from library.importing.run_import import MANY, run_import
from library.library import Library
from library.sound.file_bytes import StoppedError, never
from library.store.catalog import Catalog

RATE = 44_100
WAIT_S = 30.0


@pytest.fixture
def side_by_side() -> Iterator[SideBySide]:
    measuring = SideBySide(2)
    yield measuring
    measuring.close()


def write_noise(path: Path, channels: int = 2, seconds: float = 1.0, seed: int = 0) -> Path:
    samples = np.random.default_rng(seed).normal(0, 0.1, (int(seconds * RATE), channels))
    soundfile.write(path, samples, RATE)
    return path


@pytest.mark.parametrize(("name", "channels"), [("a.wav", 1), ("b.flac", 2), ("c.ogg", 2), ("d.wav", 6), ("e.mp3", 1)])
def test_a_process_finds_what_is_found_here(tmp_path: Path, side_by_side: SideBySide, name: str, channels: int) -> None:
    path = write_noise(tmp_path / name, channels)
    assert side_by_side.measure(path, never) == measure_sound(path, never)


def test_what_is_no_sound_is_said_in_the_same_words(tmp_path: Path, side_by_side: SideBySide) -> None:
    path = tmp_path / "letter.wav"
    path.write_text("Dear Ana,")
    with pytest.raises(AudioError) as here:
        measure_sound(path, never)
    with pytest.raises(AudioError) as there:
        side_by_side.measure(path, never)
    assert (there.value.what, there.value.remedy) == (here.value.what, here.value.remedy)


def measuring_processes() -> list[int]:
    """Those of this process."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if b"library.importing.measuring.process" in words and parent == os.getpid():
            found.append(int(folder.name))
    return found


def test_a_file_that_ends_its_reader_fails_alone(tmp_path: Path) -> None:
    """As a fault of a decoder does: the process is killed in the middle of a long file."""
    alone = SideBySide(1)
    long, short = write_noise(tmp_path / "long.flac", seconds=240.0), write_noise(tmp_path / "short.wav")
    alone.measure(short, never)
    (process,) = measuring_processes()
    failures = list[AudioError]()

    def measure() -> None:
        try:
            alone.measure(long, never)
        except AudioError as error:
            failures.append(error)

    thread = threading.Thread(target=measure)
    thread.start()
    while not any(path.endswith("long.flac") for path in opened_by(process)):
        assert thread.is_alive()
    os.kill(process, signal.SIGKILL)
    thread.join(WAIT_S)
    assert [error.what for error in failures] == ["It's so damaged that the reader crashed."]
    assert alone.measure(short, never) == measure_sound(short, never)
    alone.close()


def opened_by(process: int) -> list[str]:
    paths = []
    for handle in Path(f"/proc/{process}/fd").glob("*"):
        try:
            paths.append(str(handle.readlink()))
        except OSError:
            continue
    return paths


def test_stopping_waits_for_no_file_and_its_answer_is_no_other_files(tmp_path: Path) -> None:
    alone = SideBySide(1)
    long, short = write_noise(tmp_path / "long.flac", seconds=240.0), write_noise(tmp_path / "short.wav", seed=1)
    alone.measure(short, never)
    (process,) = measuring_processes()
    asked = iter([False])  # before the file is begun; from then on it is to stop
    with pytest.raises(StoppedError):
        alone.measure(long, lambda: next(asked, True))
    assert alone.measure(short, never) == measure_sound(short, never)
    assert process not in measuring_processes()
    alone.close()


def test_many_files_are_imported_by_processes_that_end_with_it(tmp_path: Path) -> None:
    for number in range(MANY):
        write_noise(tmp_path / f"rain_s{number}.wav", seconds=0.5, seed=number)
    (tmp_path / "letter.flac").write_text("Dear Ana,")
    seen = list[int]()
    report = run_import(
        Catalog(Library(tmp_path / "library")),
        ImportRequest([tmp_path]),
        progress=lambda _done, _of: seen.extend(measuring_processes()),
    )
    assert sorted(take.seed or 0 for take in report.takes) == list(range(MANY))
    assert [path.name for path, _ in report.failed] == ["letter.flac"]
    assert len(set(seen)) == min(MANY + 1, os.cpu_count() or 1)
    limit = time.monotonic() + WAIT_S
    while measuring_processes():
        assert time.monotonic() < limit
