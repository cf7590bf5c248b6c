"""Which takes may come next, whatever is answered: so that they are ready to be heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from library.take import time_text
from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.schedule import Question
from ratings.session.belief import Belief

_STARS = (3, 4, 2)
"""Answers that are tried, the likeliest first."""


def likely_next(belief: Belief, question: Question, log: str, now: datetime) -> list[str]:
    """Ids of the takes that the next question may be about, each once. Some ten milliseconds: for a thread."""
    found: dict[str, None] = {}
    for answer in _answers(belief, question, log, time_text(now + timedelta(seconds=10))):
        following = belief.after(answer).question()
        found.update(dict.fromkeys(take for take in (following.take, following.other) if take is not None))
    return [take for take in found if take not in (question.take, question.other)]


def _answers(belief: Belief, question: Question, log: str, at: str) -> list[AnyJudgement]:
    listener = belief.own.listener
    fields = {"id": "~", "take": question.take, "listener": listener, "session": log, "at": at, "blind": True}
    if question.other is not None:
        sides = {"other": question.other, "side": question.side, "first": question.first}
        return [Duel(winner="take", **sides, **fields), Duel(winner="other", **sides, **fields)]  # type: ignore[arg-type]
    stars: list[AnyJudgement] = [Stars(stars=count, **fields) for count in _STARS]  # type: ignore[arg-type]
    return [*stars, Reject(**fields)]  # type: ignore[arg-type]
