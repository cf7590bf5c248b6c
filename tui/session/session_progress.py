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
"""The regret at which the bar is empty: that of picking blindly."""


class SessionProgress(Static):
    """One calm line: a dot for each place that is settled, and how near the goal is."""

    DEFAULT_CSS: ClassVar[str] = """
    SessionProgress { height: 1; width: 100%; text-align: center; color: $quiet; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__("", id=id, markup=False)

    def show(self, progress: Progress | None, goal: float, *, narrow: bool = False) -> None:
        """Say how things stand; nothing while that is not known."""
        self.update(Content("") if progress is None else _line(progress, goal, narrow=narrow))


def settled_words(progress: Progress) -> str:
    return f"{progress.settled} of {progress.k} settled"


def nearness(regret: float, goal: float) -> float:
    """How much of the way from knowing nothing to the goal is done, 0 to 1: on a scale of ratios."""
    if regret <= goal:
        return 1.0
    return min(1.0, max(0.0, math.log(LOST / regret) / math.log(max(LOST / goal, 1.01))))


def _line(progress: Progress, goal: float, *, narrow: bool) -> Content:
    parts: list[Content] = []
    if progress.k <= MOST_DOTS:
        parts.append(Content.styled("●" * progress.settled, "$success"))
        parts.append(Content("○" * (progress.k - progress.settled) + "  "))
    parts.append(Content(settled_words(progress)))
    if not narrow:
        done = round(nearness(progress.regret, goal) * BAR)
        parts += [
            Content("   ·   "),
            Content.styled("━" * done, "$wave"),
            Content.styled("━" * (BAR - done), "$border"),
            Content(f"  in doubt by {progress.regret:.2f}, goal {goal:.2g}"),
        ]
    return Content.assemble(*parts)
