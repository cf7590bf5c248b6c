"""Ctrl-C in the middle of a command's work: it ends soon, and not as if all had been done."""

from __future__ import annotations

import signal
import struct
import subprocess
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from library.generators.api import Rendered
from library.jobs.saving import save
from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Recipe
from tests.e2e.conftest import PROGRAM
from tests.needs import LINUX

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.needs(LINUX),  # whose /proc tells of a process's children
]
DEADLINE_S = 60
SOON_S = 5
"""A second is promised of a machine that is idle."""


def test_a_verification_that_is_broken_off_is_no_success(environment, library, tmp_path):
    recipe = Recipe(generator="sketch", prompt="night", seed=1, duration_s=1000.0)
    noise = np.random.default_rng(1).uniform(-0.1, 0.1, (4410, 2)).astype(np.float32)
    take = save(BatchWriter(Library(library)), Rendered(0, recipe, noise, 44100))
    process = subprocess.Popen(
        [*PROGRAM, "verify", take.id],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + DEADLINE_S
    while not children_of(process.pid):
        assert process.poll() is None
        assert time.monotonic() < deadline
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert process.returncode == 1
    assert "Stopped. 0 of 1 were compared." in said
    assert "Traceback" not in said


def silence(path: Path) -> Path:
    """Three hours of it, which take up no room on the disk and half a minute to read."""
    with path.open("wb") as file:
        size = 3 * 3600 * 48_000 * 4
        file.write(
            b"RIFF"
            + struct.pack("<I", size + 36)
            + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, 2, 48_000, 192_000, 4, 16)
        )
        file.write(b"data" + struct.pack("<I", size))
        file.truncate(size + 44)
    return path


def long_sheet(path: Path) -> Path:
    lines = (f"{number:06}.wav,{'dreamy night drive ' * 10},{number}\n" for number in range(240_000))
    path.write_text("file,prompt,seed\n" + "".join(lines))
    return path


@pytest.mark.parametrize("where", ["in a long sound", "in one of many long sounds", "in a long sheet"])
def test_an_import_is_broken_off_wherever_it_is(environment, library, tmp_path, where):
    folder = tmp_path / "takes"
    folder.mkdir()
    words = ["import", str(folder)]
    if where == "in a long sheet":
        slow = long_sheet(tmp_path / "sheet.csv")
        words += ["--sheet", str(slow)]
    else:
        slow = silence(folder / "0.wav")
        for number in range(1, 20 if where == "in one of many long sounds" else 1):
            silence(folder / f"{number}.wav")
    process = subprocess.Popen(
        [*PROGRAM, *words],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + DEADLINE_S
    while not any(slow in opened_by(pid) for pid in [process.pid, *map(int, children_of(process.pid).split())]):
        assert process.poll() is None
        assert time.monotonic() < deadline
    started = time.monotonic()
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=DEADLINE_S)
    assert time.monotonic() - started < SOON_S
    assert process.returncode == 1
    assert "Stopped. What was imported so far is in the library." in said
    assert "Traceback" not in said


def opened_by(pid: int) -> set[Path]:
    """The files that a process has open."""
    found = set[Path]()
    for handle in Path(f"/proc/{pid}/fd").glob("*"):
        with suppress(OSError):
            found.add(handle.readlink())
    return found


def children_of(pid: int) -> str:
    """The processes that one has started, as Linux tells them: here the worker."""
    return "".join(path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/children"))
