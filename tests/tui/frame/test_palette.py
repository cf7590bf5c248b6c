"""The command palette: everything the screen's keys do, by name, and nothing that is pressed breaks it."""

from __future__ import annotations

import asyncio
import random

import pytest
from textual.events import Key

from tui.browsing.library_screen import LibraryScreen
from tui.frame.footer import Footer
from tui.frame.help_dialog import HelpDialog
from tui.frame.palette import CommandList, Palette
from tui.frame.take_list import TakeList


async def loaded(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(Footer))


def press(app, *keys):
    """All at once: no key waits for what the one before does."""
    for key in keys:
        app.post_message(Key(key, key if len(key) == 1 else None))


async def opened(app, pilot, until):
    await pilot.press("ctrl+p")
    await until(pilot, lambda: isinstance(app.screen, Palette) and app.screen.query_one(CommandList).rows)
    return app.screen.query_one(CommandList)


async def run(app, pilot, until, words):
    await opened(app, pilot, until)
    await pilot.press(*["space" if letter == " " else letter for letter in words], "enter")
    await until(pilot, lambda: not isinstance(app.screen, Palette))


@pytest.mark.parametrize("mode", ["library", "rate", "duel", "ranking", "generate"])
async def test_all_keys_of_the_screen_are_listed_with_what_they_do(open_app, add_takes, until, mode):
    add_takes(["b", "a", "c"])
    app = open_app(mode)
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(app, pilot, until)
        await pilot.press("escape") if mode == "generate" else None
        bound = [one for one in app.screen.active_bindings.values() if one.enabled and one.binding.id]
        rows = (await opened(app, pilot, until)).rows
        actions = {action for row in rows for action in row.actions}
        assert {one.binding.action for one in bound if one.binding.id != "go.palette"} <= actions
        assert {"Import takes", "Export the best", "Sort by stars", "Doctor", "Theme: paper"} <= {
            row.name for row in rows
        }
        (keys,) = (row.keys for row in rows if row.actions == ("app.export",))
        assert keys == "e"


async def test_a_command_runs_on_the_screen_it_was_called_from(open_app, add_takes, until):
    add_takes(["b", "a", "c"])
    app = open_app("ranking")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await run(app, pilot, until, "sort by prompt")
        await until(pilot, lambda: isinstance(app.screen, LibraryScreen))
        await until(pilot, lambda: [take.prompt for take in app.screen.query_one(TakeList).rows] == ["a", "b", "c"])
        await run(app, pilot, until, "theme paper")
        assert app.theme == "paper"
        await run(app, pilot, until, "all keys")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog))
        await pilot.press("escape")
        assert isinstance(app.screen, LibraryScreen)
        await run(app, pilot, until, "doctor")
        await until(pilot, lambda: any("doctor" in notice.message for notice in app.notices))


BURSTS = (
    ("enter", "enter"),
    (*"theme", "enter", "enter"),
    ("escape", "enter"),
    ("enter", "escape", "escape"),
    ("down", "ctrl+p", "enter", "ctrl+p"),
    ("ctrl+p", "ctrl+p", "ctrl+p"),
    (*"zzzz", "enter", "enter"),
    ("n", "ctrl+p", "enter"),
    (*"quit", "enter", "enter", "ctrl+p", "x"),
)


@pytest.mark.parametrize("opened_first", [True, False])
async def test_keys_that_come_at_once_do_no_harm(open_app, add_takes, until, opened_first):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot, until)
        for keys in BURSTS:
            if opened_first:
                press(app, "ctrl+p")
                await until(pilot, lambda: len(app.screen_stack) > 1)
            press(app, *(() if opened_first else ("ctrl+p",)), *keys)
            for _ in range(4):
                await pilot.pause()
            while app.is_running and len(app.screen_stack) > 1:
                await pilot.press("escape")
        await until(pilot, lambda: not app.is_running)
    assert app.return_code == 0


async def test_random_keys_over_the_palette_and_what_it_opens_leave_the_app_alive(open_app, add_takes, until):
    add_takes(["a", "b", "c"])
    app = open_app("library")
    chance = random.Random(16)
    keys = ["ctrl+p", "enter", "enter", "escape", "up", "down", "pagedown", "home", "backspace", "tab", *"trde?nsv1"]
    async with app.run_test(size=(80, 24)) as pilot:
        await loaded(app, pilot, until)
        for _ in range(40):
            press(app, "ctrl+p", *chance.choices(keys, k=chance.randrange(1, 9)))
            await (pilot.pause() if chance.random() < 0.7 else asyncio.sleep(0))
        assert app.is_running
        assert app.return_code in (0, None)


async def test_a_click_on_a_command_runs_it(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await loaded(app, pilot, until)
        commands = await opened(app, pilot, until)
        place = next(place for place, row in enumerate(commands.rows) if row.name == "Ranking")
        await pilot.click(commands, offset=(4, place))
        await until(pilot, lambda: app.current_mode == "ranking" and not isinstance(app.screen, Palette))
