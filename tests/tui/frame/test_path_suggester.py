"""Paths completed while they are typed."""

from __future__ import annotations

import asyncio

from tui.frame.path_suggester import PathSuggester


async def test_while_a_folder_is_read_the_app_goes_on(tmp_path):
    """It may lie on a share that takes its time."""
    (tmp_path / "take.wav").touch()
    turns = 0

    async def go_on():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    app = asyncio.create_task(go_on())
    assert await PathSuggester().get_suggestion(f"{tmp_path}/t") == f"{tmp_path}/take.wav"
    app.cancel()
    assert turns > 0
