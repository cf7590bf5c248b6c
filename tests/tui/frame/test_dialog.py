"""Dialogues leave once, and take nothing with them, however fast the keys come."""

from __future__ import annotations

import pytest
from textual.screen import ModalScreen


@pytest.mark.parametrize(
    ("opens", "leaves"),
    [("question_mark", "g"), ("n", "enter"), ("e", "escape"), ("i", "escape"), ("n", "escape"), ("ctrl+p", "escape")],
)
async def test_two_keys_at_once_leave_it_once(open_app, add_takes, until, opens, leaves):
    add_takes(["a"])
    app = open_app(start="library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query("Footer") and app.screen.subject())
        screen = app.screen
        await pilot.press(opens)
        await until(pilot, lambda: isinstance(app.screen, ModalScreen) and app.screen.query("*"))
        for _ in range(3):
            app.simulate_key(leaves)
        await until(pilot, lambda: app.screen is screen)
        await pilot.pause()
        assert app.is_running
        assert app.screen is screen
        assert app.current_mode == "library"
