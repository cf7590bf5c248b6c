"""A level meter: what came in over the last seconds, as columns on a scale of decibels."""

from __future__ import annotations

import math
from collections import deque
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui.frame.theme import ink
from tui.playing.outline_bars import UP

FLOOR_DB = -54.0
"""What is no louder is drawn as silence."""
HOT_DB, CLIPPED_DB = -6.0, -0.1
MOST_COLUMNS = 400


def decibels(peak: float) -> float:
    """A peak (full scale at 1) in dBFS, FLOOR_DB at the least."""
    return max(FLOOR_DB, 20.0 * math.log10(peak)) if peak > 0 else FLOOR_DB


class LevelMeter(Widget):
    """The newest level is at the right; loud ones are coloured."""

    DEFAULT_CSS: ClassVar[str] = """
    LevelMeter {
        height: 2;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._levels: deque[tuple[float, bool]] = deque(maxlen=MOST_COLUMNS)

    def add(self, peak: float, *, live: bool) -> None:
        """The next level, full scale at 1; `live` while it is being recorded."""
        self._levels.append((decibels(peak), live))
        self.refresh()

    def clear(self) -> None:
        self._levels.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, rows = self.size
        base = self.rich_style
        shown = list(self._levels)[-width:]
        cells = [(self._block(level, rows - 1 - y, rows), _colour(level, live=live)) for level, live in shown]
        segments = [Segment(" " * (width - len(cells)), base)]
        for name, run in groupby(cells, key=lambda cell: cell[1]):
            segments.append(Segment("".join(block for block, _ in run), ink(self, base, name)))
        return Strip(segments).adjust_cell_length(width, base)

    @staticmethod
    def _block(level_db: float, row: int, rows: int) -> str:
        height = max(1, round((1.0 - level_db / FLOOR_DB) * rows * 8))
        return UP[min(8, max(0, height - row * 8))]


def _colour(level_db: float, *, live: bool) -> str:
    if level_db >= CLIPPED_DB:
        return "error"
    if not live:
        return "quiet"
    return "primary" if level_db >= HOT_DB else "success"
