"""A library that is taken away, as with its disk: no take begins another in its place."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

import pytest

from library.jobs.events import JobProgress, TakeFailed, TakeRemade, TakeSaved
from library.jobs.queue import GenerationQueue
from library.library import Library
from library.store.catalog import Catalog
from library.take import Recipe
from tests.library.jobs.conftest import program

Make = Callable[..., Recipe]

LOSING = textwrap.dedent("""
    from pathlib import Path
    from library.jobs import executor, worker

    whole = executor.make_generator

    def make_generator(name):
        Path({root!r}).rename({elsewhere!r})
        return whole(name)

    executor.make_generator = make_generator
    worker.main()
""")
"""A worker whose library goes away while the first takes are being made."""


def test_a_job_for_a_library_that_is_gone_comes_to_nothing_until_it_is_back(
    jobs, recorder, root, tmp_path, make_recipe: Make
):
    first, second = jobs.submit([make_recipe(1)]), jobs.submit([make_recipe(2), make_recipe(3)])
    recorder.on = lambda event: isinstance(event, TakeSaved) and root.rename(tmp_path / "elsewhere")
    recorder.wait_for_end(second)
    assert recorder.of(TakeSaved, first)
    assert [told.index for told in recorder.of(TakeFailed, second)] == [0, 1]
    assert all("disappeared" in told.what and told.remedy for told in recorder.of(TakeFailed, second))
    assert not recorder.of(JobProgress, second), "nothing is made that there is no place for"
    assert not root.exists()
    recorder.on = lambda _: None
    again = tmp_path / "again"
    again.mkdir()
    recorder.wait_for_end(jobs.submit([make_recipe(1)], scratch=again))
    assert recorder.of(TakeRemade), "what is for no library needs none"
    (tmp_path / "elsewhere").rename(root)
    recorder.wait_for_end(jobs.submit([make_recipe(2)]))
    assert len(Catalog.load(Library(root))) == 2


@pytest.mark.parametrize("there", ["library.json", "sessions"])
def test_one_that_goes_while_its_first_take_is_made_is_not_begun_anew(
    recorder, root, tmp_path, make_recipe: Make, there
):
    (root / there).mkdir(parents=True)
    if there == "library.json":
        (root / there).rmdir()
        (root / there).write_text('{"format": 1}')
    script = LOSING.format(root=str(root), elsewhere=str(tmp_path / "elsewhere"))
    queue = GenerationQueue(Library(root), recorder, program=program(script))
    try:
        recorder.wait_for_end(queue.submit([make_recipe(1)]))
    finally:
        queue.close()
    assert ["disappeared" in told.what for told in recorder.of(TakeFailed)] == [True]
    assert not root.exists()


@pytest.mark.parametrize("seen", [True, False])
def test_one_that_was_seen_before_there_was_a_job_is_missed_and_a_new_one_is_begun(
    recorder, root, make_recipe: Make, seen
):
    library = Library(root)
    library.founded = seen
    queue = GenerationQueue(library, recorder)
    try:
        recorder.wait_for_end(queue.submit([make_recipe(1)]))
    finally:
        queue.close()
    assert len(recorder.of(TakeFailed)) == seen
    assert root.exists() is not seen
