"""Best to worst, by take, by prompt and by seed: mean stars, shrunk by how little is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

By = Literal["take", "prompt", "seed"]


@dataclass(frozen=True, slots=True)
class Row:
    """A place in the ranking. Scores are on the scale of stars, 1 to 5, intervals hold 80 %."""

    rank: int
    key: str | int | None
    """Id of the take, the prompt, or the seed; None for the takes that have no prompt (seed)."""
    score: float
    low: float
    high: float
    p_top: float
    """Probability of being among the best n."""
    stars: float | None
    """Mean of the stars as given; None where there are none."""
    judgements: int
    takes: tuple[str, ...]
    """Ids of the takes behind it."""
