"""What one can go to in a widget that draws several things by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, Protocol, runtime_checkable

from textual.geometry import Offset


class Place(NamedTuple):
    """A cell, and what its letter does."""

    at: Offset
    go: Callable[[], object]
    """May be a coroutine function."""
    distance: int = 0
    """Where there are more places than letters, the nearest have them."""


@runtime_checkable
class HasPlaces(Protocol):
    """A widget that draws several things one can go to."""

    def places(self) -> Iterable[Place]:
        """Those in sight, in cells of the widget's content."""
