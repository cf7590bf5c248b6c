"""An outline as rows of block characters, for any width and height: bright power inside dim peaks, and six bands."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from library.sound.outline import RANGE_DB, Outline

UP = " ▁▂▃▄▅▆▇█"
SHOWN_DB = 36.0
"""How far below the loudest peak the bottom of a drawing is; what is fainter still has an eighth of a row."""
SHADES = 6
"""Steps of brightness."""
HEATS = 8
"""Steps of a band's level."""
BAND_ROWS = 3
"""Two bands a row; twice as many where there is room."""

_POWER = [10 ** ((value / 255 - 1) * RANGE_DB / 10) for value in range(256)]


class Run(NamedTuple):
    """Neighbouring cells of one look."""

    text: str
    shade: int
    """How bright the sound is there, 0 to SHADES - 1."""
    level: bool = True
    """Whether the characters are the power's; else they are the peaks'."""
    on_peak: bool = False
    """Whether the peaks' colour is behind them."""


class BandRun(NamedTuple):
    """Neighbouring cells of the same two bands and levels."""

    text: str
    upper: int
    upper_heat: int
    lower: int
    lower_heat: int


def draw(outline: Outline, columns: int, rows: int, part: float = 1.0) -> list[list[Run]]:
    """The drawing, from the top row to the bottom one, `columns` cells each: the first `part` of the take."""
    peaks = _heights([max(few) for few in fold(outline.peaks, columns, part)], rows)
    levels = _heights([_mean_level(few) for few in fold(outline.levels, columns, part)], rows)
    bright = fold(outline.brightness, columns, part)
    shades = [min(SHADES - 1, sum(few) * SHADES // (256 * len(few))) for few in bright]
    drawing = []
    for row in reversed(range(rows)):
        cells = [_cell(level - 8 * row, peak - 8 * row) for level, peak in zip(levels, peaks, strict=True)]
        runs = groupby(zip(cells, shades, strict=True), key=lambda cell: (cell[1], *cell[0][1:]))
        drawing.append([Run("".join(cell[0] for cell, _ in alike), *look) for look, alike in runs])
    return drawing


def draw_bands(outline: Outline, columns: int, rows: int = BAND_ROWS, part: float = 1.0) -> list[list[BandRun]]:
    """The six bands, the highest on top: two a row in half blocks, or a row each."""
    heats = [
        [min(HEATS, round(HEATS * max(0.0, _height(max(few))))) for few in fold(band, columns, part)]
        for band in outline.bands
    ]
    each = len(heats) // rows
    drawing = []
    for upper in range(len(heats) - 1, -1, -each):
        lower = upper - each + 1
        runs = groupby(zip(heats[upper], heats[lower], strict=True))
        drawing.append([BandRun("▀" * len(list(alike)), upper, up, lower, down) for (up, down), alike in runs])
    return drawing


def fold(values: Sequence[int], columns: int, part: float = 1.0) -> list[Sequence[int]]:
    """The first `part` of `values` in `columns` steps, each all that it stands for, one at least."""
    length = max(1, round(len(values) * part))
    edges = [column * length // columns for column in range(columns + 1)]
    return [values[edges[i] : max(edges[i] + 1, edges[i + 1])] for i in range(columns)]


def _mean_level(levels: Sequence[int]) -> int:
    """The level of all of them together."""
    if len(levels) == 1:
        return levels[0]
    power = sum(_POWER[value] for value in levels if value) / len(levels)
    low, high = 0, 255
    while low < high:  # 255 steps of a scale that is there already
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _POWER[middle] <= power * 1.0001 else (low, middle - 1)
    return low


def _height(value: int) -> float:
    """0 to 1 on the scale of the drawing; below 0 what is fainter."""
    return 1 - (1 - value / 255) * RANGE_DB / SHOWN_DB


def _heights(values: Sequence[int], rows: int) -> list[int]:
    """In eighths of a row."""
    return [max(1, round(_height(value) * rows * 8)) if value else 0 for value in values]


def _cell(level: int, peak: int) -> tuple[str, bool, bool]:
    """The cell in which so many eighths are filled: its character, whether it is the power's, what is behind it."""
    if level >= 8:
        return "█", True, False
    if level > 0:
        # Two colours are all that a cell has: the peaks are left out where they end in it, low down.
        return UP[level], True, peak >= 6
    return UP[min(8, max(0, peak))], False, False
