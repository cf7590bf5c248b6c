"""What is worth making more of, at a session's end: a line a prompt or cell, under a cursor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.frame.cursor_list import CursorList
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain
from tui.frame.theme import ink

if TYPE_CHECKING:
    from ratings.session.summary import Promise

CHANCE = 6
"""Columns that a chance takes up."""
MARK = 1
"""Column of the cursor's mark."""


class PromiseList(CursorList["Promise"]):
    """Best chance first."""

    DEFAULT_CSS: ClassVar[str] = "PromiseList { height: auto; scrollbar-size-vertical: 0; }"

    def key_of(self, row: Promise) -> tuple[str, int | None]:
        return (row.prompt, row.seed)

    def show(self, promises: Sequence[Promise]) -> None:
        rows = sorted(promises, key=lambda one: -one.chance)
        self.styles.height = len(rows)
        self.fill(rows)

    def draw(self, row: Promise, width: int, base: Style) -> Strip:
        what = " · more seeds" if row.seed is None else f" · seed {row.seed}"
        words = shortened(plain(row.prompt), max(8, width - MARK - len(what) - CHANCE))
        return Strip(
            [
                Segment(words, base),
                Segment(what, ink(self, base, "secondary")),
                Segment(f"{row.chance:>{CHANCE}.0%}", ink(self, base, "star")),
            ]
        ).adjust_cell_length(width, base)
