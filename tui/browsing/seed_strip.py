"""The takes of a prompt in one line, a cell a take: how high and how bright a bar is says how good it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.segment import Segment
from rich.style import Style
from textual.widget import Widget

from library.take import Take
from ratings.history import TakeRatings
from tui.frame.formatting import HIGHEST, LOWEST
from tui.frame.theme import ink, theme_colour

BARS = "▁▃▄▆█"
"""One to five stars."""
UNHEARD, REJECTED, PICKED, DUELLED = "·", "×", "●", "–"


def seed_strip(
    widget: Widget, base: Style, takes: Iterable[Take], ratings_of: Callable[[Take], TakeRatings], best: float | None
) -> Iterator[Segment]:
    """A segment a take. `best` is the most stars among the prompt's takes: they are the brightest."""
    quiet = ink(widget, base, "quiet")
    low, high = theme_colour(widget, "wave"), theme_colour(widget, "star")
    mixed = low.ansi is None and high.ansi is None
    for take in takes:
        ratings = ratings_of(take)
        if ratings.rejected:
            yield Segment(REJECTED, quiet + Style(dim=True))
        elif ratings.stars is not None:
            share = (ratings.stars - LOWEST) / (HIGHEST - LOWEST)
            colour = low.blend(high, share) if mixed else high
            bright = Style(bold=True) if ratings.stars == best else Style()
            yield Segment(BARS[round(share * 4)], base + Style(color=colour.rich_color) + bright)
        elif ratings.picked:
            yield Segment(PICKED, ink(widget, base, "success"))
        else:
            yield Segment(DUELLED if ratings.rated else UNHEARD, quiet)
