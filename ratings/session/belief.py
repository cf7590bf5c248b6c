"""What is believed of a session's takes after so many answers, and what to play next.

Everything here follows from the judgements and the plan alone, so that a session that was left and resumed goes on as
if it had never been left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from library.take import Take
from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.evidence import TIME_BIN_S, TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.model.online import OnlinePosterior, online_posterior
from ratings.model.posterior import Posterior
from ratings.model.question_value import ListeningCosts, measure_costs
from ratings.model.schedule import Question, ScheduleSettings, ScheduleState, next_question
from ratings.session.plan import SessionPlan

MOST = 1000
"""So many takes are looked at closely, at most: their covariances are worked with whole."""
_HOPE = 1.5
"""Of more, those are taken that look best by this many standard deviations over the mean."""
_A_NEW_DAY = 10**6
"""So many stretches later nothing is left of a strictness."""

AnswerTime = tuple[str, float]
"""Kind of question, as a field of ListeningCosts, and the seconds of listening that its answer took."""


def is_evidence(one: AnyJudgement) -> bool:
    """Whether a judgement says how good a composition is."""
    return isinstance(one, Stars | Reject | Pick | Duel)


def is_answer(one: AnyJudgement) -> bool:
    """Whether a judgement is what a session asks for."""
    return isinstance(one, Stars | Reject | Duel)


def order_of(one: AnyJudgement) -> tuple[str, str]:
    """Sorts judgements by time."""
    return one.at, one.id


def fitted(answers: int) -> int:
    """How many answers the fit knows by which the question after `answers` of them is chosen.

    Fits come often at first, then every 15 answers, and each has the time of one answer to be worked out in.
    """
    at = 0
    while (following := at + min(15, 3 + at // 5)) < answers:
        at = following
    return at


def places(best: int, takes: int) -> int:
    """How many of `takes` to find: `best`, but of few takes not more than half, for there would be no choice."""
    return max(1, min(best, takes // 2))


@dataclass(frozen=True)
class OwnJudgements:
    """One listener's evidence, and which of it belongs to the session."""

    listener: str
    judgements: tuple[AnyJudgement, ...]
    """All of this listener's evidence, by time."""
    session_ids: frozenset[str]
    """Ids of those of this session."""

    @staticmethod
    def of(listener: str, judgements: Iterable[AnyJudgement], belongs: Callable[[AnyJudgement], bool]) -> OwnJudgements:
        """Sorted out of the live judgements of everybody."""
        own = sorted((one for one in judgements if one.listener == listener and is_evidence(one)), key=order_of)
        return OwnJudgements(listener, tuple(own), frozenset(one.id for one in own if belongs(one)))

    def get(self, judgement_id: str) -> AnyJudgement | None:
        """That one; None if it is none of these."""
        return next((one for one in reversed(self.judgements) if one.id == judgement_id), None)

    @property
    def of_session(self) -> tuple[AnyJudgement, ...]:
        """Those of this session, by time."""
        return tuple(one for one in self.judgements if one.id in self.session_ids)

    @property
    def spent_s(self) -> float:
        """Seconds of listening that the session has taken."""
        return sum(one.spent_s for one in self.of_session)

    def part(self, one: AnyJudgement) -> int:
        """The stretch of its log in which a judgement was made."""
        began = min((each.at for each in self.judgements if each.session == one.session), default=one.at)
        return int(max(_seconds(one) - datetime.fromisoformat(began).timestamp(), 0.0) // TIME_BIN_S)

    def plus(self, one: AnyJudgement, *, here: bool = True) -> OwnJudgements:
        """With one more; of this session, if it was made `here`."""
        judgements = [*self.judgements, one]
        if self.judgements and order_of(one) < order_of(self.judgements[-1]):
            judgements.sort(key=order_of)
        ids = self.session_ids | {one.id} if here else self.session_ids
        return OwnJudgements(self.listener, tuple(judgements), ids)

    def minus(self, one: AnyJudgement) -> OwnJudgements:
        """Less one that was taken back."""
        left = tuple(each for each in self.judgements if each.id != one.id)
        return OwnJudgements(self.listener, left, self.session_ids - {one.id})


@dataclass(frozen=True)
class Fit:
    """The heavy part: a fit after some answers, seen from the session's takes."""

    answers: int
    focus: OnlinePosterior
    log: str
    """The log whose strictness the focus knows."""
    selected: int
    """Takes of the selection, those included that were left out of the focus."""
    stamp: int = 0
    """That of the task."""


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
        """With one more judgement of this session."""
        return self.enter(one, self.own.plus(one))

    def enter(self, one: AnyJudgement, own: OwnJudgements) -> Belief:
        """With one judgement taken in, `own` being all there is after it."""
        part = own.part(one)
        view = self.focus
        if one.session != self.log:
            view = replace(view.advance(view.time_bin + _A_NEW_DAY), time_bin=part)
        moved = replace(self, own=own, focus=view.advance(part).update(one), log=one.session)
        return moved.asking(one)

    def asking(self, one: AnyJudgement) -> Belief:
        """With the question that `one` answers among those asked, whatever the answer was."""
        asked, times = _answered(one, again=one.take in self.seen)
        return replace(
            self, asked=(*self.asked, *asked), times=(*self.times, *times), seen=self.seen | set(takes_of(one))
        )

    def question(self, passed: Sequence[str] = ()) -> Question:
        """What to hear next; not one of the takes just `passed` over, where there is a choice."""
        settings = ScheduleSettings(k=self.k)
        asked = (*self.asked, *(Question("restar", take) for take in passed))
        view = self.focus
        if passed:
            judged = view.judged.copy()
            judged[[view.index[take] for take in passed if take in view.index]] = True
            view = replace(view, judged=judged)
        return next_question(view, ScheduleState(asked, settings, costs_of(self.times), self.plan.seed))


def costs_of(times: Sequence[AnswerTime]) -> ListeningCosts:
    """Seconds a question takes this listener: one who is quick with stars is taken to be as quick with duels."""
    usual = ListeningCosts()
    quickness = [seconds / getattr(usual, kind) for kind, seconds in times]
    if not quickness:
        return usual
    factor = float(np.median([1.0, 1.0, 1.0, *quickness]))
    return measure_costs(
        times, ListeningCosts(*(factor * each for each in (usual.star, usual.reject, usual.restar, usual.duel)))
    )


def question_of(one: AnyJudgement, *, again: bool) -> Question | None:
    """The question that a judgement answers; None for one that was made unasked, as a pick is."""
    if isinstance(one, Duel):
        return Question("duel", one.take, one.other, one.side, one.first)
    if is_answer(one):
        return Question("restar" if again else "star", one.take)
    return None


@dataclass(frozen=True)
class FitTask:
    """A fit to be made: all that it needs is in here, and nothing of it changes meanwhile."""

    plan: SessionPlan
    takes: Sequence[Take]
    """The whole library."""
    selected: frozenset[str]
    """Ids of the takes that the session is about."""
    judgements: Callable[[], Sequence[AnyJudgement]]
    """Everybody's live judgements, as they are when asked for."""
    own: OwnJudgements
    answers: int
    """How many of the session's answers the fit is to know."""
    stamp: int = 0
    """Tells whether it has been overtaken."""

    def run(self) -> Fit:
        """Make it. Heavy: for a thread.

        What others judged counts if it is from before the last of those answers. Raises RatingError without takes.
        """
        own = self.own
        answers = own.of_session[: self.answers]
        until = order_of(answers[-1]) if answers else (self.plan.begun, "")
        ids = {one.id for one in own.judgements}
        known = [one for one in self.judgements() if one.id not in ids and is_evidence(one) and order_of(one) <= until]
        known = sorted([*known, *(one for one in own.judgements if order_of(one) <= until)], key=order_of)
        judged = {take for one in known for take in takes_of(one)}
        # By id: the order must not depend on how the library's files were read.
        takes: list[Take] = [take for take in self.takes if take.id in self.selected or take.id in judged]
        takes.sort(key=_id_of)
        pool = TakePool.of(takes)
        posterior = fit_judgements(pool, known)
        selected = np.array([i for i, name in enumerate(pool.takes) if name in self.selected], dtype=np.int64)
        chosen = _narrowed(posterior, selected, self.plan.seed)
        log, part = (answers[-1].session, own.part(answers[-1])) if answers else ("", 0)
        view = online_posterior(posterior, [pool.takes[i] for i in chosen], own.listener, log, part)
        return Fit(self.answers, view, log, len(selected), self.stamp)


def _narrowed(posterior: Posterior, selected: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most MOST of the pool's takes, those of which most can be hoped; among equals at random."""
    if len(selected) <= MOST:
        return selected
    scores = posterior.scores(posterior.take_predictor(selected))
    hope = np.round(scores.mean + _HOPE * scores.sd, 6)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(selected)), -hope))
    return np.sort(selected[order[:MOST]])


def belief_at(plan: SessionPlan, fit: Fit, own: OwnJudgements) -> Belief:
    """The fit, and online what was answered since. Cheap: some milliseconds an answer since the fit."""
    answers = own.of_session
    first = answers[fit.answers] if len(answers) > fit.answers else None
    before = [one for one in own.judgements if first is None or order_of(one) < order_of(first)]
    asked: list[Question] = []
    times: list[AnswerTime] = []
    seen: set[str] = set()
    for one in before:
        if one.id in own.session_ids:
            question, seconds = _answered(one, again=one.take in seen)
            asked += question
            times += seconds
        seen.update(takes_of(one))
    known = replace(own, judgements=tuple(before))
    belief = Belief(plan, fit, known, fit.focus, fit.log, tuple(asked), tuple(times), frozenset(seen))
    for one in answers[fit.answers :]:
        belief = belief.enter(one, own)
    return replace(belief, own=own)


def _answered(one: AnyJudgement, *, again: bool) -> tuple[list[Question], list[AnswerTime]]:
    """The question that a judgement answers, and the time it took; each if there is one."""
    question = question_of(one, again=again)
    if question is None:
        return [], []
    kind = "reject" if isinstance(one, Reject) else question.kind
    return [question], [(kind, one.spent_s)] if one.spent_s > 0 else []


def _id_of(take: Take) -> str:
    return take.id


def _seconds(one: AnyJudgement) -> float:
    return datetime.fromisoformat(one.at).timestamp()
