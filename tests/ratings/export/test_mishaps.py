"""Exports that are killed, or run out of disk: no half file under a final name, and nothing else lost."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from library.sound.audio import sound_id
from tests.needs import MOUNTING, mounted
from tests.ratings.export.shelf import RATE, noise

ROOT = Path(__file__).parents[3]


def whole(folder: Path) -> list[Path]:
    """The files under final names, each of which must be sound."""
    files = [path for path in folder.iterdir() if not path.name.startswith(".")] if folder.exists() else []
    for path in files:
        if path.suffix == ".wav":
            sound_id(path)
        elif path.suffix == ".json":
            json.loads(path.read_text())
    return files


EXPORT = """
import sys, resource
from pathlib import Path
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.export import ExportRequest, run_export
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
root, out = Path(sys.argv[1]), Path(sys.argv[2])
catalog, history = Catalog.load(Library(root)), Journal.load(Library(root)).history
print("go", flush=True)
try:
    report = run_export(
        catalog, history, ExportRequest(destination=out), progress=lambda done, of: print("at", done, flush=True)
    )
except Exception as error:
    sys.exit(f"{type(error).__name__}: {error}")
print(len(report.files), len(report.failed), report.failed[0].reason if report.failed else "")
"""


def run_export_apart(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", EXPORT, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_a_kill_leaves_no_half_file(shelf, tmp_path):
    for n in range(1, 25):
        shelf.add(n, stars=3, samples=noise(n, frames=RATE))
    rng = random.Random(5)
    killed_within = 0
    for attempt in range(5):
        out = tmp_path / f"out{attempt}"
        process = run_export_apart(shelf.root, out)
        for _ in range(rng.randint(2, 20)):
            assert process.stdout.readline()
        for _ in range(rng.randint(0, 200_000)):  # somewhere within the next file
            pass
        process.kill()
        process.communicate()
        killed_within += len(whole(out)) < 28
        shutil.rmtree(out, ignore_errors=True)
    assert killed_within


def test_a_file_that_may_not_grow_fails_and_leaves_nothing(shelf, tmp_path):
    """The limit on file size stands for a disk that takes only part of a file."""
    shelf.add(1, stars=5, samples=noise(1, frames=200))
    shelf.add(2, stars=4, samples=noise(2, frames=400_000))
    out, said = tmp_path / "out", run_export_apart(shelf.root, tmp_path / "out", 300_000).communicate()[0]
    assert said.splitlines()[-1].startswith("1 1 ")
    assert "couldn't be written" in said
    assert len(whole(out)) == 5
    assert not list(out.glob(".*"))


@pytest.mark.needs(MOUNTING)
def test_a_full_disk(shelf, tmp_path):
    for n in range(1, 7):
        shelf.add(n, stars=3, samples=noise(n, frames=60_000))
    out = tmp_path / "small"
    with mounted(out, "600k"):
        said, errors = run_export_apart(shelf.root, out).communicate()
        files = whole(out)
        assert 1 <= sum(path.suffix == ".wav" for path in files) < 6
        assert "No space left" in said + errors
        assert "Traceback" not in errors
        assert not list(out.glob(".*"))
