"""Jump mode: every place has a letter of its own, the letter goes there, and any other key goes nowhere."""

from __future__ import annotations

import pytest
from textual.geometry import Offset
from textual.widgets import Input

from library.library import Library
from ratings.journal import Journal
from tests.judging import Judge
from tui.browsing.headings import Headings
from tui.frame.jump import JumpScreen
from tui.ranking.heatmap import Heatmap
from tui.ranking.rank_list import RankList

SIZE = (100, 30)


async def jumping(app, pilot, until):
    """Press the key: the letters by the cells they stand on."""
    await until(pilot, lambda: app.screen.is_mounted)
    await pilot.press("ctrl+o")
    await until(pilot, lambda: isinstance(app.screen, JumpScreen) and app.screen.children)
    return {sign.region.offset: str(sign.content) for sign in app.screen.children}


def name_of(letter):
    return letter if letter.islower() else f"upper_{letter.lower()}"


async def test_a_letter_leads_to_each_row_heading_field_and_screen(open_app, add_takes, until):
    add_takes(["a", "b", "c"])
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        takes = app.screen.query_one
        await until(pilot, lambda: app.workspace.loaded and len(takes("#list").rows) == 3)
        letters = await jumping(app, pilot, until)
        assert len(set(letters.values())) == len(letters)
        await pilot.press(letters[takes("#list").region.offset + Offset(0, 2)])
        await until(pilot, lambda: app.screen.is_current and takes("#list").cursor == 2)

        letters = await jumping(app, pilot, until)
        await pilot.press(letters[takes("#filter").region.offset])
        await until(pilot, lambda: app.screen.query(Input) and takes("#filter").has_focus)

        letters = await jumping(app, pilot, until)
        headings = takes(Headings)
        sorting = [letter for at, letter in letters.items() if at.y == headings.region.y]
        await pilot.press(sorting[-1])
        await until(pilot, lambda: app.settings.sort != "newest")

        letters = await jumping(app, pilot, until)
        modes = [letter for at, letter in sorted(letters.items()) if at.y == 0]
        assert len(modes) == 5
        await pilot.press(modes[3])
        await until(pilot, lambda: app.current_mode == "ranking")


async def test_in_the_grid_a_letter_leads_to_a_cell_and_in_a_dialogue_to_its_fields(open_app, add_takes, until, root):
    judge = Judge(Journal.load(Library(root)).log("ann"))
    for take in add_takes(["a", "b"]):
        judge.stars(take.id, 4)
    app = open_app("ranking")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.screen.query(RankList) and app.screen.query_one("#take", RankList).rows)
        await pilot.press("v", "v", "v")
        grid = app.screen.query_one(Heatmap)
        await until(pilot, lambda: grid.size.width and grid.current is not None)
        before = grid.current
        letters = await jumping(app, pilot, until)
        others = [place for place in grid.places() if place.distance == 2]
        await pilot.press(letters[others[0].at + grid.content_region.offset])
        await until(pilot, lambda: grid.current is not None and grid.current is not before)

        await pilot.press("e")
        await until(pilot, lambda: app.screen.query("#forecast") and str(app.screen.query_one("#forecast").content))
        await until(pilot, lambda: app.screen.query_one("#leave").region)
        await pilot.pause()
        letters = await jumping(app, pilot, until)
        below = app.screen_stack[-2].query_one("#leave").region.offset
        await pilot.press(letters[below])
        await until(pilot, lambda: len(app.screen_stack) == 1)


@pytest.mark.parametrize("key", ["escape", "f5", "exclamation_mark", "ctrl+o", "down"])
async def test_any_other_key_goes_nowhere(open_app, add_takes, until, key):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and len(app.screen.query_one("#list").rows) == 2)
        before = app.screen.focused, app.screen.query_one("#list").cursor
        await jumping(app, pilot, until)
        await pilot.press(key)
        await until(pilot, lambda: not isinstance(app.screen, JumpScreen))
        assert (app.screen.focused, app.screen.query_one("#list").cursor, app.current_mode) == (*before, "library")


async def test_what_is_in_sight_of_many_is_lettered_nearest_first(open_app, add_takes, until):
    add_takes([f"prompt {number}" for number in range(90)])
    app = open_app("library")
    async with app.run_test(size=(120, 90)) as pilot:
        takes = app.screen.query_one("#list")
        await until(pilot, lambda: len(takes.rows) == 90)
        letters = await jumping(app, pilot, until)
        rows = sorted(at.y - takes.region.y for at in letters if at.x == takes.region.x and at.y >= takes.region.y)
        assert rows == list(range(len(rows)))
        assert len(letters) == 62
