"""Plans on disk: one writer a file, the latest version counts, and it is known which answers belong to it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from library.errors import LibraryError
from library.files.durable import write_durably
from library.library import Library
from ratings.journal import Journal
from ratings.session.plan import SessionPlans, new_plan
from tests.judging import Judge, write_plan

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minutes):
    return NOW + timedelta(minutes=minutes)


def change(plan, **fields):
    return msgspec.structs.replace(plan, **fields)


def test_a_plan_comes_back_as_it_was_written(tmp_path):
    plans = SessionPlans(Library(tmp_path), "Ann Ö", "one")
    assert plans.records() == []
    plan = new_plan(NOW, selection='prompt:"night"', best=7, minutes=20.0, reveal="end")
    written = write_plan(plans, plan, at(1))
    assert (written.session, written.version) == ("one", 1)
    (record,) = SessionPlans(Library(tmp_path), "Ann Ö", "two").records()
    assert record.plan == written == plans.records()[0].plan
    assert SessionPlans(Library(tmp_path), "bob", "three").records() == []


def test_each_process_writes_its_own_file_and_the_union_counts(tmp_path):
    first, second = SessionPlans(Library(tmp_path), "ann", "one"), SessionPlans(Library(tmp_path), "ann", "two")
    plan = write_plan(first, new_plan(NOW, minutes=20.0), at(1))
    there = second.records()[0].plan
    changed = write_plan(second, change(there, minutes=30.0), at(-60))  # a clock that is an hour late
    assert first.records()[0].plan == changed
    files = sorted((tmp_path / "sessions" / "ann" / "plans").iterdir())
    assert [file.name for file in files] == ["one.json", "two.json"]
    assert {span.log for span in first.records()[0].spans} == {"one", "two"}
    assert plan.id == changed.id


def test_answers_belong_to_the_plan_that_their_session_was_at(tmp_path):
    journal = Journal.load(Library(tmp_path))
    judge = Judge(journal.log("ann"))
    plans = SessionPlans(Library(tmp_path), "ann", judge.name)
    take = "0" * 20
    before = judge.stars(take, 1)
    one = write_plan(plans, new_plan(datetime.now(UTC)))
    during = judge.stars(take, 2)
    one = write_plan(plans, change(one, minutes=5.0))
    later = judge.stars(take, 3)
    two = write_plan(plans, new_plan(datetime.now(UTC)))
    other = judge.stars(take, 4)
    write_plan(plans, change(two, ended=True))
    after = judge.stars(take, 5)
    first, second = (next(each for each in plans.records() if each.plan.id == plan.id) for plan in (one, two))
    said = (before, during, later, other, after)
    assert [first.holds(event) for event in said] == [False, True, True, False, False]
    assert [second.holds(event) for event in said] == [False, False, False, True, False]
    assert [each.plan.ended for each in (first, second)] == [False, True]
    again = SessionPlans(Library(tmp_path), "ann", "elsewhere").records()
    assert [[record.holds(event) for event in said] for record in again] == [
        [record.holds(event) for event in said] for record in (first, second)
    ]


def test_no_plan_is_written_in_the_place_of_a_library_that_was_taken_away(tmp_path):
    root, elsewhere = tmp_path / "library", tmp_path / "elsewhere"
    plans = SessionPlans(Library(root), "ann", "one")
    plan = write_plan(plans, new_plan(NOW))
    root.rename(elsewhere)
    with pytest.raises(LibraryError, match="disappeared"):
        write_plan(plans, change(plan, ended=True))
    assert not root.exists()
    elsewhere.rename(root)
    write_plan(plans, change(plan, ended=True))
    assert SessionPlans(Library(root), "ann", "two").records()[0].plan.ended


def test_journals_do_not_mind_plans(tmp_path):
    journal = Journal.load(Library(tmp_path))
    judge = Judge(journal.log("ann"))
    write_plan(SessionPlans(Library(tmp_path), "ann", judge.name), new_plan(NOW))
    judge.stars("0" * 20, 4)
    fresh = Journal.load(Library(tmp_path))
    assert len(fresh.history) == 1
    assert fresh.damages == []


def test_a_damaged_plan_is_set_aside_and_the_others_are_read(tmp_path):
    plans = SessionPlans(Library(tmp_path), "ann", "one")
    plan = write_plan(plans, new_plan(NOW))
    folder = tmp_path / "sessions" / "ann" / "plans"
    write_durably(folder / "bad.json", b"{")
    write_durably(folder / "odd.json", b'{"plans": {"1": {"id": "x", "begun": "yesterday"}}}')
    fresh = SessionPlans(Library(tmp_path), "ann", "two")
    assert [record.plan for record in fresh.records()] == [plan]
    assert len(fresh.damages) == 2


@pytest.mark.parametrize("given", [{"best": 0}, {"minutes": -1.0}, {"goal": 0.0}, {"reveal": "never"}])
def test_nonsense_is_refused(given):
    with pytest.raises(msgspec.ValidationError):
        new_plan(NOW, **given)
