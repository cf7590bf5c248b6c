"""Ctrl-C while files are read or written: what is done by then is kept and told, and the command is no success."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from click.testing import CliRunner, Result

from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from tests.judging import Judge
from tui.cli import main, output

TAKES = 24


@pytest.fixture
def run(tmp_path, monkeypatch) -> Iterator[object]:
    """Runs a command in this process, on which Ctrl-C is pressed when it has done so much."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("EARMARK_LIBRARY", str(tmp_path / "library"))
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def command(*words: object, press_at: int | None = 1, times: int = 1) -> Result:
        presses = [signal.SIGINT] * times

        def show(_: output.Progress, done: float, of: float, note: str = "") -> None:
            assert of == TAKES
            while done == press_at and presses:
                signal.raise_signal(presses.pop())

        monkeypatch.setattr(output.Progress, "show", show)
        return CliRunner().invoke(main.earmark, [str(word) for word in words], standalone_mode=False)

    yield command
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    signal.signal(signal.SIGINT, before)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Some files to import."""
    folder: Path = tmp_path / "in"
    folder.mkdir()
    for seed in range(TAKES):
        noise = np.random.default_rng(seed).uniform(-0.3, 0.3, (800, 1))
        soundfile.write(folder / f"x_s{seed:02d}.wav", noise, 8000)
    return folder


def test_an_import_that_is_stopped_keeps_and_tells_what_it_has(run, folder, tmp_path):
    done = run("import", folder, "--json")
    assert done.return_value == 1
    takes = json.loads(done.stdout)["takes"]
    assert 0 < len(takes) < TAKES
    assert "Stopped." in done.stderr
    assert {take.id for take in Catalog.load(Library(tmp_path / "library"))} == {take["id"] for take in takes}
    assert run("import", folder, press_at=None).exit_code == 0
    assert len(Catalog.load(Library(tmp_path / "library"))) == TAKES


def test_an_export_that_is_stopped_leaves_its_sheets_beside_what_it_wrote(run, folder, tmp_path):
    assert run("import", folder, press_at=None).exit_code == 0
    judge = Judge(Journal.load(Library(tmp_path / "library")).log("ann"))
    for take in Catalog.load(Library(tmp_path / "library")):
        judge.stars(take.id, 4)
    done = run("export", tmp_path / "out", "--json", press_at=2)
    assert done.return_value == 1
    assert len(json.loads(done.stdout)["files"]) == 2
    assert len(list((tmp_path / "out").glob("*.wav"))) == 2
    assert (tmp_path / "out" / "manifest.json").exists()
    assert "Stopped" in done.stderr
    assert f"{TAKES} takes exported" in (again := run("export", tmp_path / "out", press_at=None)).stderr
    assert "2 of them already there" in again.stderr


def test_a_second_ctrl_c_ends_it_at_once(run, folder):
    done = run("import", folder, "--json", times=2)
    assert json.loads(done.stdout)["error"]["title"] == "Stopped"
