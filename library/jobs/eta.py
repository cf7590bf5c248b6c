"""Time left, from progress as it was measured."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW = 32
"""Observations kept: old ones say little about a rate that changes with what is being made."""


class Eta:
    """Estimates the seconds left of one piece of work from how its fraction grew over the last observations."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._seen: deque[tuple[float, float]] = deque(maxlen=WINDOW)

    def update(self, done: float, of: float) -> None:
        """Take in that `done` steps `of` so many are over. Going back (a new attempt) starts the estimate anew."""
        fraction = min(max(done / of, 0.0), 1.0) if of > 0 else 0.0
        if self._seen and (fraction < self._seen[-1][1] or fraction == self._seen[-1][1] == 0.0):
            # Loading a model is not part of the rate: the first observation is where the steps begin.
            self._seen.clear()
        self._seen.append((self._clock(), fraction))

    @property
    def fraction(self) -> float:
        """How much is done, 0 to 1."""
        return self._seen[-1][1] if self._seen else 0.0

    def remaining_s(self) -> float | None:
        """Seconds left from now, None while too little is known."""
        if len(self._seen) < 2:
            return None
        (began, at_first), (latest, fraction) = self._seen[0], self._seen[-1]
        if fraction >= 1.0:
            return 0.0
        if fraction <= at_first or latest <= began:
            return None
        rate = (fraction - at_first) / (latest - began)
        return max((1.0 - fraction) / rate - (self._clock() - latest), 0.0)


def describe_remaining(seconds: float | None) -> str:
    """`seconds` as people say it: "12 s", "3:05 min", "1:02 h"; empty when not known."""
    if seconds is None:
        return ""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
