"""What was asked for outlives whoever asked: nothing lost, nothing twice, and one Earmark at a time is at it."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import msgspec
import pytest

from library.errors import GenerationError
from library.generators.recipes import grid
from library.jobs import wishes
from library.jobs.events import JobEnded, Order, TakeFailed, TakeSaved
from library.jobs.executor import OrderExecutor
from library.jobs.inbox import Inbox
from library.jobs.queue import GenerationQueue
from library.jobs.to_come import asked_for, drop, take_up, to_come
from library.jobs.wishes import FOLDER, Wish, record
from library.library import Library
from library.store.catalog import Catalog
from library.take import Take
from tests.library.jobs.conftest import program

ASKED = grid(["night"], (1, 2, 3), generator="sketch", duration_s=0.2)


def missing(library: Library) -> list[tuple[int, ...]]:
    return [one.missing for one in to_come(Catalog.load(library)).unmade]


def make(library: Library, wish: Wish, places: tuple[int, ...]) -> list[Take]:
    """What the worker does of these recipes."""
    takes: list[Take] = []
    recipes = tuple(wish.recipes[place] for place in places)
    order = Order(job=1, library=str(library.root), recipes=recipes, wish=wish.id, places=places)
    OrderExecutor().carry_out(
        order, lambda event: takes.append(event.take) if isinstance(event, TakeSaved) else None, Inbox()
    )
    return takes


def test_what_is_made_dropped_or_failed_is_not_to_come_and_the_rest_is(root):
    library = Library(root)
    held = record(library, ASKED, ["0" * 20, "1" * 20, "2" * 20])
    (asked,) = to_come(Catalog.load(library)).unmade
    assert (asked.missing, asked.busy, asked.from_here, asked.wish) == ((0, 1, 2), True, True, held.wish)
    assert take_up(Catalog.load(library), held.wish) is None
    assert not drop(library, held.wish)
    assert len(make(library, held.wish, (1,))) == 1
    assert missing(library) == [(0, 2)]
    held.settle([0])
    assert tuple(asked_for(library)) == ASKED  # of which any process may make one right now
    held.release()
    taken = take_up(Catalog.load(library), held.wish)
    assert taken is not None
    assert (taken[1].missing, taken[1].parent, taken[1].recipes) == ((2,), ("2" * 20,), ASKED[2:])
    make(library, held.wish, (2,))
    taken[0].release()
    assert missing(library) == []
    assert take_up(Catalog.load(library), held.wish) is None
    assert list(asked_for(library)) == []
    assert list((root / FOLDER).iterdir()) == []
    assert len(Catalog.load(library)) == 2


def test_a_queue_leaves_what_it_did_not_make_and_forgets_what_was_stopped(root, recorder):
    library = Library(root)
    queue = GenerationQueue(library, recorder, program=program("import time; time.sleep(3600)"))
    job, stopped, kept = (queue.submit(ASKED) for _ in range(3))
    queue.cancel(stopped)
    queue.cancel(kept, keep=True)
    recorder.wait(lambda: len(recorder.of(JobEnded)) == 2)
    assert recorder.of(JobEnded, job) == []
    queue.close()
    coming = to_come(Catalog.load(library))
    assert [(one.missing, one.busy) for one in coming.unmade] == [((0, 1, 2), False)] * 2
    assert drop(library, coming.unmade[0].wish)
    assert missing(library) == [(0, 1, 2)]


def test_a_wish_is_gone_on_with_and_then_done(root, recorder):
    library = Library(root)
    held = record(library, ASKED)
    make(library, held.wish, (0,))
    held.release()
    queue = GenerationQueue(library, recorder)
    try:
        taken = take_up(Catalog.load(library), held.wish)
        assert taken is not None
        recorder.wait_for_end(queue.resume(*taken))
    finally:
        queue.close()
    assert [event.take.wish for event in recorder.of(TakeSaved)] == [f"{held.wish.id}/{place}" for place in (1, 2)]
    assert sorted(take.seed for take in Catalog.load(library)) == [1, 2, 3]
    assert list((root / FOLDER).iterdir()) == []


@pytest.mark.parametrize("whole", [True, False])
def test_what_stops_a_whole_job_leaves_it_asked_for_and_what_fails_one_take_does_not(root, recorder, whole):
    event = TakeFailed(job=1, index=1, title="", what="no", stays=whole)
    lines = [msgspec.json.encode(each).decode() for each in (event, JobEnded(job=1))]
    script = f"import sys; sys.stdin.readline(); print({chr(10).join(lines)!r}, flush=True); sys.stdin.read()"
    library = Library(root)
    queue = GenerationQueue(library, recorder, program=program(script))
    try:
        recorder.wait_for_end(queue.submit(ASKED))
    finally:
        queue.close()
    assert missing(library) == ([(0, 1, 2)] if whole else [])


def test_damaged_and_newer_files_are_named_and_stay(root):
    library = Library(root)
    held = record(library, ASKED)
    held.release()
    whole = (root / FOLDER / f"{held.wish.id}.json").read_bytes()
    document = json.loads(whole)
    bad = {
        "cut.json": whole[:-9],
        "20260101-000000-000000-00000000.json": whole,
        "newer.json": json.dumps(document | {"format": 2, "recipes": "something else"}).encode(),
        "parents.json": json.dumps(document | {"parent": ["0" * 20]}).encode(),
        "none.json": json.dumps(document | {"recipes": []}).encode(),
        f"{held.wish.id}.settled-00000000.json": b'{"settled": [-1]}',
    }
    for name, content in bad.items():
        (root / FOLDER / name).write_bytes(content)
    (root / FOLDER / "link.json").symlink_to(root / "library.json")
    coming = to_come(Catalog.load(library))
    assert [one.missing for one in coming.unmade] == [(0, 1, 2)]
    damaged = {damage.path.name: damage.reason for damage in coming.damages}
    assert set(damaged) == {*bad, "link.json"}
    assert "newer" in damaged["newer.json"]
    assert all((root / FOLDER / name).read_bytes() == content for name, content in bad.items())


def test_a_lock_that_is_a_link_is_not_followed(root, tmp_path):
    library = Library(root)
    held = record(library, ASKED)
    held.release()
    (root / FOLDER / wishes.lock_name(held.wish.id)).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(wishes.LibraryError):
        take_up(Catalog.load(library), held.wish)
    assert not (tmp_path / "elsewhere").exists()


def test_another_place_is_told_apart(root, monkeypatch):
    library = Library(root)
    record(library, ASKED).release()
    monkeypatch.setattr("library.jobs.to_come.here", lambda: "ann@studio:0")
    (asked,) = to_come(Catalog.load(library)).unmade
    assert not asked.from_here
    assert to_come(Catalog.load(library)).waiting == ()


def test_a_closed_queue_takes_nothing_and_loses_nothing(root, recorder):
    library = Library(root)
    record(library, ASKED).release()
    queue = GenerationQueue(library, recorder)
    queue.close()
    taken = take_up(Catalog.load(library), to_come(Catalog.load(library)).unmade[0].wish)
    assert taken is not None
    with pytest.raises(GenerationError):
        queue.resume(*taken)
    assert not to_come(Catalog.load(library)).unmade[0].busy


def test_a_job_is_paused_goes_on_and_is_moved_and_makes_each_take_once(root, recorder, make_recipe):
    library = Library(root)
    queue = GenerationQueue(library, recorder)
    try:
        job = queue.submit([make_recipe(seed, 12.0) for seed in range(1, 21)])
        recorder.wait(lambda: recorder.of(TakeSaved, job))
        second, third = (queue.submit([make_recipe(seed)]) for seed in (21, 22))
        assert queue.move(third, -1)
        assert not queue.move(third, -1)
        assert not queue.move(job, 1)
        queue.pause(job)
        recorder.wait_for_end(second)
        assert [event.job for event in recorder.of(JobEnded)] == [third, second]
        (state,) = queue.jobs()
        assert (state.paused, state.active) == (True, False)
        assert 0 < state.finished < 20
        queue.pause(job, paused=False)
        queue.pause(job)
        queue.pause(job, paused=False)  # it is still being stopped
        assert recorder.wait_for_end(job) == JobEnded(job=job)
    finally:
        queue.close()
    assert sorted(event.index for event in recorder.of(TakeSaved, job)) == list(range(20))
    assert missing(library) == []
    assert len(Catalog.load(library)) == 22


def in_place_of(path: Path, what: str) -> None:
    """Put something that is no wish where one was, or where the folder of all of them was."""
    if what.startswith("folder is"):
        shutil.rmtree(path.parent)
        path.parent.symlink_to("/etc") if what.endswith("link") else path.parent.write_text("x")
    elif what == "sparse file":
        os.truncate(path, 50 << 30)
    elif what in ("brackets", "digits"):
        path.write_text("[" * 100_000 if what == "brackets" else f'{{"format": {"9" * 5000}}}')
    else:
        path.unlink()
        {"pipe": os.mkfifo, "folder": os.mkdir, "link": lambda at: at.symlink_to("/etc/passwd")}[what](path)


@pytest.mark.parametrize(
    "what", ["folder is a link", "folder is a file", "sparse file", "brackets", "digits", "pipe", "folder", "link"]
)
def test_what_is_no_wish_is_named_and_not_followed(root, what):
    library = Library(root)
    left, other = record(library, ASKED), record(library, ASKED)
    left.release()
    other.release()
    in_place_of(root / FOLDER / f"{left.wish.id}.json", what)
    coming = to_come(Catalog.load(library))
    assert [one.wish.id for one in coming.unmade] == ([] if what.startswith("folder is") else [other.wish.id])
    assert len(coming.damages) == 1
