"""The ranking as lines: place, interval bar, chance of being among the best, name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui.frame.cursor_list import CursorList
from tui.frame.fitted_text import shortened
from tui.frame.formatting import star_column
from tui.frame.theme import ink

if TYPE_CHECKING:
    from ratings.ranking.ranking import RankedRow

KEEP, DROP = 0.8, 0.2
"""From this chance of being among the best on, a row is one to keep; up to that one, one to drop."""
ROOMY = 72
"""From this width on the stance stands there in a word."""


class RankList(CursorList["RankedRow"]):
    """The line of the k-th place runs down through the bars."""

    def __init__(self, name_of: Callable[[RankedRow], tuple[str, str]], *, id: str) -> None:
        """`name_of` says what a row is called, and what follows the name however little room there is."""
        super().__init__(id=id)
        self._name_of = name_of
        self._line: float | None = None

    def key_of(self, row: RankedRow) -> object:
        return (row.factor, row.key)

    def show(self, rows: Sequence[RankedRow], top: int) -> None:
        """List `rows`; the line stands at the score of place `top`. The cursor stays on what it was on."""
        self._line = rows[top - 1].score if len(rows) > top else None
        self.fill(rows)

    def draw(self, row: RankedRow, width: int, base: Style) -> Strip:
        part = partial(ink, self, base)
        score = part("star") + Style(bold=True)
        bar_width = min(32, max(12, width // 4))
        stance = "keep" if row.p_top >= KEEP else "drop" if row.p_top <= DROP else "unsure"
        segments = [
            Segment(f"{row.rank:>3}  ", part("quiet")),
            Segment(f"{row.score:4.2f} ", score if row.judgements else part("quiet")),
            *self._bar(row, bar_width, part),
            Segment(f" {row.p_top:4.0%} ", part("success") if stance == "keep" else part("quiet")),
        ]
        if width >= ROOMY:
            segments.append(Segment(f"{stance:<7}", part("success") if stance == "keep" else part("quiet")))
        name, more = self._name_of(row)
        words = part("quiet") if stance == "drop" else base
        room = width - sum(segment.cell_length for segment in segments) - cell_len(more) - 2
        segments += [Segment(f" {shortened(name, max(4, room))}", words), Segment(more, part("quiet"))]
        return Strip(segments).adjust_cell_length(width, base)

    def _bar(self, row: RankedRow, width: int, part: Callable[[str], Style]) -> list[Segment]:
        """The 80 % interval on the scale of stars, a dot at the score, the k-th place as a line."""
        low, middle, high = (star_column(score, width) for score in (row.low, row.score, row.high))
        line = None if self._line is None else star_column(self._line, width)
        cells = []
        for x in range(width):
            if x == middle:
                cells.append(Segment("●", part("star") + Style(bold=True) if row.judgements else part("wave")))
            elif low <= x <= high:
                cells.append(Segment("┿" if x == line else "━", part("wave")))
            else:
                cells.append(Segment("│" if x == line else " ", part("border")))
        return cells
