"""`doctor --repair`: what it mends, what it keeps, and what it leaves alone."""

from __future__ import annotations

import os
import shutil
import time
from datetime import UTC, datetime

import msgspec
import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.mending.repair import repair_library
from library.mending.salvage import WATCH_S
from library.mending.set_aside import find_kept
from library.store.catalog import Catalog
from library.store.shards import set_aside
from ratings.journal import Journal
from ratings.session.plan import SessionPlans, new_plan
from tests.judging import Judge, write_plan
from tui.cli.checks import shard_kinds
from tui.cli.library_checks import check_library

NOW = time.time()
LONG_AGO = NOW - 2 * 86_400


@pytest.fixture
def library(tmp_path):
    """Three takes of one batch, their sounds elsewhere, and five judgements."""
    root, sounds = tmp_path / "library", tmp_path / "sounds"
    sounds.mkdir()
    noise = np.random.default_rng(1)
    for seed in range(3):
        soundfile.write(sounds / f"night_s{seed}.wav", noise.uniform(-0.3, 0.3, (8000, 1)), 8000)
    catalog = Catalog.load(Library(root))
    run_import(catalog, ImportRequest([sounds]))
    judge = Judge(Journal.load(Library(root)).log("ana"))
    for take in catalog:
        judge.stars(take.id, 4)
    judge.note(take.id, "“é” and\u2028a line")
    judge.pick(take.id)
    return root


def the_batch(library):
    (path,) = library.glob("batches/*/batch.json")
    return path


def the_session(library):
    (path,) = library.glob("sessions/*/*.json")
    return path


def repair(library, *look_in):
    return repair_library(Library(library), shard_kinds(Library(library)), look_in, now=NOW)


def failing(library):
    return [
        check.name
        for check in check_library(Library(library), shard_kinds(Library(library)), sounds=True)
        if not check.ok
    ]


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def damage(path, data):
    path.write_bytes(data)
    os.utime(path, (LONG_AGO, LONG_AGO))


def test_a_sound_library_is_left_as_it_is(library):
    before = contents(library)
    assert failing(library) == []
    assert repair(library) == []
    assert contents(library) == before


def test_a_library_that_is_not_there_is_not_made(tmp_path):
    assert repair(tmp_path / "none") == []
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"{",
        b"[]",
        b"{}",
        b'{"form',
        b'{"format": 1',
        b'{"format": "1"}',
        b'{"format":true}',
        b'{"format":0.5}',
    ],
)
def test_the_marker_is_written_anew(library, content):
    marker = library / "library.json"
    marker.unlink()
    if content is not None:
        marker.write_bytes(content)
    assert failing(library) == ["library"]
    (done,) = repair(library)
    assert done.done
    assert failing(library) == []
    assert len(Catalog.load(Library(library))) == 3
    assert [path.read_bytes() for path in library.glob("library.json.damaged-*")] == (
        [] if content is None else [content]
    )


@pytest.mark.parametrize("content", [b'{"format": 2}', b'{"format": 2', b'{"format": "two"}', b'{"format":"3.1"}'])
def test_a_library_of_another_format_is_not_touched(library, content):
    (library / "library.json").write_bytes(content)
    the_batch(library).write_bytes(b"{")
    before = contents(library)
    (refused,) = repair(library)
    assert not refused.done
    assert contents(library) == before


@pytest.mark.parametrize("nothing", [b"", b"{}", b'{"judgements":{}}'])
def test_a_shard_without_any_entry_is_taken_out_of_the_way(library, nothing):
    damage(the_session(library), nothing)
    assert failing(library) == ["damaged files"]
    (done,) = repair(library)
    assert done.done, done
    assert failing(library) == ["set aside"]


def test_what_is_sound_in_a_truncated_shard_is_saved(library):
    for path, kept in ((the_batch(library), 2), (the_session(library), 4)):
        damage(path, path.read_bytes()[:-30])
        broken = path.read_bytes()
        assert "damaged files" in failing(library)
        (done,) = repair(library)
        assert done.done, done
        assert [aside.read_bytes() for aside in path.parent.glob("*.damaged-*")] == [broken]
        (table,) = msgspec.json.decode(path.read_bytes()).values()
        assert len(table) == kept
        assert failing(library) == ["set aside"]
    assert len(Catalog.load(Library(library))) == 2
    assert len(Journal.load(Library(library)).history) == 4


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\0", b'{"takes": 3}', b"[" * 10_000, b'{"takes": {"1": {"id": "x"}, ']
)
def test_a_shard_of_which_nothing_is_left_is_kept_aside(library, content):
    path = the_batch(library)
    damage(path, content)
    (done,) = repair(library)
    assert done.done
    assert not path.exists()
    (aside,) = path.parent.glob("batch.json.damaged-*")
    assert aside.read_bytes() == content


def test_a_shard_that_is_on_its_way_is_left_alone(library):
    path = the_session(library)
    whole = path.read_bytes()
    path.write_bytes(whole[:-9])
    waits = repair_library(Library(library), shard_kinds(Library(library)), wait=lambda _: path.write_bytes(whole[:-5]))
    assert [one.done for one in waits] == [False]
    assert path.read_bytes() == whole[:-5]
    assert not find_kept(shard_kinds(Library(library))[1])
    assert repair_library(Library(library), shard_kinds(Library(library)), wait=lambda _: path.write_bytes(whole)) == []
    assert path.read_bytes() == whole


def test_a_shard_that_was_damaged_just_now_is_mended_once_it_keeps_still(library):
    path = the_session(library)
    path.write_bytes(path.read_bytes()[:-30])
    waited = []
    (done,) = repair_library(Library(library), shard_kinds(Library(library)), wait=waited.append)
    assert (done.done, waited) == (True, [WATCH_S])
    assert len(Journal.load(Library(library)).history) == 4
    assert repair_library(Library(library), shard_kinds(Library(library)), wait=waited.append) == []
    assert waited == [WATCH_S]


@pytest.mark.parametrize("garbled", [b"\0\0\0\0\0\0", b'{"{"{[', b"", b'"7":{"takes":{', b"\xff\xfe"])
def test_what_stands_behind_a_garbled_place_is_saved_as_well(library, garbled):
    for path, before in ((the_batch(library), 3), (the_session(library), 5)):
        data = path.read_bytes()
        at = data.index(b'"2":{') + 9
        damage(path, data[:at] + garbled + data[at + 6 :])
        (done,) = repair(library)
        assert done.done, done
        (table,) = msgspec.json.decode(path.read_bytes()).values()
        assert sorted(set("12345"[:before]) - {"2"}) == sorted(table)


@pytest.mark.parametrize(
    "knot", [b'{"1":' * 200_000, b'{"1":{"2":[' * 100_000, b'{"1":{}, "2":[' + b'{"3":{},' * 200_000]
)
def test_a_knot_of_a_file_keeps_nobody_waiting(library, knot):
    damage(the_batch(library), b'{"takes":' + knot)
    assert all(done.done for done in repair(library))
    assert failing(library) == ["set aside"]


def test_what_only_a_newer_earmark_knows_is_saved_as_it_is(library):
    path = the_session(library)
    tables = msgspec.json.decode(path.read_bytes())
    first = tables["judgements"]["1"] | {"mood": {"1": "blue"}}
    later = {**tables["judgements"]["2"], "kind": "later", "huge": "NUMBER"}
    whole = {"labels": {"1": {"name": "red"}}, "judgements": {"1": first, "2": later, "3": tables["judgements"]["3"]}}
    data = msgspec.json.encode(whole | {"moods": {"1": {"a": 1}, "2": {"b": 2}}}).replace(b'"NUMBER"', b"1" * 5000)
    damage(path, data[:-8])
    (done,) = repair(library)
    assert done.done
    assert "3 of its" in done.detail
    saved = msgspec.json.decode(path.read_bytes(), type=dict[str, dict[str, msgspec.Raw]])
    assert bytes(saved["judgements"].pop("2")) == msgspec.json.encode(later).replace(b'"NUMBER"', b"1" * 5000)
    del whole["judgements"]["2"]
    assert msgspec.json.decode(msgspec.json.encode(saved)) == whole | {"moods": {"1": {"a": 1}}}
    assert len(Journal.load(Library(library)).history) == 2


def test_whole_shards_that_were_set_aside_are_put_back(library):
    takes, judgements = the_batch(library), the_session(library)
    set_aside(Library(library), takes)
    set_aside(Library(library), judgements)
    assert len(Catalog.load(Library(library))) == 0
    assert [done.done for done in repair(library)] == [True, True]
    assert failing(library) == []
    assert len(Catalog.load(Library(library))) == 3
    assert len(Journal.load(Library(library)).history) == 5


def test_a_session_set_aside_goes_beside_the_one_that_came_in_its_place(library):
    path = the_session(library)
    whole = msgspec.json.decode(path.read_bytes())["judgements"]
    set_aside(Library(library), path)
    path.write_bytes(msgspec.json.encode({"judgements": dict(list(whole.items())[:2])}))
    (done,) = repair(library)
    assert done.done
    assert len(Journal.load(Library(library)).history) == 5
    assert repair(library) == []


def test_a_shard_set_aside_of_which_all_is_in_use_stays_there(library):
    path = the_batch(library)
    shutil.copy(set_aside(Library(library), path), path)
    before = contents(library)
    assert repair(library) == []
    assert contents(library) == before


def test_damaged_plans_of_sessions_are_mended_and_the_app_goes_on(library):
    plans = SessionPlans(Library(library), "ana", "0-a")
    for minutes in (5, 6, 7):
        write_plan(plans, new_plan(datetime.now(UTC), minutes=minutes))
    (path,) = library.glob("sessions/ana/plans/*.json")
    damage(path, path.read_bytes()[:-20])
    assert "damaged files" in failing(library)
    (done,) = repair(library)
    assert done.done
    assert failing(library) == ["set aside"]
    assert sorted(record.plan.minutes for record in SessionPlans(Library(library), "ana", "0-b").records()) == [5, 6]


def test_a_plan_in_a_form_that_is_not_known_is_kept_aside_until_it_is(library):
    plans = SessionPlans(Library(library), "ana", "0-a")
    known, newer = (write_plan(plans, new_plan(datetime.now(UTC), minutes=minutes)) for minutes in (5, 6))
    (path,) = library.glob("sessions/ana/plans/*.json")
    whole = path.read_bytes()
    damage(path, whole.replace(b'"minutes":6', b'"minutes":[6]'))
    (done,) = repair(library)
    assert done.done
    assert [record.plan.id for record in SessionPlans(Library(library), "ana", "0-b").records()] == [known.id]
    assert failing(library) == ["set aside"]
    (aside,) = path.parent.glob("*.damaged-*")
    aside.write_bytes(whole)  # as an Earmark sees it that knows the form
    assert all(done.done for done in repair(library))
    ids = {record.plan.id for record in SessionPlans(Library(library), "ana", "0-c").records()}
    assert ids == {known.id, newer.id}


def test_judgements_in_a_form_that_is_not_known_stay_for_those_who_know_it(library):
    path = the_session(library)
    damage(path, path.read_bytes().replace(b'"kind":"pick"', b'"kind":"later"'))
    before = contents(library)
    assert failing(library) == ["damaged files"]
    assert repair(library) == []
    assert contents(library) == before
    assert len(Journal.load(Library(library)).history) == 4


@pytest.mark.parametrize("make", [os.mkdir, os.mkfifo])
def test_what_is_no_file_goes_out_of_a_shard_s_place(library, make):
    for path in (the_batch(library), the_session(library)):
        path.unlink()
        make(path)
        os.utime(path, (LONG_AGO, LONG_AGO))
    assert failing(library) == ["damaged files"]
    assert [done.done for done in repair(library)] == [True, True]
    assert failing(library) == []


def test_only_our_own_old_temporary_files_are_removed(library):
    batch = the_batch(library).parent
    ours, fresh = batch / ".batch.json.0123abcd.tmp", batch / ".0.flac.89abcdef.tmp"
    foreign = batch / ".syncthing.batch.json.tmp"
    for path in (ours, fresh, foreign):
        damage(path, b"x")
    os.utime(fresh, (NOW, NOW))
    assert failing(library) == ["stray files"]
    repair(library)
    assert (ours.exists(), fresh.exists(), foreign.exists()) == (False, True, True)


def test_sounds_that_moved_are_found_by_their_hashes(library, tmp_path):
    sounds, elsewhere = tmp_path / "sounds", tmp_path / "elsewhere"
    sounds.rename(elsewhere)
    (elsewhere / "night_s0.wav").rename(elsewhere / "renamed.wav")
    (elsewhere / "night_s1.wav").unlink()
    soundfile.write(elsewhere / "another.wav", np.zeros((8000, 1)), 8000)
    words = {(take.id, take.prompt, take.seed) for take in Catalog.load(Library(library))}
    assert failing(library) == ["missing sounds"]
    found, missing = repair(library, elsewhere)
    assert (found.done, missing.done) == (True, False)
    catalog = Catalog.load(Library(library))
    assert {(take.id, take.prompt, take.seed) for take in catalog} == words
    assert sum(catalog.path_of(take).is_file() for take in catalog) == 2
    assert [one.done for one in repair(library, elsewhere)] == [False]


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(36, "File name too long")])
def test_sounds_that_can_t_be_looked_at_are_named_as_missing(library, tmp_path, monkeypatch, error):
    real, sounds = os.stat, str(tmp_path / "sounds")

    def refuse(path, *args, **options):
        if str(path).startswith(sounds):
            raise error
        return real(path, *args, **options)

    monkeypatch.setattr(os, "stat", refuse)
    assert failing(library) == ["missing sounds"]
    assert [one.done for one in repair(library, tmp_path / "none")] == [False]


def test_a_sound_that_changed_under_its_id_is_named(library, tmp_path):
    path = tmp_path / "sounds" / "night_s1.wav"
    soundfile.write(path, np.zeros((8000, 1)), 8000)
    assert failing(library) == ["changed sounds"]
    (check,) = [check for check in check_library(Library(library), sounds=True) if check.name == "changed sounds"]
    assert str(path) in check.detail
