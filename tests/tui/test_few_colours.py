"""Terminals of sixteen colours, and those where none are wanted."""

from __future__ import annotations

import pytest

from tui.frame.cursor_list import CursorList
from tui.frame.theme import TERMINAL


@pytest.mark.parametrize("mode", ["library", "rate", "duel", "ranking", "generate"])
async def test_where_no_colours_are_wanted_the_terminal_s_own_hold_and_the_cursor_stands_out(
    open_app, add_takes, until, monkeypatch, mode
):
    monkeypatch.setenv("NO_COLOR", "1")
    add_takes(["a", "b"])
    app = open_app(mode)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.pause()
        assert app.theme == TERMINAL.name
        assert app.no_color
        assert app.native_ansi_color, "else greys come instead"
        for rows in app.screen.query(CursorList):
            if rows.rows:
                sign, *words = [segment for segment in rows.render_line(0) if segment.text.strip()]
                assert sign.text.startswith("▎")
                assert any(segment.style.bold for segment in words)
                behind = [segment.style.bgcolor for segment in words if segment.style.bgcolor]
                assert all(colour.is_default for colour in behind), "the words may be as dark as what is put there"
    assert app.settings.theme == "ink", "the user's own stays"
