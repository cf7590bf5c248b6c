"""Filters on what was said of takes, in names and words: who judged them, notes, labels."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import ClassVar

from library.spelling import fold
from ratings.history import History, TakeRatings

ME = "me"
"""In place of a listener's name: who asks."""


class Said:
    """Reads names as far as they have been typed: a whole one where there is one, else all that begin so."""

    STATES: ClassVar[dict[str, str]] = {"judged": "rated", "note": "noted", "label": "labelled"}
    """The state that takes have at least which meet such a filter."""

    def __init__(self, history: History, listener: str) -> None:
        self._history = history
        self._listener = listener

    def test(self, key: str, text: str) -> Callable[[TakeRatings], bool]:
        """Whether a take whose ratings are these meets a filter, for as long as no other name comes up."""
        if key == "note":
            return lambda ratings: any(text in fold(note) for note, _ in ratings.notes)
        if key == "label":
            labels = meant(text, self._history.known_labels())
            return _any_of(labels, lambda ratings: ratings.labels)
        listeners = {fold(self._listener)} if text == ME else meant(text, self._history.listeners())
        return _any_of(listeners, lambda ratings: ratings.judged_by)


def meant(text: str, names: Iterable[str]) -> set[str]:
    """Which of `names`, folded, a folded text means."""
    folded = {fold(name) for name in names}
    return {text} if text in folded else {name for name in folded if name.startswith(text)}


def _any_of(wanted: set[str], names_of: Callable[[TakeRatings], tuple[str, ...]]) -> Callable[[TakeRatings], bool]:
    """Whether one of the names is wanted. Each is folded once: thousands of takes share a few."""
    known: dict[str, bool] = {}

    def test(ratings: TakeRatings) -> bool:
        for name in names_of(ratings):
            hit = known.get(name)
            if hit is None:
                hit = known[name] = fold(name) in wanted
            if hit:
                return True
        return False

    return test
