"""What a listener has undone, to be said again as long as nothing else was said since."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from ratings.judgement import AnyJudgement, Retraction

MOST = 200
"""So many acts are kept."""


class Log(Protocol):
    """What makes judgements: see `JudgementLog`."""

    def again(self, judgement: AnyJudgement) -> AnyJudgement: ...
    def as_one(self, judgements: Sequence[AnyJudgement]) -> None: ...


class Undone:
    """Acts that were taken back, the last one first to come again."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._acts: list[Sequence[AnyJudgement]] = []
        self._redone: set[str] = set()
        """Ids of what was said again."""

    def add(self, act: Sequence[AnyJudgement]) -> None:
        """These were taken back together."""
        self._acts = [*self._acts, act][-MOST:]

    def heed(self, judgements: Sequence[AnyJudgement]) -> None:
        """These are being said. After something new, what was undone before has had its time."""
        if any(not isinstance(one, Retraction) and one.id not in self._redone for one in judgements):
            self._acts = []
        self._redone.clear()

    def again(self) -> list[AnyJudgement]:
        """The last of them, said once more and to be written; nothing if none is left. Raises JudgementError."""
        if not self._acts:
            return []
        made = [self._log.again(one) for one in self._acts.pop()]
        self._log.as_one(made)
        self._redone = {one.id for one in made}
        return made
