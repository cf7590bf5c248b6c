"""Killed at random moments, out of space, or read-only: what was acknowledged is there, and every file opens."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from tests.judging import Judge
from tests.needs import MOUNTING, mounted, require

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KILLS = {"judging": 160, "importing": 32, "generating": 12}
"""Over 200 in all; one while judging costs a twentieth of one while generating."""
PARTS = 4
"""Each kind's kills are spread over so many tests, for as many cores."""

JUDGING = """
import random, sys
from pathlib import Path
from library.library import Library
from ratings.journal import Journal
from tests.judging import Judge
journal = Journal.load(Library(Path(sys.argv[1])))
judge = Judge(journal.log("ana"))
chance = random.Random(int(sys.argv[2]))
for turn in range(100_000):
    take = f"{chance.randrange(50):020x}"
    event = [lambda: judge.stars(take, chance.randint(1, 5)), lambda: judge.reject(take),
             lambda: judge.note(take, "é" * chance.randint(1, 300))][turn % 3]()
    print(event.id, flush=True)
"""
IMPORTING = """
import sys
from pathlib import Path
from library.library import Library
from library.store.catalog import Catalog
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
def landed(takes):
    for take in takes:
        print(take.id, flush=True)
if __name__ == "__main__":
    run_import(Catalog.load(Library(Path(sys.argv[1]))), ImportRequest(paths=[Path(sys.argv[2])]), on_saved=landed)
"""
GENERATING = """
import sys
from pathlib import Path
from library.library import Library
from library.generators.recipes import grid
from library.jobs.events import TakeSaved
from library.jobs.run_and_wait import run_and_wait
def told(event):
    if isinstance(event, TakeSaved):
        print(event.take.id, flush=True)
recipes = grid(["night", "day"], range(int(sys.argv[2]), int(sys.argv[2]) + 200), generator="sketch", duration_s=1.0)
run_and_wait(Library(Path(sys.argv[1])), recipes, told)
"""


def killed(script: str, words: list[object], environment: dict[str, str], after: int, linger_s: float) -> list[str]:
    """Run `script`, kill it (and its children) `linger_s` after its line number `after`; the lines it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    lines = []
    for line in process.stdout:
        lines.append(line.strip())
        if len(lines) == after:
            break
    try:
        process.wait(timeout=linger_s)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
    # What was in the pipe was acknowledged too, but for a line cut off by the kill.
    rest = process.stdout.read()
    lines += [line for line in rest.split("\n")[:-1] if line]
    with process:
        complaint = process.stderr.read()
    assert "Traceback" not in complaint, complaint
    return lines


def assert_whole(library: Path) -> None:
    """Every file that carries a final name opens."""
    for path in [*library.glob("batches/*/batch.json"), *library.glob("sessions/*/*.json"), library / "library.json"]:
        json.loads(path.read_bytes())
    catalog, journal = Catalog.load(Library(library)), Journal.load(Library(library))
    assert catalog.damages == []
    assert journal.damages == []
    for sound in library.glob("batches/*/*.flac"):
        if not sound.name.startswith("."):
            assert soundfile.info(str(sound)).frames > 0


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_judging(environment, library, part):
    chance = random.Random(part)
    acknowledged: list[str] = []
    for turn in range(KILLS["judging"] // PARTS + 1):
        seed = part * 1000 + turn
        acknowledged += killed(JUDGING, [library, seed], environment, chance.randint(1, 40), chance.random() * 0.02)
        if turn % 8 == 0:
            assert_whole(library)
    assert_whole(library)
    there = {event.id for event in Journal.load(Library(library)).history.live()}
    assert set(acknowledged) <= there
    assert len(acknowledged) == len(set(acknowledged))


@pytest.fixture(scope="module")
def many_files(tmp_path_factory) -> Path:
    """120 short files, each of another sound."""
    folder = tmp_path_factory.mktemp("many")
    noise = np.random.default_rng(1)
    for number in range(120):
        soundfile.write(folder / f"take_s{number}.wav", noise.uniform(-0.3, 0.3, (4410, 1)), 44100)
    return folder


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_importing(environment, tmp_path, many_files, part):
    chance = random.Random(part)
    for turn in range(KILLS["importing"] // PARTS):
        library = tmp_path / f"library-{turn}"
        lines = killed(IMPORTING, [library, many_files], environment, chance.randint(1, 60), chance.random() * 0.05)
        assert_whole(library)
        assert set(lines) <= {take.id for take in Catalog.load(Library(library))}
    killed(IMPORTING, [library, many_files], environment, 10_000, 60)
    assert len(Catalog.load(Library(library))) == 120


@pytest.mark.parametrize("part", range(PARTS))
def test_killed_while_generating(environment, library, part):
    chance = random.Random(part)
    acknowledged: set[str] = set()
    for turn in range(KILLS["generating"] // PARTS):
        first = part * 100_000 + turn * 1000
        words = [library, first]
        acknowledged |= set(killed(GENERATING, words, environment, chance.randint(1, 6), chance.random() * 0.2))
        assert_whole(library)
    takes = {take.id: take for take in Catalog.load(Library(library))}
    assert acknowledged <= set(takes)
    catalog = Catalog.load(Library(library))
    assert all(catalog.path_of(take).is_file() for take in takes.values())


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB."""
    folder = tmp_path / "disk"
    require(MOUNTING)
    with mounted(folder, "3m"):
        yield folder


def fill(folder: Path) -> Path:
    """Use up the disk to the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 1):
            while True:
                try:
                    if file.write(bytes(size)) < size:
                        break
                except OSError:
                    break
    return ballast


def test_a_full_disk_loses_nothing(earmark, small_disk):
    library = small_disk / "library"
    made = earmark("generate", "night", "--seeds", "1-2", "--duration", 1, "--library", library, "--json")
    take = made.json["takes"][0]["id"]
    assert earmark("judge", take, "--stars", 4, "--library", library).code == 0
    ballast = fill(small_disk)
    for words in (
        ("judge", take, "--stars", 1),
        ("generate", "day", "--seeds", "5", "--duration", 2),
    ):
        done = earmark(*words, "--library", library)
        assert done.code == 1
        assert "space" in done.err
        assert "Traceback" not in done.err
    exported = earmark("export", small_disk / "best", "--library", library)
    assert exported.code == 1
    assert "space" in exported.err
    assert list(small_disk.glob("best/*.wav")) == []
    ballast.unlink()
    assert_whole(library)
    listed = earmark("list", "--library", library, "--json").json["takes"]
    assert len(listed) == 2
    assert {one["id"]: one["stars"] for one in listed}[take] == 4
    assert earmark("judge", take, "--stars", 1, "--library", library).code == 0
    assert list(library.rglob(".*.tmp")) == []


def test_a_file_that_may_not_grow_is_left_as_it_was(earmark, library):
    take = earmark("generate", "night", "--seeds", 1, "--duration", 1, "--json").json["takes"][0]["id"]
    judge = Judge(Journal.load(Library(library)).log("ana"))
    judge.stars(take, 3)

    def hold_back() -> None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))

    no_cache = {"PYTHONDONTWRITEBYTECODE": "1"}  # else bytecode is cut off at 64 bytes, and kept
    done = earmark("judge", take, "--stars", 5, preexec_fn=hold_back, env=no_cache)
    assert done.code == 1
    assert "Traceback" not in done.err
    assert_whole(library)
    assert Journal.load(Library(library)).history.ratings(take).stars == 3
