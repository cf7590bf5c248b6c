"""A job is called by all that it makes, not by the first of it."""

from __future__ import annotations

import pytest

from library.generators.recipes import grid
from tui.generating.job_list import describe


@pytest.mark.parametrize(
    ("prompts", "words"),
    [
        (["calm guitar"], "2 takes of calm guitar"),
        (["calm guitar", "rain"], "4 takes of 2 prompts: calm guitar, rain"),
        (["a" * 30, "b" * 30], f"4 takes of 2 prompts: {'a' * 30}, {'b' * 7}…"),
    ],
)
def test_a_job_is_called_by_all_its_prompts(prompts, words):
    assert describe(grid(prompts, [1, 2], generator="sketch", duration_s=1.0)) == words
