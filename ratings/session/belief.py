"""What is believed of a session's takes after so many answers, and what to play next.

Everything here follows from the judgements and the plan alone, so that a session that was left and resumed goes on as
if it had never been left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from library.take import time_text
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.online import OnlinePosterior
from ratings.model.question_value import measure_costs
from ratings.model.schedule import Question, ScheduleState, next_question
from ratings.model.stopping import places
from ratings.session.fit_task import Fit
from ratings.session.own_judgements import OwnJudgements, is_answer, order_of
from ratings.session.plan import SessionPlan

_A_NEW_DAY = 10**6
"""So many time bins later nothing is left of a strictness."""
_STARS = (3, 4, 2)
"""Answers that are tried, the likeliest first."""

AnswerTime = tuple[str, float]
"""Kind of question, as a field of ListeningCosts, and the seconds of listening that its answer took."""


@dataclass(frozen=True)
class Belief:
    """What is believed after some answers, and all that decides on the next question."""

    plan: SessionPlan
    fit: Fit
    own: OwnJudgements
    focus: OnlinePosterior
    log: str
    """The log whose strictness the focus knows."""
    asked: tuple[Question, ...]
    times: tuple[AnswerTime, ...]
    seen: frozenset[str]
    """Takes that the listener has judged, in this session or before."""

    @property
    def answers(self) -> int:
        """Evidence of this session so far."""
        return len(self.own.session_ids)

    @property
    def k(self) -> int:
        """How many takes are to be found."""
        return places(self.plan.best, self.fit.selected)

    def after(self, one: AnyJudgement) -> Belief:
        return self.enter(one, self.own.plus(one))

    def enter(self, one: AnyJudgement, own: OwnJudgements) -> Belief:
        """With one judgement taken in, `own` being all there is after it."""
        time_bin = own.time_bin(one)
        view = self.focus
        if one.session != self.log:
            view = replace(view.advance(view.time_bin + _A_NEW_DAY), time_bin=time_bin)
        question = question_of(one, again=one.take in self.seen)
        return replace(
            self,
            own=own,
            focus=view.advance(time_bin).update(one),
            log=one.session,
            asked=self.asked if question is None else (*self.asked, question),
            times=self.times if question is None else (*self.times, *_time_of(question, one)),
            seen=self.seen | set(takes_of(one)),
        )

    def question(self, passed: Sequence[str] = ()) -> Question:
        """What to hear next; not one of the takes just `passed` over, where there is a choice."""
        asked = (*self.asked, *(Question("restar", take) for take in passed))
        view = self.focus
        if passed:
            judged = view.judged.copy()
            judged[[view.index[take] for take in passed if take in view.index]] = True
            view = replace(view, judged=judged)
        costs, plan = measure_costs(self.times), self.plan
        return next_question(view, ScheduleState(asked, self.k, costs, plan.seed, plan.first))


def question_of(one: AnyJudgement, *, again: bool) -> Question | None:
    """The question that a judgement answers; None for one that was made unasked, as a pick is."""
    if isinstance(one, Duel):
        return Question("duel", one.take, one.other, one.side, one.first)
    if is_answer(one):
        return Question("restar" if again else "star", one.take)
    return None


def belief_at(plan: SessionPlan, fit: Fit, own: OwnJudgements) -> Belief:
    """The fit, and online what was answered since. Cheap: some milliseconds an answer since the fit."""
    answers = own.of_session
    first = answers[fit.answers] if len(answers) > fit.answers else None
    before = [one for one in own.judgements if first is None or order_of(one) < order_of(first)]
    known = replace(own, judgements=tuple(before))
    answered = list(answered_questions(known))
    asked, times = (question for question, _ in answered), (time for each in answered for time in _time_of(*each))
    seen = frozenset(take for one in before for take in takes_of(one))
    belief = Belief(plan, fit, known, fit.focus, fit.log, tuple(asked), tuple(times), seen)
    for one in answers[fit.answers :]:
        belief = belief.enter(one, own)
    return replace(belief, own=own)


def answered_questions(own: OwnJudgements) -> Iterator[tuple[Question, AnyJudgement]]:
    """The questions of the session, with the answers to them, by time."""
    seen: set[str] = set()
    for one in own.judgements:
        if one.id in own.session_ids and (question := question_of(one, again=one.take in seen)):
            yield question, one
        seen.update(takes_of(one))


def _time_of(question: Question, answer: AnyJudgement) -> list[AnswerTime]:
    """What the answer took, if that is known."""
    kind = "reject" if isinstance(answer, Reject) else question.kind
    return [(kind, answer.spent_s)] if answer.spent_s > 0 else []


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
        won = [Duel(winner=winner, **sides, **fields) for winner in ("take", "other")]  # type: ignore[arg-type]
        return [*won, Duel(winner="tie", neither=True, **sides, **fields)]  # type: ignore[arg-type]
    stars: list[AnyJudgement] = [Stars(stars=count, **fields) for count in _STARS]  # type: ignore[arg-type]
    return [*stars, Reject(**fields)]  # type: ignore[arg-type]
