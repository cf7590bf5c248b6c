"""A clock that jumps, or that goes ahead of another machine's: the later word counts, and nothing is in the way."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.files import folder
from library.files.durable import replacing, write_durably
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.mending.repair import repair_library
from library.mending.shard_kinds import ShardKind
from library.mending.stray_files import STRAY_S
from library.sound.changed_sound import changed_since
from library.store.catalog import BatchWriter, Catalog
from library.take import Take
from ratings.history import History
from ratings.journal import Journal, JudgementLog
from tests.judging import Judge

ONE, TWO = "1" * 20, "2" * 20
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
YEAR, DAY = timedelta(days=365), timedelta(days=1)
_numbers = itertools.count()


class Clock:
    """One that stands until it is set."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def machine(root: Path, clock: Clock, *, own_name: str = "") -> Judge:
    """A judge in a process that has read what there is."""
    return Judge(JudgementLog(Library(root), "ann", Journal.load(Library(root)).history, clock, own_name=own_name))


@pytest.mark.parametrize("jumps", [(YEAR, -YEAR), (-YEAR, YEAR), (-YEAR, -YEAR), (YEAR, YEAR), (-DAY, DAY)])
def test_the_later_of_two_words_in_a_session_counts_whatever_the_clock_did(tmp_path, jumps):
    clock = Clock()
    judge = machine(tmp_path, clock)
    said = [judge.stars(ONE, 1)]
    for stars, jump in enumerate(jumps, start=2):
        clock.now += jump
        said += [judge.stars(TWO, stars), judge.stars(ONE, stars)]
    again = Journal.load(Library(tmp_path)).history
    assert again.live() == said
    assert again.ratings(ONE).stars == again.ratings(TWO).stars == 3


@pytest.mark.parametrize("jump", [YEAR, -YEAR])
def test_undo_takes_back_what_was_said_last_after_a_jump(tmp_path, jump):
    clock = Clock()
    judge = machine(tmp_path, clock)
    said = [judge.stars(ONE, 4), judge.pick(TWO)]
    clock.now += jump
    said.append(judge.reject(TWO))
    clock.now -= jump / 2
    said.append(judge.stars(ONE, 2))
    for event in reversed(said):
        history = Journal.load(Library(tmp_path)).history
        assert history.last("ann", session=judge.name) == event
        judge.retract(event)
    assert len(Journal.load(Library(tmp_path)).history) == 0


@pytest.mark.parametrize("ahead", [YEAR, -YEAR, 7000 * YEAR])
def test_of_two_machines_whose_clocks_differ_the_one_that_spoke_later_counts(tmp_path, ahead):
    here, there = Clock(), Clock(NOW + ahead)
    machine(tmp_path, there).stars(ONE, 1)
    other = machine(tmp_path, here)
    late = other.stars(ONE, 5)
    assert Journal.load(Library(tmp_path)).history.ratings(ONE).stars == 5
    machine(tmp_path, there).retract(late)
    assert Journal.load(Library(tmp_path)).history.ratings(ONE).stars == 1


def test_machines_that_had_not_heard_of_each_other_agree_in_the_end(tmp_path):
    events = []
    for ahead in (YEAR, -YEAR, timedelta()):
        judge = Judge(JudgementLog(Library(tmp_path), "ann", History(), Clock(NOW + ahead)))
        events += [judge.stars(ONE, 1 + len(events)), judge.pick(TWO), judge.reject(TWO)][:2]
    verdicts = set()
    for seed in range(10):
        random.Random(seed).shuffle(events)
        history = History(events)
        verdicts.add((history.ratings(ONE), history.ratings(TWO)))
    assert len(verdicts) == 1


def test_sessions_and_batches_of_one_moment_have_files_of_their_own(tmp_path):
    clock = Clock()
    for stars in (1, 2, 3):
        machine(tmp_path, clock).stars(ONE, stars)
    assert len(list(tmp_path.glob("sessions/ann/*.json"))) == 3
    assert [event.stars for event in Journal.load(Library(tmp_path)).history.live()] == [1, 2, 3]
    assert len({BatchWriter(Library(tmp_path)).name for _ in range(20)}) == 20


def test_commands_go_on_with_the_day_s_file_when_the_clock_comes_back_to_that_day(tmp_path):
    said = []
    for number, jump in enumerate((timedelta(), YEAR, timedelta(), DAY, -YEAR, timedelta())):
        judge = machine(tmp_path, Clock(NOW + jump), own_name="commands-0123abcd")
        judge.log.go_on()
        said.append(judge.stars(ONE, 1 + number % 5))
        assert Journal.load(Library(tmp_path)).history.live(ONE) == said
    assert len({event.id for event in said}) == len(said)
    assert len(list(tmp_path.glob("sessions/ann/*.json"))) == 4


def kinds(root: Path) -> list[ShardKind]:
    return [ShardKind(Library(root), root / "batches", "batch.json", "takes", Take)]


@pytest.fixture
def root(tmp_path) -> Path:
    """A library of one take, whose sound is in it."""
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    write_sound(sounds / "night_s1.wav", 1)
    run_import(Catalog.load(Library(tmp_path / "library")), ImportRequest([sounds], copy=True))
    return tmp_path / "library"


def write_sound(path: Path, number: int) -> None:
    soundfile.write(path, np.random.default_rng(number).uniform(-0.5, 0.5, (8000, 1)), 8000, subtype="PCM_16")


def test_a_temporary_file_stays_while_its_writer_lives_whatever_its_date(root):
    batch = next(root.glob("batches/*"))
    anew = (batch / "batch.json").read_bytes() + b"\n"
    with replacing(batch / "batch.json") as file:
        file.write(anew)
        (temporary,) = batch.glob(".batch.json.*.tmp")
        os.utime(temporary, (1e9, 1e9))
        assert repair_library(Library(root), kinds(root)) == []
        assert temporary.exists()
    assert (batch / "batch.json").read_bytes() == anew
    left = batch / ".batch.json.0123abcd.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1e9, 1e9))
    assert [repair.part for repair in repair_library(Library(root), kinds(root))] == ["stray files"]
    assert not left.exists()


def test_what_is_from_the_future_is_not_removed(root):
    batch = next(root.glob("batches/*"))
    left = batch / ".batch.json.0123abcd.tmp"
    left.write_bytes(b"half")
    os.utime(left, (4e9, 4e9))
    assert repair_library(Library(root), kinds(root)) == []
    assert left.exists()


@pytest.mark.parametrize("ahead", [2 * STRAY_S, -2 * STRAY_S])
def test_ages_are_told_by_the_clock_that_dates_the_files(root, monkeypatch, ahead):
    batch = next(root.glob("batches/*"))
    (left := batch / ".batch.json.0123abcd.tmp").write_bytes(b"half")
    (half := batch / "batch.json").write_bytes(half_of(half))
    clock = time.time
    monkeypatch.setattr(time, "time", lambda: clock() + ahead)
    (repair,) = repair_library(Library(root), kinds(root), wait=lambda _: grow(half))
    assert not repair.done
    assert "is still being written" in repair.detail
    assert left.exists()
    assert half.exists()


def half_of(path: Path) -> bytes:
    return path.read_bytes()[:-20]


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b" ")


def test_a_disk_that_knows_no_locks_is_swept_by_date(root, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(folder.fcntl, "flock", refuse)
    left = root / ".library.json.0123abcd.tmp"
    left.write_bytes(b"half")
    os.utime(left, (1e9, 1e9))
    write_durably(root / "kept", b"whole")
    assert (root / "kept").read_bytes() == b"whole"
    assert [repair.done for repair in repair_library(Library(root), kinds(root))] == [True]
    assert not left.exists()


def test_a_sound_that_changed_is_told_also_where_the_take_is_from_the_future(root):
    shard = next(root.glob("batches/*/batch.json"))
    year = datetime.now(UTC).year
    shard.write_text(shard.read_text().replace(f'"created_at":"{year}', '"created_at":"2999'))
    take = next(iter(Catalog.load(Library(root))))
    path = Catalog.load(Library(root)).path_of(take)
    assert changed_since(take.id, take.created_at, path) is None
    write_sound(path, 99)
    error = changed_since(take.id, take.created_at, path)
    assert error is not None
    assert "has changed" in str(error)
    shutil.rmtree(root)
