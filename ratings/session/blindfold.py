"""What open questions keep back: which takes may not be told apart, and which the listener has seen all the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple, TypeAlias

from ratings.history import TakeRatings


class Kept(NamedTuple):
    """How a take stands to the questions of a screen."""

    hidden: bool
    """Whether prompt, seed and score are kept back. A question may be asked openly, too."""
    asked: bool
    """Whether it is asked about just now; else it was, or may be."""


Cover: TypeAlias = Callable[[str], Kept | None]
"""Says of a take, by its id, how a screen keeps it; None where it is no concern of its questions."""


class Blindfold:
    """All that names a take, or tells it from others, asks here first; all that judges one asks whether it was blind.

    Takes are meant by their ids.
    """

    def __init__(self) -> None:
        self._covers: dict[str, Cover] = {}
        self._asked: dict[str, frozenset[str]] = {}
        self._earlier: dict[str, frozenset[str]] = {}
        self._seen: set[str] = set()
        self._named: set[str] = set()

    def add(self, screen: str, cover: Cover) -> None:
        """That screen asks questions, and keeps takes back so."""
        self._covers[screen] = cover

    def begin(self, screen: str, takes: Collection[str], ratings: Callable[[str], TakeRatings]) -> None:
        """The screen asks about these now. What marks and notes they have are of earlier hearings.

        Those that it asks about openly are known from now on, also where it hides them before they are judged.
        """
        for take in takes:
            if (kept := list(self._kept(take))) and not any(one.hidden for one in kept):
                self._seen.add(take)
        if self._asked.get(screen) != frozenset(takes):
            self._asked[screen] = frozenset(takes)
            for take in takes:
                known = ratings(take)
                self._earlier[take] = frozenset(name for _, name in (*known.marks, *known.notes))

    def hides(self, take: str | None) -> bool:
        """Whether nothing may tell which take it is, wherever one is."""
        return take is not None and take not in self._named and any(kept.hidden for kept in self._kept(take))

    def is_blind(self, *takes: str) -> bool:
        """Whether a judgement of these is blind: they are kept back, and were since the question was asked."""
        return all(any(kept.hidden for kept in self._kept(take)) and take not in self._seen for take in takes)

    def earlier(self, take: str) -> frozenset[str]:
        """The marks and notes, by id, that would tell that a hidden take comes again."""
        return self._earlier.get(take, frozenset()) if self.hides(take) else frozenset()

    def look(self, *takes: str) -> None:
        """The listener has seen what these are, which may be what is asked about; it is kept back as before."""
        self._seen.update(take for take in takes if any(kept.asked for kept in self._kept(take)))

    def name(self, take: str) -> None:
        """The listener plays it by its name, so that there is nothing left to keep back."""
        if any(True for _ in self._kept(take)):
            self._named.add(take)
            self._seen.add(take)

    def forget(self, *takes: str) -> None:
        """They are judged: the next question about them is another one."""
        self._named.difference_update(takes)
        self._seen.difference_update(takes)

    def _kept(self, take: str) -> Iterable[Kept]:
        return (kept for cover in self._covers.values() if (kept := cover(take)) is not None)
