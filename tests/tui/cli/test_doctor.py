"""What `earmark doctor` says in a terminal: no line too long, and commands that can be copied and typed."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from library.library import Library
from library.store.catalog import BatchWriter
from library.store.shards import set_aside
from library.take import Take, digest_of, make_id, utc_now
from tui.check import Check
from tui.cli.doctor import _say, command


@pytest.fixture
def said(monkeypatch, capsys):
    """What a terminal of 80 columns has been told."""
    monkeypatch.setattr("tui.cli.doctor._columns", lambda: 80)
    return lambda: capsys.readouterr().out


def test_long_words_are_broken_beside_the_name_and_commands_are_not(said):
    command = "`sudo apt-get install libasound2-plugins`"
    _say(
        "✕", "Sound device", f"{'Connect one. ' * 4}Where others play through PulseAudio run {command}, and try again."
    )
    lines = said().splitlines()
    assert len(lines) > 2
    assert all(len(line) <= 80 for line in lines)
    assert all(line.startswith(" " * 20) for line in lines[1:])
    assert any(command in line for line in lines)


def test_a_path_is_never_broken(said):
    path = "/music/" + "very-long-name/" * 8
    _say("✕", "damaged files", f"1: {path}: It is damaged.")
    assert any(line.strip() == f"{path}:" for line in said().splitlines())


def test_commands_are_as_they_work_here(said, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.setattr(sys, "argv", ["/opt/ear mark/bin/earmark"])
    _say(" ", "", "→ Run `earmark doctor --repair`, or `make musicgen` in Earmark's folder.")
    words = " ".join(said().split())
    assert "`'/opt/ear mark/bin/earmark' doctor --repair`" in words
    assert "`make -C /" in words
    assert "musicgen`" in words


def test_elsewhere_a_check_is_one_line(capsys):
    _say("✓", "library", "word " * 60 + "\x1b[31mred")
    (line,) = capsys.readouterr().out.splitlines()
    assert "\x1b" not in line


@pytest.fixture
def library(tmp_path) -> Path:
    """A library of a take whose sound is elsewhere, and there."""
    (sound := tmp_path / "rain.wav").write_bytes(b"sound")
    take = Take(
        id=make_id(digest_of(b"rain")), batch="", file=str(sound), duration_s=1.0, sample_rate=8000, channels=1,
        created_at=utc_now(),
    )  # fmt: skip
    BatchWriter(Library(tmp_path / "library")).add([take])
    os.utime(sound, (0, 0))
    return tmp_path / "library"


@pytest.fixture
def doctor(library, monkeypatch):
    """Runs the command on that library, on a machine without any sound."""
    monkeypatch.setattr("tui.cli.checks.check_sound", lambda: [Check("Sound device", ok=False, detail="none")])

    def run(*words: str) -> Result:
        done: Result = CliRunner().invoke(command, ["--library", str(library), *words])
        return done

    return run


def batch_of(library: Path) -> Path:
    return next(library.glob("batches/*/batch.json"))


def test_what_a_machine_lacks_is_no_failure(doctor):
    done = doctor()
    assert "✕ Sound device" in done.output
    assert done.exit_code == 0, done.output


def test_what_is_only_left_over_is_no_failure(library, doctor):
    (library / "batches" / ".batch.json.0123abcd.tmp").write_bytes(b"half")
    kept = set_aside(Library(library), batch_of(library), batch_of(library).read_bytes())
    done = doctor()
    assert done.exit_code == 0, done.output
    assert "○ set aside" in done.output
    assert "○ stray files" in done.output
    kept.rename(batch_of(library))


def put_a_copy_beside(library: Path) -> None:
    tables = json.loads(batch_of(library).read_bytes())
    tables["takes"]["1"]["id"] = "0" * 20
    batch_of(library).with_name("batch (conflicted copy).json").write_text(json.dumps(tables))


def write_over(library: Path) -> None:
    (sound := library.parent / "rain.wav").write_bytes(b"snow")
    os.utime(sound, (time.time() + 60, time.time() + 60))


DAMAGES = {
    "damaged file": lambda library: batch_of(library).write_bytes(b"{"),
    "damaged marker": lambda library: (library / "library.json").write_bytes(b"{"),
    "missing marker": lambda library: (library / "library.json").unlink(),
    "set aside although whole": lambda library: set_aside(Library(library), batch_of(library)),
    "conflict copy": put_a_copy_beside,
    "missing sound": lambda library: (library.parent / "rain.wav").unlink(),
    "changed sound": write_over,
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_a_failure(library, doctor, damage):
    damage(library)
    looked = doctor()
    assert looked.exit_code == 1, looked.output
    assert doctor("--json").exit_code == 1


def test_once_it_is_mended_it_is_none(library, doctor):
    (library / "library.json").unlink()
    put_a_copy_beside(library)
    assert doctor("--repair").exit_code == 0
    assert doctor().exit_code == 0
