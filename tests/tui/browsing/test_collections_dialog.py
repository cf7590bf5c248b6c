"""Collections in the app: a filter is saved by a name, shown, renamed and removed; what goes wrong is said."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Static

from library.library import Library
from ratings.filtering.collections import Collections
from tui.browsing.collections_dialog import CollectionList, CollectionsDialog
from tui.frame.filter_field import FilterField
from tui.frame.take_list import TakeList


@pytest.fixture
def app(open_app, add_takes):
    """The library screen on three takes."""
    add_takes(["calm guitar", "brass fanfare", "calm piano"])
    return open_app("library")


def kept(root):
    return [(one.name, one.filter) for one in Collections(Library(root), "ann").all()]


async def opened(app, pilot, until):
    await pilot.press("F")
    await until(pilot, lambda: isinstance(app.screen, CollectionsDialog))
    return app.screen.query_one(CollectionList)


async def test_a_filter_is_saved_shown_renamed_and_removed(app, until, root):
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(TakeList))
        await pilot.press("slash", *"calm", "enter")
        await opened(app, pilot, until)
        await pilot.press("s", *"Quiet ones", "enter")
        await until(pilot, lambda: kept(root) == [("Quiet ones", "calm")])
        await until(pilot, lambda: app.screen.query_one(CollectionList).rows)
        assert app.screen.query_one(CollectionList).counts == {"calm": 2}
        await pilot.press("escape", "escape")
        await until(pilot, lambda: app.screen.query_one(FilterField).value == "")
        listed = await opened(app, pilot, until)
        await until(pilot, lambda: listed.rows)
        await pilot.press("enter")
        await until(pilot, lambda: len(app.screen.query_one(TakeList).rows) == 2)
        assert app.screen.query_one(FilterField).value == "calm"
        listed = await opened(app, pilot, until)
        await until(pilot, lambda: listed.rows)
        await pilot.press("r")
        app.screen.query_one("#name", Input).value = "Calm"
        await pilot.press("enter")
        await until(pilot, lambda: kept(root) == [("Calm", "calm")])
        await until(pilot, lambda: [one.name for one in listed.rows] == ["Calm"])
        await pilot.press("x")
        await until(pilot, lambda: kept(root) == [])
        await until(pilot, lambda: app.screen.query_one("#none").display)


async def test_what_can_not_be_done_is_said(app, until, root):
    Collections(Library(root), "ann", "other").keep("a", "calm")
    Collections(Library(root), "ann", "other2").keep("b", "brass")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(TakeList))
        listed = await opened(app, pilot, until)
        await until(pilot, lambda: len(listed.rows) == 2)
        hint = app.screen.query_one("#hint", Static)
        await pilot.press("s")
        assert "No filter to save" in str(hint.content)
        await pilot.press("j", "r")
        app.screen.query_one("#name", Input).value = "A"
        await pilot.press("enter")
        await until(pilot, lambda: "already" in str(hint.content))
        assert kept(root) == [("a", "calm"), ("b", "brass")]
        await pilot.press("r", "escape")
        assert isinstance(app.screen, CollectionsDialog)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, CollectionsDialog))
