"""What is selected is rated, compared and exported: these takes and no others, and how many is shown before."""

from __future__ import annotations

import re

import pytest
from textual.widgets import Input, Static

from tui.browsing import many_takes
from tui.browsing.library_list import LibraryList
from tui.frame.mode_bar import ModeBar
from tui.session.duel_stage import DuelStage
from tui.session.session_dialog import SessionDialog

SELECT_THREE = ("down", "v", "down", "down", "v")


@pytest.fixture
async def app(open_app, add_takes, until):
    """The app on a dozen takes, four of each of three prompts."""
    add_takes(["rain", "snow", "hail"] * 4)
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(LibraryList))
        await until(pilot, lambda: len(app.screen.query_one(LibraryList).rows) == 12)
        app.pilot = pilot
        yield app


def found(app):
    """The first number of what the dialogue says of the filter."""
    if not isinstance(app.screen, SessionDialog):
        return None
    number = re.match(r"\d+", str(app.screen.query_one("#found", Static).content))
    return None if number is None else int(number[0])


async def test_r_asks_first_and_rates_these(app, until):
    pilot, takes = app.pilot, list(app.screen.query_one(LibraryList).rows)[1:4]
    await pilot.press(*SELECT_THREE, "r")
    await until(pilot, lambda: found(app) == 3)
    app.screen.query_one("#best", Input).value = "2"
    await pilot.press("enter")
    await until(pilot, lambda: app.current_mode == "rate" and app.screen.session is not None)
    session = app.screen.session
    assert session.selected == {take.id for take in takes}
    assert session.plan.best == 2
    await pilot.press("escape", "r")
    await until(pilot, lambda: found(app) == 3)
    app.screen.query_one("#minutes", Input).value = "7"
    await pilot.press("enter")
    await until(pilot, lambda: app.current_mode == "rate" and app.screen.session.plan.minutes == 7)
    assert app.screen.session is session


async def test_the_dialogue_follows_the_filter_and_says_what_means_nothing(app, until):
    pilot = app.pilot
    await pilot.press(*SELECT_THREE, "r")
    await until(pilot, lambda: found(app) == 3)
    app.screen.query_one("#selection", Input).value = "rain"
    await until(pilot, lambda: found(app) == 4)
    app.screen.query_one("#selection", Input).value = "foo:bar"
    await until(pilot, lambda: "foo" in str(app.screen.query_one("#found", Static).content))
    await pilot.press("escape")
    await until(pilot, lambda: not isinstance(app.screen, SessionDialog))
    assert app.current_mode == "library"
    assert len(app.screen.many) == 3


async def test_d_compares_these(app, until):
    pilot, takes = app.pilot, list(app.screen.query_one(LibraryList).rows)[1:3]
    await pilot.press("down", "v", "down", "v", "d")
    await until(pilot, lambda: app.current_mode == "duel" and app.screen.query_one(DuelStage).pairing is not None)
    pairing = app.screen.query_one(DuelStage).pairing
    assert {pairing.a.id, pairing.b.id} == {take.id for take in takes}


async def test_d_with_one_that_is_selected_compares_it_with_others(app, until):
    pilot, take = app.pilot, app.screen.query_one(LibraryList).rows[1]
    await pilot.press("down", "v", "v", "d")
    await until(pilot, lambda: app.current_mode == "duel" and app.screen.query_one(DuelStage).pairing is not None)
    pairing = app.screen.query_one(DuelStage).pairing
    assert take.id in (pairing.a.id, pairing.b.id)


async def test_all_that_a_filter_lists_is_the_filter_however_many(app, until, monkeypatch):
    monkeypatch.setattr(many_takes, "MOST", 2)
    pilot = app.pilot
    await pilot.press("slash", *"rain", "enter", "ctrl+a", "r")
    await until(pilot, lambda: found(app) == 4)
    assert app.screen.query_one("#selection", Input).value == "rain"
    await pilot.press("escape", "escape", *SELECT_THREE, "r", "d")
    await pilot.pause()
    assert app.current_mode == "library"
    assert len(app.notices) == 2, "they are too many to be named"
    assert str(app.screen.query_one(ModeBar).query_one(".status", Static).content).startswith("3 ")
