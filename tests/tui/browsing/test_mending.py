"""What goes wrong behind the screens leaves the app usable, and is told of in measure."""

from __future__ import annotations

from textual.widgets import Static

from library.errors import LibraryError
from library.generators.recipes import grid
from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Stars
from tests.judging import Judge
from tui.browsing.take_detail import TakeDetail
from tui.frame.footer import Footer
from tui.open_library.library_refresh import GROUP
from tui.session.judgement_writer import NotSavedError


async def loaded(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(Footer))


def live(root):
    return Journal.load(Library(root)).history.live()


def causes(app):
    """The kinds of errors that were shown."""
    return [notice.cause for notice in app.notices]


async def test_after_a_request_that_broke_down_judgements_are_written_all_the_same(
    open_app, add_takes, until, root, monkeypatch
):
    takes = add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)

        def break_down(_):
            raise ZeroDivisionError

        with monkeypatch.context() as patch:
            patch.setattr(app.workspace.log, "write", break_down)
            app.judge([app.workspace.log.stars(takes[0].id, 1)])
            await until(pilot, lambda: ZeroDivisionError in causes(app))
        app.judge([app.workspace.log.stars(takes[0].id, 4)])
        await until(pilot, lambda: len(live(root)) == 1)
        app.judge([app.workspace.log.stars(takes[1].id, 2)])
        await pilot.press("q")
    assert [event.stars for event in live(root) if isinstance(event, Stars)] == [4, 2]


async def test_a_library_that_cannot_be_read_any_more_is_told_of_once(open_app, add_takes, until, root):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        (root / "batches").rename(root / "elsewhere")
        (root / "batches").write_text("in the way")
        for _ in range(3):
            app.refresh_library()
            await until(pilot, lambda: not any(worker.group == GROUP for worker in app.workers))
            await pilot.pause()
        assert causes(app) == [LibraryError]
        (root / "batches").unlink()
        (root / "elsewhere").rename(root / "batches")
        added = add_takes(["c"], first=7)
        app.refresh_library()
        await until(pilot, lambda: added[0].id in app.workspace.catalog)


async def test_what_others_say_of_the_take_on_show_stands_beside_it(open_app, add_takes, until, root):
    takes = add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(app, pilot, until)

        def detail():
            return str(app.screen.query_one(TakeDetail).query_one(Static).content)

        await until(pilot, lambda: takes[0].id[:12] in detail() or takes[1].id[:12] in detail())
        shown = app.screen.subject()
        (other,) = (take for take in takes if take.id != shown.id)
        bob = Judge(Journal.load(Library(root)).log("bob"))
        bob.note(shown.id, "sounds like rain")
        app.refresh_library()
        await until(pilot, lambda: "sounds like rain" in detail())
        app.judge([app.workspace.log.duel(other.id, shown.id, "take")])
        await until(pilot, lambda: other.id[:8] in detail())


async def test_a_library_that_is_taken_away_is_not_begun_anew_in_its_place(open_app, add_takes, until, root):
    takes = add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        elsewhere = root.rename(root.with_name("elsewhere"))
        app.judge([app.workspace.log.stars(takes[0].id, 4)])
        await until(pilot, lambda: NotSavedError in causes(app))
        app.refresh_library()
        await until(pilot, lambda: not any(worker.group == GROUP for worker in app.workers))
        assert not root.exists()
        elsewhere.rename(root)
        app.judge([app.workspace.log.stars(takes[0].id, 4)])
        await until(pilot, lambda: len(live(root)) == 1)
        root.rename(elsewhere)
        app.judge([app.workspace.log.stars(takes[1].id, 5)])
        app.judge([app.workspace.log.stars(takes[1].id, 5)])
        await pilot.press("q")
    assert not root.exists()
    assert len(live(elsewhere)) == 1


async def test_no_take_is_made_into_a_new_library_in_the_place_of_one_that_was_taken_away(
    open_app, add_takes, until, root
):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        root.rename(root.with_name("elsewhere"))
        app.queue.submit(grid(["slow"], [1], generator="sketch", duration_s=1.0))
        await until(pilot, lambda: not app.job_states())
        await until(pilot, lambda: any(notice.severity == "error" for notice in app.notices))
    assert not root.exists()
