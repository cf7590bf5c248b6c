"""The library's columns: chosen, as many as fit, sorted by a click on their headings, and remembered."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from tui.browsing.headings import Headings
from tui.browsing.library_list import LibraryList
from tui.browsing.take_detail import TakeDetail
from tui.frame.take_columns import COLUMNS, GAP, LEAST_PROMPT, LEFT, USUAL, fitting
from tui.frame.tick import Tick


@pytest.fixture
def app(open_app, add_takes):
    add_takes(["rain", "snow", "hail"])
    return open_app("library")


async def opened(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(LibraryList))
    await until(pilot, lambda: len(app.screen.query_one(LibraryList).rows) == 3)
    await pilot.pause()


def heading(app, word):
    """Where that heading stands."""
    return app.screen.query_one(Headings).render_line(0).text.index(word)


def seeds(app):
    return [row.seed for row in app.screen.query_one(LibraryList).rows]


async def test_a_click_on_a_heading_sorts_and_another_turns_it_round(app, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        assert seeds(app) == [1002, 1001, 1000]
        await pilot.click(Headings, offset=(heading(app, "seed"), 0))
        assert seeds(app) == [1000, 1001, 1002]
        await pilot.click(Headings, offset=(heading(app, "seed↓"), 0))
        assert seeds(app) == [1002, 1001, 1000]
        assert "seed↑" in app.screen.query_one(Headings).render_line(0).text
        await pilot.click(Headings, offset=(heading(app, "prompt") + 2, 0))
        assert [row.prompt for row in app.screen.query_one(LibraryList).rows] == ["hail", "rain", "snow"]
        await until(pilot, lambda: (app.settings.sort, app.settings.reverse) == ("prompt", False))


async def test_headings_stand_over_their_columns(app, until):
    async with app.run_test(size=(200, 40)) as pilot:
        await opened(app, pilot, until)
        line = app.screen.query_one(LibraryList).render_line(0).text
        shown = app.screen.query_one(Headings).render_line(0).text
        assert line.index("1002") + 4 == shown.index("seed") + 4
        assert line.index("0:30") + 4 == shown.index("length") + 6
        assert line.index("hail") == shown.index("prompt")
        assert line.index("sketch") == shown.index("generator")


async def test_columns_are_chosen_by_ticks_and_remembered(app, open_app, until):
    async with app.run_test(size=(200, 40)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("C")
        await until(pilot, lambda: app.screen.query(Tick))
        app.screen.query_one("#generator", Tick).focus()
        await pilot.press("space", "enter")
        await until(pilot, lambda: app.screen.query(LibraryList))
        assert "sketch" not in app.screen.query_one(LibraryList).render_line(0).text
        await pilot.press("C")
        await until(pilot, lambda: app.screen.query(Tick))
        app.screen.query_one("#seed", Tick).focus()
        await pilot.press("space", "escape")
        await until(pilot, lambda: app.screen.query(LibraryList))
        assert "1002" in app.screen.query_one(LibraryList).render_line(0).text
    again = open_app("library")
    async with again.run_test(size=(200, 40)) as pilot:
        await opened(again, pilot, until)
        assert "sketch" not in again.screen.query_one(LibraryList).render_line(0).text


@pytest.mark.parametrize("names", [USUAL, tuple(column.name for column in COLUMNS), ("age",), (), ("nonsense", "seed")])
def test_the_prompt_keeps_its_room_at_any_width(names):
    before = 0
    for width in range(10, 260):
        columns = fitting(names, width)
        taken = sum(GAP + column.width for column in columns)
        assert not columns or width - LEFT - 1 - taken >= LEAST_PROMPT
        assert len(columns) >= before, "with more room there is never less to see"
        before = len(columns)
    assert before == len({column.name for column in COLUMNS} & set(names))


async def test_in_a_narrow_terminal_a_key_shows_the_details_and_hides_them(app, until):
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        detail = app.screen.query_one(TakeDetail)
        assert not detail.display
        await pilot.press("o")
        await until(pilot, lambda: detail.display and detail.region.width > 30)
        await pilot.press("down")
        await until(pilot, lambda: "snow" in str(detail.query_one("Static").content))
        await pilot.press("escape")
        assert not detail.display
        await pilot.press("o", "o")
        assert not detail.display


@pytest.mark.parametrize("keys", [(), ("o",)])
async def test_the_details_are_scrolled_by_keys(app, until, keys):
    """History comes before what is only looked up, and a keyboard reaches the end of it."""
    async with app.run_test(size=(80, 24) if keys else (120, 24)) as pilot:
        await opened(app, pilot, until)
        detail = app.screen.query_one(TakeDetail)
        await pilot.press(*keys, *["n", "a", "enter"] * 3)
        await until(pilot, lambda: str(detail.query_one("Static").content).count("“a”") == 3)
        told = str(detail.query_one("Static").content)
        assert told.index("History") < told.index("file ")
        await until(pilot, lambda: detail.max_scroll_y > 0)
        await pilot.press("ctrl+d", "ctrl+d", "ctrl+d")
        assert detail.scroll_y == detail.max_scroll_y
        await pilot.press("ctrl+u")
        assert detail.scroll_y < detail.max_scroll_y


async def test_in_a_wide_one_they_are_hidden_for_good(app, open_app, until):
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        assert app.screen.query_one(TakeDetail).display
        await pilot.press("o")
        assert not app.screen.query_one(TakeDetail).display
    again = open_app("library")
    async with again.run_test(size=(120, 40)) as pilot:
        await opened(again, pilot, until)
        assert not again.screen.query_one(TakeDetail).display


async def test_ages_go_on(app, until, monkeypatch):
    monkeypatch.setattr("tui.browsing.library_screen.AGES_S", 0.05)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        assert "now<" in app.export_screenshot()
        later = datetime.now(UTC) + timedelta(minutes=5, seconds=30)
        with time_machine.travel(later, tick=False):
            await until(pilot, lambda: "5&#160;min" in app.export_screenshot())
