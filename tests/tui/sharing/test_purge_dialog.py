"""Disk space freed in the app, undone, and a purged take played."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from library.generators.recipes import grid
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from ratings.journal import Journal
from tests.judging import Judge
from tui.sharing.purge_dialog import PurgeDialog


@pytest.fixture
def takes(root):
    """Two sketches, the second one rejected."""
    made = run_and_wait(Library(root), grid(["night"], (1, 2), generator="sketch", duration_s=0.5)).takes
    Judge(Journal.load(Library(root)).log("bob")).reject(made[1].id)
    return made


async def test_what_is_proven_goes_an_undo_brings_it_back_and_so_does_playing_it(open_app, takes, until, clock):
    app = open_app("library")
    async with app.run_test(size=(100, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        catalog = app.workspace.catalog

        async def purge() -> None:
            app.call_later(app.action_purge)
            await until(pilot, lambda: isinstance(app.screen, PurgeDialog) and app.screen.query("#would"))
            await until(pilot, lambda: "1 take would" in str(app.screen.query_one("#would", Static).content))
            app.screen.query_one("#below").focus()
            await pilot.press("enter")
            await until(pilot, lambda: not isinstance(app.screen, PurgeDialog))
            assert [catalog.is_purged(take) for take in takes] == [False, True]

        await purge()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: catalog.has_sound(takes[1]))
        await purge()
        app.deck.load(takes[1])
        clock.now += 0.3
        await until(pilot, lambda: catalog.has_sound(takes[1]))
        await until(pilot, lambda: app.deck.loads == 2)
        assert app.deck.is_on(takes[1])
