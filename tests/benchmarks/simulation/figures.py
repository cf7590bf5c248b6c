"""Means with 95 % intervals, over listeners drawn anew within each family (a bootstrap)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ratings.model.arrays import Floats

_BOOTS = 1000


def interval(
    groups: Sequence[Floats], statistic: Callable[[Floats], float] | None = None
) -> tuple[float, float, float]:
    """The statistic (the mean) of all rows of all groups, and its 95 % interval; rows are listeners."""
    work = statistic or (lambda rows: float(np.mean(rows)))
    rng = np.random.default_rng(1)
    boots = [
        work(np.concatenate([each[rng.integers(len(each), size=len(each))] for each in groups])) for _ in range(_BOOTS)
    ]
    low, high = np.quantile(boots, (0.025, 0.975), method="nearest")
    return work(np.concatenate(list(groups))), float(low), float(high)


def cell(found: tuple[float, float, float], digits: int = 3) -> str:
    """As `0.123 [0.101, 0.145]`; leading noughts are left out to keep tables narrow."""
    value, low, high = (
        f"{each:.{digits}f}".replace("0.", ".", 1) if abs(each) < 1 else f"{each:.{digits}f}" for each in found
    )
    return f"{value} [{low}, {high}]"
