"""Takes that are selected are judged together, and taken back together; nothing else is touched."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Pick, Reject, Stars
from tui.browsing.library_list import LibraryList
from tui.frame.confirm_dialog import ConfirmDialog
from tui.frame.mode_bar import ModeBar


def said(root):
    return [(type(event), event.take) for event in Journal.load(Library(root)).history.live()]


@pytest.fixture
async def app(open_app, add_takes, until):
    """The app on a dozen takes, four of each of three prompts."""
    add_takes(["rain", "snow", "hail"] * 4)
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(LibraryList))
        await until(pilot, lambda: len(app.screen.query_one(LibraryList).rows) == 12)
        app.pilot = pilot
        yield app


def status(app):
    return str(app.screen.query_one(ModeBar).query_one(".status", Static).content)


def rows(app):
    return list(app.screen.query_one(LibraryList).rows)


async def test_a_range_is_rejected_and_one_undo_takes_all_back(app, root, until):
    listed = rows(app)
    await app.pilot.press("down", "v", "down", "down", "v", "down", "down")
    assert app.screen.many == listed[1:4]
    assert status(app).startswith("3 ")
    await app.pilot.press("x")
    await until(app.pilot, lambda: len(said(root)) == 3)
    assert sorted(said(root), key=str) == sorted(((Reject, take.id) for take in listed[1:4]), key=str)
    assert app.screen.many == []
    await app.pilot.press("ctrl+z")
    await until(app.pilot, lambda: said(root) == [])


async def test_stars_for_several_are_asked_about_first(app, root, until):
    listed = rows(app)
    await app.pilot.press("shift+down", "4")
    await until(app.pilot, lambda: isinstance(app.screen, ConfirmDialog))
    await app.pilot.press("4", "x", "5", "escape")
    await until(app.pilot, lambda: not isinstance(app.screen, ConfirmDialog))
    assert said(root) == []
    assert app.screen.many == listed[:2]
    await app.pilot.press("4")
    await until(app.pilot, lambda: isinstance(app.screen, ConfirmDialog))
    await app.pilot.press("enter")
    await until(app.pilot, lambda: len(said(root)) == 2)
    assert {take for kind, take in said(root) if kind is Stars} == {take.id for take in listed[:2]}


async def test_all_of_a_filter_is_picked_after_a_question_and_cleared(app, root, until):
    await app.pilot.press("ctrl+a")
    assert len(app.screen.many) == 12
    await app.pilot.press("slash", *"rain", "enter")
    await until(app.pilot, lambda: len(app.screen.many) == 4)
    await app.pilot.press("p")
    await until(app.pilot, lambda: len(said(root)) == 4)
    rain = {take.id for take in rows(app)}
    assert {take for kind, take in said(root) if kind is Pick} == rain
    await app.pilot.press("ctrl+a", "0")
    await until(app.pilot, lambda: said(root) == [])
    await app.pilot.press("escape", "ctrl+a", "x")
    await until(app.pilot, lambda: isinstance(app.screen, ConfirmDialog))
    await app.pilot.press("n")
    await app.pilot.pause()
    assert said(root) == []


async def test_escape_clears_the_selection_before_the_filter(app, root):
    await app.pilot.press("slash", *"snow", "enter", "v", "down", "escape")
    assert app.screen.many == []
    assert len(rows(app)) == 4
    await app.pilot.press("escape")
    assert len(rows(app)) == 12
    await app.pilot.press("v", "escape", "down", "x")
    assert len(app.screen.many) == 0


async def test_what_is_about_one_take_says_so_and_does_nothing(app, root):
    await app.pilot.press("ctrl+a")
    for key in ("n", "u", "E", "D"):
        await app.pilot.press(key)
    await app.pilot.pause()
    assert said(root) == []
    assert not app.job_states()
    assert app.current_mode == "library"
    assert len([notice for notice in app.notices if "selection" in notice.message]) == 4


async def test_the_mouse_selects_with_control_and_with_shift(app):
    listed = rows(app)
    await app.pilot.click(LibraryList, offset=(20, 1))
    await app.pilot.click(LibraryList, offset=(20, 3), control=True)
    await app.pilot.click(LibraryList, offset=(20, 5), control=True)
    assert app.screen.many == [listed[3], listed[5]]
    await app.pilot.click(LibraryList, offset=(20, 5), control=True)
    assert app.screen.many == [listed[3]]
    await app.pilot.click(LibraryList, offset=(20, 7))
    await app.pilot.click(LibraryList, offset=(20, 9), shift=True)
    assert app.screen.many == [listed[3], *listed[7:10]]


async def test_a_prompts_line_stands_for_its_takes_in_a_selection(app, root, until):
    await app.pilot.press("f", "down", "v", "v")
    group = app.screen.group
    assert app.screen.many == list(group)
    await app.pilot.press("x")
    await until(app.pilot, lambda: {take for _, take in said(root)} == {take.id for take in group})
