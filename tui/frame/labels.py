"""How labels look: a coloured diamond for each colour, a chip for each word."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.widget import Widget

from ratings.labels.names import COLOURS, in_order
from tui.frame.formatting import plain
from tui.frame.theme import ink

DIAMOND = "◆"


def diamonds(widget: Widget, base: Style, labels: tuple[str, ...]) -> list[Segment]:
    """The colours among `labels`, a cell each and a blank behind them; nothing where there are none."""
    part = partial(ink, widget, base)
    shown = [Segment(DIAMOND, part(f"label-{name}")) for name in in_order(labels) if name in COLOURS]
    return [*shown, Segment(" ", base)] if shown else []


def words_among(labels: tuple[str, ...]) -> tuple[str, ...]:
    """Those that are no colours, by the alphabet."""
    return tuple(plain(name) for name in in_order(labels) if name not in COLOURS)


def chips(labels: tuple[str, ...], width: int) -> Iterator[tuple[str, str]]:
    """Text and its style, piece by piece, on lines of `width` cells: colours, then words on a ground of their own."""
    left = width
    for name in in_order(labels):
        colour = name in COLOURS
        pieces = (
            ((f"{DIAMOND} ", f"$label-{name}"), (name, "$quiet")) if colour else ((f" {plain(name)} ", "on $chip"),)
        )
        needed = sum(cell_len(text) for text, _ in pieces)
        if needed > left < width:
            yield "\n", ""
            left = width
        yield from pieces
        gap = 2 if colour else 1
        yield " " * gap, ""
        left -= needed + gap
