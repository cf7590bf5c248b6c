"""Which takes a purge is about, by what listeners said of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from library.spelling import fold
from library.take import Take
from ratings.history import History
from ratings.ranking.ranking import rank

PICKED = "It is picked."


@dataclass
class Purgeable:
    """What meets all conditions."""

    takes: list[Take] = field(default_factory=list)
    kept: list[tuple[Take, str]] = field(default_factory=list)
    """Takes that do and stay all the same, and why."""


def find_purgeable(
    takes: Iterable[Take],
    history: History,
    *,
    rejected: bool = False,
    below: float | None = None,
    labels: Sequence[str] = (),
) -> Purgeable:
    """The takes that are rejected, ranked below so many stars, and have all these labels: what of that is asked for.

    A picked one stays. Raises RatingError.
    """
    every, wanted = list(takes), {fold(label) for label in labels}
    low = None
    if below is not None:
        low = {str(row.key) for row in rank(every, history) if row.score < below}
    found = Purgeable()
    for take in every:
        ratings = history.ratings(take.id)
        if rejected and not ratings.rejected:
            continue
        if low is not None and take.id not in low:
            continue
        if not wanted <= {fold(label) for label in ratings.labels}:
            continue
        if ratings.picked:
            found.kept.append((take, PICKED))
        else:
            found.takes.append(take)
    return found
