"""Another library in the place of the one that is open: nothing of the old one stays, and nothing of it is lost."""

from __future__ import annotations

import threading

import pytest
from textual.widgets import Input, Static

from library.library import Library
from library.processes.child import Child
from ratings.journal import Journal
from tests.benchmarks.make_library import make_library
from tui.browsing.libraries_dialog import LibrariesDialog
from tui.browsing.library_list import LibraryList


def live(root):
    return Journal.load(Library(root)).history.live()


@pytest.fixture
def other(tmp_path):
    """Another library, of 40 takes."""
    root = tmp_path / "other"
    make_library(root, batches=2, takes=20, judgements=0, sounds=0)
    return root


@pytest.fixture
async def app(open_app, add_takes, until):
    add_takes(["rain", "snow", "hail"])
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        app.pilot, app.until = pilot, until
        await listed(app, 3)
        yield app


async def listed(app, count):
    await app.until(app.pilot, lambda: app.screen.query(LibraryList) and app.workspace.loaded)
    await app.until(app.pilot, lambda: len(app.screen.query_one(LibraryList).rows) == count)


async def ask(app, path=""):
    """Open the dialog and enter `path`."""
    await app.pilot.press("O")
    await app.until(app.pilot, lambda: isinstance(app.screen, LibrariesDialog) and app.screen.is_mounted)
    app.screen.query_one(Input).value = str(path)
    await app.pilot.pause()
    await app.pilot.press("enter")


def hint(app):
    return str(app.screen.query_one("#hint", Static).content)


async def test_another_library_opens_and_the_first_is_a_recent_one(app, other, root):
    await app.pilot.press("enter")
    old, deck = app.workspace, app.deck
    await app.pilot.press("4")
    await ask(app, other)
    await listed(app, 40)
    assert [event.stars for event in live(root)] == [4], "what was said before is written"
    assert not deck.playhead().playing
    assert app.deck.take is None
    assert app.workspace is not old
    await app.pilot.press("3")
    await app.until(app.pilot, lambda: len(live(other)) == 1)
    assert len(live(root)) == 1
    await ask(app)
    await listed(app, 3)
    assert app.workspace.library.root == root
    await app.until(app.pilot, lambda: list(app.settings.libraries) == [str(root), str(other)])


async def test_what_cant_be_opened_is_told_of_and_the_old_one_stays(app, other, root, tmp_path):
    newer, damaged, file = tmp_path / "newer", tmp_path / "damaged", tmp_path / "file"
    newer.mkdir()
    damaged.mkdir()
    (newer / "library.json").write_text('{"format": 99}')
    (damaged / "library.json").write_text("[")
    file.write_text("no folder")
    old = app.workspace
    await ask(app, newer)
    await app.until(app.pilot, lambda: "99" in hint(app))
    for path in (damaged, file, root, "~nobody-of-that-name/x"):
        before = hint(app)
        app.screen.query_one(Input).value = str(path)
        await app.pilot.pause()
        await app.pilot.press("enter")
        await app.until(app.pilot, lambda before=before: hint(app) != before)
    await app.pilot.press("escape")
    assert app.workspace is old
    assert app.settings.libraries == (str(root),)
    await app.pilot.press("2")
    await app.until(app.pilot, lambda: len(live(root)) == 1)


async def test_a_new_library_is_begun_by_a_second_enter_only(app, tmp_path, add_takes, root):
    fresh = tmp_path / "fresh"
    await ask(app, fresh)
    await app.until(app.pilot, lambda: str(fresh) in hint(app))
    assert app.workspace.library.root == root
    await app.pilot.press("enter")
    await app.until(app.pilot, lambda: app.workspace.library.root == fresh and app.screen.query("Welcome"))
    add_takes(["rain"], first=9)
    await app.pilot.pause()
    assert not app.screen.query_one(LibraryList).rows, "what comes into the old one is none of this one's"


async def test_there_and_back_many_times_leaves_no_thread_and_no_child_behind(app, other, root, monkeypatch):
    started = []
    start = Child.start
    monkeypatch.setattr(Child, "start", lambda child: (started.append(child), start(child)))
    for path, count in ((other, 40), (root, 3)):
        await ask(app, path)
        await listed(app, count)
    await app.pilot.press("4")
    await app.until(app.pilot, of_a_library)
    before = of_a_library()
    for path, count in ((other, 40), (root, 3)) * 4:
        await app.pilot.press("4")
        await ask(app, path)
        await listed(app, count)
    await app.pilot.press("4")
    await app.until(app.pilot, lambda: of_a_library() == before)
    assert started == []
    assert len(app.settings.libraries) == 2


def of_a_library():
    """The threads that belong to a library, not to the app."""
    names = [thread.name for thread in threading.enumerate()]
    return sorted(name for name in names if name.startswith("judgements"))


async def test_takes_that_are_being_made_are_asked_about(app, other):
    from library.generators.recipes import grid

    app.queue.submit(grid(["slow rain"], range(1, 40), generator="sketch", duration_s=20.0))
    await app.until(app.pilot, lambda: any(state.active for state in app.job_states()))
    await ask(app, other)
    await app.until(app.pilot, lambda: "ConfirmDialog" in type(app.screen).__name__)
    await app.pilot.press("escape")
    await app.until(app.pilot, lambda: app.screen.query(LibraryList))
    assert app.job_states()
    await ask(app, other)
    await app.until(app.pilot, lambda: "ConfirmDialog" in type(app.screen).__name__)
    await app.pilot.press("enter")
    await listed(app, 40)
    assert app.job_states() == ()
