"""What `earmark doctor` says in a terminal: no line too long, and commands that can be copied and typed."""

from __future__ import annotations

import os
import sys

import pytest

from tui.cli.doctor import _say


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
