"""Which places of a take have sounded, each counted once."""

from __future__ import annotations

from bisect import bisect_left, bisect_right


class PlayedPlaces:
    """A union of spans over any one unit (frames or seconds)."""

    def __init__(self) -> None:
        self._starts: list[float] = []
        self._ends: list[float] = []

    def add(self, start: float, end: float) -> None:
        """Count what lies between `start` and `end`, which may touch or overlap what was there."""
        if end <= start:
            return
        first = bisect_left(self._ends, start)
        last = bisect_right(self._starts, end)
        if first < last:
            start = min(start, self._starts[first])
            end = max(end, self._ends[last - 1])
        self._starts[first:last] = [start]
        self._ends[first:last] = [end]

    @property
    def total(self) -> float:
        """The length of the union."""
        return sum(self._ends) - sum(self._starts)
