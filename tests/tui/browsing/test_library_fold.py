"""The library folded by prompt: what is listed, where the cursor stays, what keys do on a line of several takes."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.filtering.folding import PromptGroup
from ratings.journal import Journal
from ratings.judgement import Stars
from tui.browsing.library_list import LibraryList
from tui.browsing.take_detail import TakeDetail

PROMPTS = ["rain", "snow", "rain", "hail", "rain", "snow"]


def live(root):
    return Journal.load(Library(root)).history.live()


def lines(app):
    """Each line: a prompt and how many takes it stands for, or a take's prompt and seed."""
    rows = app.screen.query_one(LibraryList).rows
    return [(row.prompt, len(row)) if isinstance(row, PromptGroup) else (row.prompt, row.seed) for row in rows]


FOLDED = [("snow", 2), ("rain", 3), ("hail", 1003)]


@pytest.fixture
async def folded(open_app, add_takes, until, root):
    """The app, and its pilot, with the library folded; `snow` is the newest."""
    takes = add_takes(PROMPTS)
    log = Journal.load(Library(root)).log("bo")
    log.write([log.stars(takes[2].id, 4), log.stars(takes[4].id, 2)])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(LibraryList))
        await until(pilot, lambda: len(app.screen.query_one(LibraryList).rows) == 6)
        await pilot.press("f")
        yield app, pilot, takes


async def test_one_line_a_prompt_opened_and_closed_in_place(folded):
    app, pilot, _ = folded
    assert lines(app) == FOLDED
    await pilot.press("down", "tab")
    assert lines(app) == [FOLDED[0], FOLDED[1], ("rain", 1004), ("rain", 1002), ("rain", 1000), FOLDED[2]]
    await pilot.press("down", "down")
    assert app.screen.subject().seed == 1002
    await pilot.press("tab")
    assert lines(app) == FOLDED
    assert app.screen.group.prompt == "rain", "the cursor is where its take went"
    await pilot.press("shift+tab")
    assert len(lines(app)) == 8
    assert app.screen.group.prompt == "rain"
    await pilot.press("shift+tab")
    assert lines(app) == FOLDED


async def test_filter_order_and_new_takes_hold_in_the_fold(folded, add_takes, until):
    app, pilot, _ = folded
    await pilot.press("s")
    assert lines(app) == [("hail", 1003), ("rain", 3), ("snow", 2)]
    await pilot.press("S")
    assert lines(app) == [("snow", 2), ("rain", 3), ("hail", 1003)]
    await pilot.press("slash", *"seed:1001-1003", "enter")
    assert lines(app) == [("snow", 1001), ("rain", 1002), ("hail", 1003)]
    await pilot.press("escape")
    await until(pilot, lambda: len(lines(app)) == 3)
    add_takes(["hail"], first=20)
    app.refresh_library()
    await until(pilot, lambda: ("hail", 2) in lines(app))


async def test_folding_and_unfolding_leave_the_cursor_on_what_it_was_on(folded):
    app, pilot, _ = folded
    await pilot.press("f", "end", "up")
    there = app.screen.subject()
    assert there.prompt == "snow"
    await pilot.press("f")
    assert app.screen.group.prompt == "snow"
    await pilot.press("f")
    assert app.screen.subject() == there
    assert not app.deck.take


async def test_a_line_of_several_takes_plays_the_best_and_judges_none(folded, root, until):
    app, pilot, takes = folded
    before = len(live(root))
    await pilot.press("down")
    assert app.screen.subject() is None
    for key in ("5", "x", "p", "0", "n", "u", "E", "D"):
        await pilot.press(key)
    await pilot.pause()
    assert len(live(root)) == before
    assert app.current_mode == "library"
    assert not app.job_states()
    assert any("3 takes" in notice.message for notice in app.notices)
    await pilot.press("enter")
    assert app.deck.take == takes[2], "the one with four stars, not the newest"
    await pilot.press("down", "4")  # a prompt with one take is that take
    await until(pilot, lambda: len(live(root)) == before + 1)
    (judged,) = [event for event in live(root) if event.listener == "ann"]
    assert isinstance(judged, Stars)
    assert judged.take == takes[3].id


async def test_the_details_of_a_prompt_name_its_takes(folded, until):
    app, pilot, _ = folded
    await pilot.press("down")
    told = app.screen.query_one(TakeDetail).query_one("Static")
    await until(pilot, lambda: "1000" in str(told.content) and "1004" in str(told.content))
    await pilot.press("tab", "down")
    await until(pilot, lambda: "History" in str(told.content))


async def test_a_click_on_its_sign_opens_a_prompt(folded):
    app, pilot, _ = folded
    await pilot.click(LibraryList, offset=(1, 1))
    assert len(lines(app)) == 6
    assert app.screen.group.prompt == "rain"
    await pilot.click(LibraryList, offset=(1, 1))
    assert lines(app) == FOLDED


async def test_it_stays_folded_and_sorted_for_the_next_time(folded, open_app, until):
    app, pilot, _ = folded
    await pilot.press("s", "S")
    expected = lines(app)
    await until(pilot, lambda: app.settings.folded and app.settings.reverse)
    again = open_app("library")
    async with again.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: again.workspace.loaded and again.screen.query(LibraryList))
        await until(pilot, lambda: lines(again) == expected)
