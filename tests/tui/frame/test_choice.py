"""A field for one of several choices."""

from __future__ import annotations

import pytest
from textual.widgets import OptionList

from tui.frame.choice import Choice

CHOICES = [(f"choice {number}", str(number)) for number in range(30)]


@pytest.mark.parametrize(("pressed", "chosen"), [(["pagedown", "end", "pageup", "home"], "0"), (["end"], "29")])
async def test_pages_through_its_choices(bench, pressed, chosen):
    choice = Choice(CHOICES, allow_blank=False, value="3")
    async with bench(choice).run_test(size=(40, 12)) as pilot:
        choice.focus()
        await pilot.press("enter", *pressed, "enter")
        assert choice.value == chosen


@pytest.mark.parametrize("page", ["pagedown", "pageup"])
async def test_a_page_before_it_is_laid_out_ends_nothing(bench, page):
    choice = Choice(CHOICES, allow_blank=False, value="3")
    async with bench(choice).run_test(size=(40, 12)) as pilot:
        choice.focus()
        choice.query_one(OptionList).styles.max_height = 0
        choice.query_one(OptionList).styles.border = None
        await pilot.press("enter", page)
        assert choice.expanded
