"""What waits from before is offered, and made or dropped when told to; jobs are paused, moved and dropped by keys."""

from __future__ import annotations

from library.generators.recipes import grid
from library.jobs.to_come import to_come
from library.jobs.wishes import FOLDER, record
from library.library import Library
from library.store.catalog import Catalog
from tui.frame.palette import Palette
from tui.generating.job_list import JobList

BEFORE = grid(["from before"], (1, 2), generator="sketch", duration_s=0.5)


def missing(root):
    return [len(one.missing) for one in to_come(Catalog.load(Library(root))).unmade]


async def test_what_waits_is_offered_and_made_only_when_told_to(open_app, until, root):
    record(Library(root), BEFORE).release()
    app = open_app("generate")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.waiting)
        await until(pilot, lambda: app.screen.query_one(JobList).can_focus)
        assert ["2 takes" in notice.message for notice in app.notices] == [True]
        assert app.job_states() == ()
        app.screen.set_focus(app.screen.query_one(JobList))
        await pilot.press("delete")
        assert app.waiting == ()
        assert missing(root) == []
        await pilot.press("ctrl+z")
        assert [len(one.missing) for one in app.waiting] == missing(root) == [2]
        await pilot.press("ctrl+p", *"go on")
        await until(pilot, lambda: isinstance(app.screen, Palette))
        await pilot.press("enter")
        await until(pilot, lambda: len(app.workspace.catalog) == 2)
        await until(pilot, lambda: app.job_states() == ())
        assert app.waiting == ()
        assert list((root / FOLDER).iterdir()) == []


async def test_jobs_are_chosen_paused_moved_and_dropped_and_stay_asked_for(open_app, until, root):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(JobList))
        first, second, third = (
            app.queue.submit(grid([prompt], range(count), generator="sketch", duration_s=300.0))
            for prompt, count in (("one", 30), ("two", 20), ("three", 10))
        )

        def jobs():
            return [(state.job, state.active, state.paused) for state in app.job_states()]

        shown = app.screen.query_one(JobList)
        await until(pilot, lambda: shown.can_focus and jobs() and jobs()[0] == (first, True, False))
        app.screen.set_focus(shown)
        await pilot.press("down", "down", "shift+up")
        assert [job for job, *_ in jobs()] == [first, third, second]
        await pilot.press("space")
        await until(pilot, lambda: (third, False, True) in jobs())
        await pilot.press("up", "space")
        await until(pilot, lambda: jobs() == [(second, True, False), (first, False, True), (third, False, True)])
        await pilot.press("up", "delete")
        await until(pilot, lambda: jobs() == [(first, False, True), (third, False, True)])
        await pilot.press("space")
        await until(pilot, lambda: jobs()[0] == (first, True, False))
    assert sorted(missing(root))[0] == 10
    assert len(missing(root)) == 2
