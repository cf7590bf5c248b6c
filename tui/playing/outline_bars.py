"""An outline as rows of block characters, for any width and height."""

from __future__ import annotations

from collections.abc import Sequence

UP = " ▁▂▃▄▅▆▇█"
DOWN = " ▔▀▀▀▀███"
"""The nearest that terminals' fonts have. Swapping colours would give all eighths, and hairlines between the rows."""
MIRRORED_FROM = 3
"""Rows from which on the outline is mirrored around its centre."""
SILENCE = 0.001
"""Levels up to this, -60 dB below the loudest, are drawn as nothing; others never thinner than an eighth of a row."""


def fold(outline: Sequence[float], columns: int) -> list[float]:
    """`outline` in `columns` steps, each the loudest of what it stands for."""
    edges = [column * len(outline) // columns for column in range(columns + 1)]
    return [max(outline[edges[i] : max(edges[i] + 1, edges[i + 1])]) for i in range(columns)]


def draw(outline: Sequence[float], columns: int, rows: int) -> list[str]:
    """The drawing of `outline` (levels 0 to 1), from the top row to the bottom one, `columns` characters each.

    In one or two rows the levels stand on the bottom; from three on they are mirrored around the centre, with the
    odd row above it.
    """
    levels = fold(outline, columns)
    if rows < MIRRORED_FROM:
        return _half(levels, rows, UP)[::-1]
    above = (rows + 1) // 2
    return [*_half(levels, above, UP)[::-1], *_half(levels, rows - above, DOWN)]


def _half(levels: Sequence[float], rows: int, blocks: str) -> list[str]:
    """Rows from the centre outwards."""
    heights = [max(1, round(min(1.0, level) * rows * 8)) if level > SILENCE else 0 for level in levels]
    return ["".join(blocks[min(8, max(0, height - row * 8))] for height in heights) for row in range(rows)]
