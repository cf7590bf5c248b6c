"""Whether a box is ticked can be seen without colours."""

from __future__ import annotations

import pytest

from tui.frame.tick import Tick


@pytest.mark.parametrize("at_first", [False, True])
async def test_the_mark_is_there_while_it_is_ticked_and_at_no_other_time(bench, at_first):
    tick = Tick("only picked takes", value=at_first, compact=True)
    app = bench(tick)
    async with app.run_test() as pilot:
        await pilot.pause()
        (before,) = app.lines()
        assert ("✓" in before) is tick.value is at_first
        tick.focus()
        await pilot.press("space")
        await pilot.pause()
        after = app.lines()[0]
        assert ("✓" in after) is tick.value is (not at_first)
        assert len(after) == len(before)
