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
            return lambda ratings: any(fold(name) in labels for name in ratings.labels)
        listeners = {fold(self._listener)} if text == ME else meant(text, self._history.listeners())
        return lambda ratings: any(fold(name) in listeners for name in ratings.judged_by)


def meant(text: str, names: Iterable[str]) -> set[str]:
    """Which of `names`, folded, a folded text means."""
    folded = {fold(name) for name in names}
    return {text} if text in folded else {name for name in folded if name.startswith(text)}
