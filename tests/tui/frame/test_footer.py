"""Which keys the footer keeps when room is short."""

from __future__ import annotations

import pytest

from tui.frame.footer import GAP, Hint, fitting
from tui.frame.keys import HELPFUL

HINTS = [Hint(identity, "k", identity, "k") for identity in reversed(HELPFUL)] + [
    Hint("list.filter", "/", "Filter", "/")
]


@pytest.mark.parametrize("width", range(0, 300, 7))
def test_they_fit_and_keep_their_order(width):
    chosen = fitting(HINTS, width)
    assert sum(hint.width for hint in chosen) + GAP * (len(chosen) - 1) <= max(0, width)
    assert chosen == [hint for hint in HINTS if hint in chosen]


def test_help_goes_last():
    assert [hint.id for hint in fitting(HINTS, 9)] == ["go.help"]
    assert "list.filter" in {hint.id for hint in fitting(HINTS, 55)}
    assert "judge.undo" not in {hint.id for hint in fitting(HINTS, 55)}
    assert fitting(HINTS, 1000) == HINTS
