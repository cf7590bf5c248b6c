"""How far a listening session has come: what is settled, and how much is still in doubt."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import Static

if TYPE_CHECKING:
    from ratings.session.progress import Progress

MOST_DOTS = 12
BAR = 16
LOST = 0.8
"""The doubt at which the bar is empty: that of picking blindly."""


class SessionProgress(Static):
    """One calm line: a dot for each place that is settled, and how near the goal is."""

    DEFAULT_CSS: ClassVar[str] = """
    SessionProgress { height: 1; width: 100%; text-align: center; color: $quiet; }
    """

    def show(self, progress: Progress | None, goal: float, *, narrow: bool = False) -> None:
        """Say how things stand; nothing while that is not known."""
        parts: list[str | tuple[str, str]] = []
        if progress is not None:
            if progress.k <= MOST_DOTS:
                parts += [("●" * progress.settled, "$success"), "○" * (progress.k - progress.settled) + "  "]
            parts.append(settled_words(progress))
            if not narrow:
                done = round(_nearness(progress.to_goal, goal) * BAR)
                parts += ["   ·   ", ("━" * done, "$wave"), ("━" * (BAR - done), "$border")]
            if progress.minutes_to_go is not None:
                parts.append(("  " if not narrow else "  ·  ") + to_go_words(progress.minutes_to_go, progress.k))
        self.update(Content.assemble(*parts))


def to_go_words(minutes: float, best: int) -> str:
    """A forecast, no more exact than it is."""
    top = "best one" if best == 1 else f"top {best}"
    if minutes == 0:
        return f"sure of your {top}"
    if minutes < 1:
        return f"a minute or less to a sure {top}"
    if minutes > 180:
        return f"hours to a sure {top}"
    step = 1 if minutes < 15 else 5
    return f"about {step * round(minutes / step)} min to a sure {top}"


def settled_words(progress: Progress) -> str:
    return f"top {progress.k}: {progress.settled} certain"


def _nearness(doubt: float, goal: float) -> float:
    """How much of the way from knowing nothing to the goal is done, 0 to 1: on a scale of ratios."""
    if doubt <= goal:
        return 1.0
    return min(1.0, max(0.0, math.log(LOST / doubt) / math.log(max(LOST / goal, 1.01))))
