"""Temporary folders: gone when they are closed, and those of killed processes with the next one of their kind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from library.files.temporary import TemporaryFolder
from tests.needs import ROOT_USER

ROOT = Path(__file__).parents[3]


@pytest.fixture
def here(tmp_path, monkeypatch) -> Path:
    """Where temporary files go in this test."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def another_process(here: Path) -> tuple[subprocess.Popen[str], Path]:
    """One that has a folder of kind `x` with something in it, and waits."""
    script = (
        "from library.files.temporary import TemporaryFolder; f = TemporaryFolder('x');"
        "(f.path / 'sound.flac').touch(); print(f.path, flush=True); input()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(here)}
    process = subprocess.Popen(
        [sys.executable, "-c", script], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_one_goes_when_it_is_closed(here):
    with TemporaryFolder("x") as folder:
        (folder.path / "sub").mkdir()
        assert folder.path.name.startswith("earmark-x-")
    assert list(here.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_a_living_one_uses_stays(here):
    process, theirs = another_process(here)
    with process:
        with TemporaryFolder("x"):
            assert (theirs / "sound.flac").exists()
        process.send_signal(signal.SIGKILL)
    assert theirs.exists()
    with TemporaryFolder("y"):
        assert theirs.exists(), "another kind is none of its business"
    with TemporaryFolder("x") as folder:
        assert list(here.iterdir()) == [folder.path]


def test_nothing_but_own_folders_is_removed(here, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "kept").touch()
    (here / "earmark-x-link").symlink_to(elsewhere)
    (here / "earmark-x-file").touch()
    (here / "other").mkdir()
    with TemporaryFolder("x"):
        pass
    assert (elsewhere / "kept").exists()
    assert sorted(path.name for path in here.iterdir()) == ["earmark-x-file", "earmark-x-link", "other"]


@pytest.mark.needs(ROOT_USER)
def test_a_folder_of_another_user_stays(here):
    (here / "earmark-x-theirs").mkdir()
    os.chown(here / "earmark-x-theirs", 12345, 12345)
    with TemporaryFolder("x"):
        assert (here / "earmark-x-theirs").exists()
