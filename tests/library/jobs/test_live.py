"""Takes are heard and dropped while they are made, and none is lost with its worker, with the real worker process."""

from __future__ import annotations

import os
import signal
import tempfile
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from library.jobs.events import JobEnded, JobProgress, PreviewReady, TakeDropped, TakeFailed, TakeSaved
from library.jobs.queue import GenerationQueue
from library.library import Library
from library.sound import audio
from library.store.catalog import Catalog
from library.take import Recipe
from tests.library.jobs.conftest import program
from tests.processes import child

LONG_S = 1000.0
Make = Callable[..., Recipe]

TALKATIVE = textwrap.dedent("""
    import os, signal
    from pathlib import Path
    from library.generators.sketch import sketcher
    from library.jobs import worker

    whole = sketcher.Sketcher.generate

    def generate(self, recipes, context):
        for result in whole(self, recipes, context):
            if hasattr(result, "samples"):
                half = result.samples[: len(result.samples) // 2]
                for length in (len(half) // 2, len(half)):
                    context.preview(result.index, half[:length], result.sample_rate)
            yield result

    sketcher.Sketcher.generate = generate
    worker.main()
""")
"""A sketcher that lets its takes be heard when they are done, which is soon enough for a test."""

DYING = textwrap.dedent("""
    import os, signal
    from library.store.catalog import BatchWriter
    from library.jobs import worker

    whole = BatchWriter.add

    def add(self, takes):
        if {before}:
            os.kill(os.getpid(), signal.SIGKILL)
        whole(self, takes)
        os.kill(os.getpid(), signal.SIGKILL)

    BatchWriter.add = add
    worker.main()
""")
"""A worker that dies with its first take: just before it is one, or just after."""


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture
def open_queue(root, recorder) -> Iterator[Callable[..., GenerationQueue]]:
    """Opens queues with workers of one's own script."""
    queues = []

    def make(script: str, **given) -> GenerationQueue:
        queues.append(GenerationQueue(Library(root), recorder, program=program(script), **given))
        return queues[-1]

    yield make
    for queue in queues:
        queue.close()


def test_previews_grow_and_are_removed_with_the_job(open_queue, recorder, root, scratch, make_recipe: Make):
    (scratch / "earmark-previews-of-a-killed-app").mkdir()
    queue = open_queue(TALKATIVE, previews=True)
    found = []
    recorder.on = lambda event: found.append(audio.read(Path(event.sound))) if isinstance(event, PreviewReady) else None
    job = queue.submit([make_recipe(1, 4.0), make_recipe(2, LONG_S)])
    recorder.wait(lambda: recorder.of(TakeSaved, job))
    first, second = recorder.of(PreviewReady, job)
    assert (first.index, second.index) == (0, 0)
    assert (first.duration_s, second.duration_s) == (1.0, 2.0)
    assert (second.sample_rate, second.channels) == (44100, 2)
    assert second.lufs is not None
    (shorter, _), (longer, rate) = found
    assert len(longer) == 2 * rate
    assert (longer[: len(shorter)] == shorter).all()
    assert [path for path in scratch.rglob("*") if path.is_file()], "previews lie outside the library while they last"
    assert not queue.jobs()[0].previews, "a take that has landed needs none"
    assert not list(root.rglob("0-*"))
    queue.cancel(job)
    recorder.wait_for_end(job)
    assert not list(scratch.iterdir())


def test_a_killed_worker_leaves_no_previews(open_queue, recorder, scratch, make_recipe: Make):
    queue = open_queue(TALKATIVE, previews=True)
    job = queue.submit([make_recipe(1, 4.0), make_recipe(2, LONG_S)])
    recorder.wait(lambda: recorder.of(TakeSaved, job) and recorder.of(PreviewReady, job))
    os.kill(child(), signal.SIGKILL)
    recorder.wait_for_end(job)
    assert not list(scratch.iterdir())


def test_a_disk_without_room_for_previews_costs_only_them(root, recorder, scratch, make_recipe: Make):
    scratch.rmdir()
    queue = GenerationQueue(Library(root), recorder, previews=True)
    try:
        job = queue.submit([make_recipe(1)])
        recorder.wait_for_end(job)
    finally:
        queue.close()
        scratch.mkdir()
    assert not recorder.of(TakeFailed)
    assert len(recorder.of(TakeSaved, job)) == 1


def test_nobody_previews_for_those_who_do_not_listen(jobs, recorder, scratch, make_recipe: Make):
    recorder.wait_for_end(jobs.submit([make_recipe(1)]))
    assert not recorder.of(PreviewReady)
    assert not list(scratch.iterdir())


def test_a_take_is_dropped_while_it_is_made_and_the_others_go_on(root, recorder, scratch, make_recipe: Make):
    queue = GenerationQueue(Library(root), recorder, previews=True)
    try:
        job = queue.submit([make_recipe(1, LONG_S), make_recipe(2), make_recipe(3)])
        recorder.wait(lambda: any(event.seconds.get(0, 0) > 1 for event in recorder.of(JobProgress, job)))
        assert queue.jobs()[0].seconds[0] > 1
        assert queue.jobs()[0].missing == (0, 1, 2)
        queue.drop(job, 0)
        queue.drop(job, 2)
        queue.drop(job, 7)
        queue.drop(99, 0)
        assert recorder.wait_for_end(job) == JobEnded(job=job)
    finally:
        queue.close()
    assert {event.index for event in recorder.of(TakeDropped, job)} == {0, 2}
    assert [event.index for event in recorder.of(TakeSaved, job)] == [1]
    assert not recorder.of(TakeFailed)
    assert [take.seed for take in Catalog.load(Library(root))] == [2]


def test_takes_of_waiting_jobs_can_be_dropped_too(jobs, recorder, root, make_recipe: Make):
    first = jobs.submit([make_recipe(1, LONG_S)])
    second = jobs.submit([make_recipe(2), make_recipe(3)])
    jobs.drop(second, 0)
    jobs.cancel(first)
    recorder.wait_for_end(second)
    assert [event.index for event in recorder.of(TakeDropped)] == [0]
    assert [take.seed for take in Catalog.load(Library(root))] == [3]


def test_dropping_comes_too_late_for_a_take_that_has_landed(jobs, recorder, make_recipe: Make):
    job = jobs.submit([make_recipe(1), make_recipe(2, LONG_S)])
    recorder.wait(lambda: recorder.of(TakeSaved, job))
    jobs.drop(job, 0)
    jobs.cancel(job)
    recorder.wait_for_end(job)
    assert not recorder.of(TakeDropped)


@pytest.mark.parametrize("before", [True, False])
def test_a_take_has_landed_if_it_is_in_the_library_however_its_worker_ended(
    open_queue, recorder, root, make_recipe: Make, before: bool
):
    job = open_queue(DYING.format(before=before)).submit([make_recipe(1), make_recipe(2)])
    recorder.wait_for_end(job)
    landed, stumbled = recorder.of(TakeSaved, job), recorder.of(TakeFailed, job)
    assert [event.index for event in stumbled] == ([0, 1] if before else [1])
    assert [event.take for event in landed] == list(Catalog.load(Library(root)))
    assert len(landed) == (0 if before else 1)


def test_a_dropped_take_is_no_failure_when_the_worker_dies(open_queue, recorder, make_recipe: Make):
    queue = open_queue("import sys, time; sys.stdin.readline(); sys.stdin.readline(); sys.exit(3)")
    job = queue.submit([make_recipe(1), make_recipe(2)])
    queue.drop(job, 1)
    recorder.wait_for_end(job)
    assert [event.index for event in recorder.of(TakeFailed, job)] == [0]
    assert [event.index for event in recorder.of(TakeDropped, job)] == [1]
