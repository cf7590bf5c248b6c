"""An outline as rows of block characters, for any width and height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

EIGHTHS = " ▁▂▃▄▅▆▇█"
MIRRORED_FROM = 3
"""Rows from which on the outline is mirrored around its centre."""


@dataclass(frozen=True)
class Row:
    """One row of a drawing: a character a column."""

    text: str
    inverted: tuple[tuple[int, int], ...] = ()
    """Spans of columns whose character paints the background: what is left of the cell is the wave."""


def fold(outline: Sequence[float], columns: int) -> list[float]:
    """`outline` in `columns` steps, each the loudest of what it stands for."""
    steps = len(outline)
    return [
        max(outline[column * steps // columns : max(column * steps // columns + 1, (column + 1) * steps // columns)])
        for column in range(columns)
    ]


def draw(outline: Sequence[float], columns: int, rows: int) -> list[Row]:
    """The drawing of `outline` (levels 0 to 1), from the top row to the bottom one.

    In one or two rows the levels stand on the bottom; from three on they are mirrored around the centre, with the
    odd row above it. Sound is never drawn thinner than an eighth of a row, so that silence is told from it.
    """
    levels = fold(outline, columns)
    if rows < MIRRORED_FROM:
        return _upper(levels, rows)
    above = (rows + 1) // 2
    return [*_upper(levels, above), *_lower(levels, rows - above)]


def _eighths(levels: Sequence[float], rows: int) -> list[int]:
    return [max(1, round(min(1.0, level) * rows * 8)) if level > 0.001 else 0 for level in levels]


def _upper(levels: Sequence[float], rows: int) -> list[Row]:
    heights = _eighths(levels, rows)
    return [
        Row("".join(EIGHTHS[min(8, max(0, height - row * 8))] for height in heights)) for row in reversed(range(rows))
    ]


def _lower(levels: Sequence[float], rows: int) -> list[Row]:
    heights = _eighths(levels, rows)
    drawn = []
    for row in range(rows):
        filled = [min(8, max(0, height - row * 8)) for height in heights]
        text = "".join(EIGHTHS[eighths if eighths in (0, 8) else 8 - eighths] for eighths in filled)
        drawn.append(Row(text, _spans([0 < eighths < 8 for eighths in filled])))
    return drawn


def _spans(flags: Sequence[bool]) -> tuple[tuple[int, int], ...]:
    spans: list[tuple[int, int]] = []
    for place, flag in enumerate(flags):
        if not flag:
            continue
        if spans and spans[-1][1] == place:
            spans[-1] = (spans[-1][0], place + 1)
        else:
            spans.append((place, place + 1))
    return tuple(spans)
