"""Which takes may come next, whatever is answered: so that they are ready to be heard."""

from __future__ import annotations

from datetime import datetime, timedelta

from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.schedule import Question
from ratings.session.belief import Moment
from ratings.session.plan import moment_of

_STARS = (3, 4, 2)
"""Answers that are tried, the likeliest first."""


def likely_next(moment: Moment, question: Question, session: str, now: datetime) -> list[str]:
    """Ids of the takes that the next question may be about, each once. Some ten milliseconds: for a thread."""
    found: dict[str, None] = {}
    for answer in _answers(moment, question, session, moment_of(now + timedelta(seconds=10))):
        following = moment.after(answer).question()
        found.update(dict.fromkeys(take for take in (following.take, following.other) if take is not None))
    return [take for take in found if take not in (question.take, question.other)]


def _answers(moment: Moment, question: Question, session: str, at: str) -> list[AnyJudgement]:
    listener = moment.mine.listener
    said = {"id": "~", "take": question.take, "listener": listener, "session": session, "at": at, "blind": True}
    if question.other is not None:
        sides = {"other": question.other, "side": question.side, "first": question.first}
        return [Duel(winner="take", **sides, **said), Duel(winner="other", **sides, **said)]  # type: ignore[arg-type]
    stars: list[AnyJudgement] = [Stars(stars=count, **said) for count in _STARS]  # type: ignore[arg-type]
    return [*stars, Reject(**said)]  # type: ignore[arg-type]
