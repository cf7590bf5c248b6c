"""Commands that judge, one after the other and at once: one file for all, and nothing lost."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import datetime

import pytest

from library.library import Library
from ratings import journal as journals
from ratings.cli_log import in_turn
from ratings.journal import Journal
from ratings.logs import own_files
from tests.judging import Judge

COMMAND = """
import sys
from pathlib import Path
from library.library import Library
from tests.ratings.test_cli_log import Noon, in_turn, journals
from ratings.journal import Journal
from tests.judging import Judge
journals.datetime = Noon
for turn in range(int(sys.argv[3])):
    with in_turn() as machine:
        journal = Journal.load(Library(Path(sys.argv[1])))
        print(Judge(journal.log_of_commands("ana", machine)).stars(sys.argv[2], 1 + turn % 5).id, flush=True)
"""
TAKE = "0123456789abcdef0123"


class Noon(datetime):
    """A clock that stands, so that no day ends between two commands."""

    @classmethod
    def now(cls, tz=None):
        return datetime(2026, 3, 1, 12, tzinfo=tz)


@pytest.fixture(autouse=True)
def settings(tmp_path, monkeypatch):
    """A user's settings folder, and a clock that stands."""
    monkeypatch.setattr(journals, "datetime", Noon)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home" / "settings"))
    return tmp_path / "home" / "settings" / "earmark"


@pytest.fixture
def judge(tmp_path):
    """Gives stars as a command does."""

    def command(stars=3, take=TAKE):
        with in_turn() as machine:
            return Judge(Journal.load(Library(tmp_path)).log_of_commands("ana", machine)).stars(take, stars)

    return command


def files(root):
    return sorted(root.glob("sessions/*/*.json"))


def test_processes_at_once_share_a_file_and_lose_nothing(tmp_path):
    words = [sys.executable, "-c", COMMAND, str(tmp_path), TAKE, "8"]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=dict(os.environ)) for _ in range(4)]
    acknowledged = [line for one in running for line in one.communicate(timeout=60)[0].split()]
    assert len(set(acknowledged)) == 4 * 8
    assert len(files(tmp_path)) == 1
    live = Journal.load(Library(tmp_path)).history.live()
    assert {event.id for event in live} == set(acknowledged)
    assert len({event.at for event in live}) == len(live)


def test_a_full_file_is_followed_by_another(tmp_path, judge, monkeypatch):
    monkeypatch.setattr(own_files, "SHARD_EVENTS", 3)
    said = [judge().id for _ in range(7)]
    assert said == sorted(said)
    assert len(files(tmp_path)) == 3
    assert {event.id for event in Journal.load(Library(tmp_path)).history.live()} == set(said)


def test_a_damaged_file_is_left_as_it_is(tmp_path, judge):
    judge()
    (damaged,) = files(tmp_path)
    damaged.write_bytes(b'{"judgements": {"1": ')
    said = [judge().id, judge().id]
    assert damaged.read_bytes() == b'{"judgements": {"1": '
    assert len(files(tmp_path)) == 2
    assert {event.id for event in Journal.load(Library(tmp_path)).history.live()} == set(said)


def test_what_an_earlier_command_said_can_be_taken_back(tmp_path, judge):
    first = judge(5)
    with in_turn() as machine:
        journal = Journal.load(Library(tmp_path))
        Judge(journal.log_of_commands("ana", machine)).retract(first)
    assert Journal.load(Library(tmp_path)).history.live() == []


def test_every_machine_has_a_file_of_its_own(tmp_path, judge, settings, monkeypatch):
    judge()
    monkeypatch.setattr("platform.node", lambda: "another")
    judge()
    (settings / "commands").write_bytes(b"")
    judge()
    assert len(files(tmp_path)) == 3


def test_without_a_settings_folder_nobody_has_a_turn(settings):
    settings.parent.mkdir(parents=True)
    settings.write_bytes(b"in the way")
    with in_turn() as machine:
        assert machine is None
