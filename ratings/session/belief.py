"""A session at one moment: what is believed of its takes after so many answers, and what to hear next.

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
from ratings.session.plan import Plan

MOST = 1000
"""So many takes are looked at closely, at most: their covariances are worked with whole."""
_HOPE = 1.5
"""Of more, those are taken that look best by this many standard deviations over the mean."""
_A_NEW_DAY = 10**6
"""So many stretches later nothing is left of a strictness."""

Heard = tuple[str, float]
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
    """How many answers the fit knows of by which the question after `answers` of them is chosen.

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
class Mine:
    """What one listener has said of rank, and which of it belongs to the session."""

    listener: str
    judgements: tuple[AnyJudgement, ...]
    """All of this listener's evidence, by time."""
    here: frozenset[str]
    """Ids of those of this session."""

    @staticmethod
    def of(listener: str, judgements: Iterable[AnyJudgement], belongs: Callable[[AnyJudgement], bool]) -> Mine:
        """Sorted out of the live judgements of everybody."""
        said = sorted((one for one in judgements if one.listener == listener and is_evidence(one)), key=order_of)
        return Mine(listener, tuple(said), frozenset(one.id for one in said if belongs(one)))

    @property
    def own(self) -> tuple[AnyJudgement, ...]:
        """Those of this session, by time."""
        return tuple(one for one in self.judgements if one.id in self.here)

    @property
    def spent_s(self) -> float:
        """Seconds of listening that the session has taken."""
        return sum(one.spent_s for one in self.own)

    def part(self, one: AnyJudgement) -> int:
        """The stretch of its process's session in which a judgement was made."""
        began = min((each.at for each in self.judgements if each.session == one.session), default=one.at)
        return int(max(_seconds(one) - datetime.fromisoformat(began).timestamp(), 0.0) // TIME_BIN_S)

    def plus(self, one: AnyJudgement, *, here: bool = True) -> Mine:
        """With one more, said last; of this session, if it was said `here`."""
        return Mine(self.listener, (*self.judgements, one), self.here | {one.id} if here else self.here)

    def settled(self, pending: str, one: AnyJudgement) -> Mine:
        """With `one` as it was written in the place of the judgement `pending`."""
        judgements = sorted((one if each.id == pending else each for each in self.judgements), key=order_of)
        here = (self.here - {pending}) | {one.id} if pending in self.here else self.here
        return Mine(self.listener, tuple(judgements), here)

    def without(self, ids: set[str]) -> Mine:
        """Less some that were taken back."""
        return Mine(self.listener, tuple(one for one in self.judgements if one.id not in ids), self.here - ids)


@dataclass(frozen=True)
class Fit:
    """The heavy part: a fit after some answers, seen from the session's takes."""

    answers: int
    focus: OnlinePosterior
    sitting: str
    """The process's session whose strictness the focus knows."""
    wanted: int
    """Takes of the selection, those included that were left out of the focus."""
    stamp: int = 0
    """That of the task."""


@dataclass(frozen=True)
class Moment:
    """After some answers: the belief, and all that decides on the next question."""

    plan: Plan
    fit: Fit
    mine: Mine
    focus: OnlinePosterior
    sitting: str
    asked: tuple[Question, ...]
    times: tuple[Heard, ...]
    seen: frozenset[str]
    """Takes that the listener has judged, in this session or before."""

    @property
    def answers(self) -> int:
        """Evidence noted in this session so far."""
        return len(self.mine.here)

    @property
    def k(self) -> int:
        """How many takes are to be found."""
        return places(self.plan.best, self.fit.wanted)

    def after(self, one: AnyJudgement) -> Moment:
        """With one more judgement of this session."""
        return self.enter(one, self.mine.plus(one))

    def enter(self, one: AnyJudgement, mine: Mine) -> Moment:
        """With one judgement taken in, `mine` being all there is after it."""
        part = mine.part(one)
        view = self.focus
        if one.session != self.sitting:
            view = replace(view.advance(view.time_bin + _A_NEW_DAY), time_bin=part)
        moved = replace(self, mine=mine, focus=view.advance(part).update(one), sitting=one.session)
        return moved.heard(one)

    def heard(self, one: AnyJudgement) -> Moment:
        """With the question that `one` answers among those asked, whatever the answer was."""
        asked, times = _told(one, again=one.take in self.seen)
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
        return next_question(view, ScheduleState(asked, settings, pace_of(self.times), self.plan.seed))


def pace_of(times: Sequence[Heard]) -> ListeningCosts:
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
class Task:
    """A fit to be made: all that it needs is in here, and nothing of it changes meanwhile."""

    plan: Plan
    takes: Sequence[Take]
    """The whole library."""
    wanted: frozenset[str]
    """Ids of the selection."""
    said: Callable[[], Sequence[AnyJudgement]]
    """Everybody's live judgements, as they are when asked for."""
    mine: Mine
    answers: int
    """How many of the session's answers the fit is to know of."""
    stamp: int = 0
    """Tells whether it has been overtaken."""

    def run(self) -> Fit:
        """Make it. Heavy: for a thread.

        What others said counts if it was said before the last of those answers. Raises RatingError without takes.
        """
        mine = self.mine
        own = mine.own[: self.answers]
        until = order_of(own[-1]) if own else (self.plan.begun, "")
        ids = {one.id for one in mine.judgements}
        known = [one for one in self.said() if one.id not in ids and is_evidence(one) and order_of(one) <= until]
        known = sorted([*known, *(one for one in mine.judgements if order_of(one) <= until)], key=order_of)
        judged = {take for one in known for take in takes_of(one)}
        # By id: the order must not depend on how the library's files were read.
        told: list[Take] = [take for take in self.takes if take.id in self.wanted or take.id in judged]
        told.sort(key=_id_of)
        pool = TakePool.of(told)
        posterior = fit_judgements(pool, known)
        wanted = np.array([i for i, name in enumerate(pool.takes) if name in self.wanted], dtype=np.int64)
        chosen = _narrowed(posterior, wanted, self.plan.seed)
        sitting, part = (own[-1].session, mine.part(own[-1])) if own else ("", 0)
        view = online_posterior(posterior, [pool.takes[i] for i in chosen], mine.listener, sitting, part)
        return Fit(self.answers, view, sitting, len(wanted), self.stamp)


def _narrowed(posterior: Posterior, wanted: NDArray[np.int64], seed: int) -> NDArray[np.int64]:
    """At most MOST of the pool's takes, those of which most can be hoped; among equals at random."""
    if len(wanted) <= MOST:
        return wanted
    scores = posterior.scores(posterior.take_predictor(wanted))
    hope = np.round(scores.mean + _HOPE * scores.sd, 6)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(wanted)), -hope))
    return np.sort(wanted[order[:MOST]])


def moment_at(plan: Plan, fit: Fit, mine: Mine) -> Moment:
    """The fit, and online what was answered since. Cheap: some milliseconds an answer since the fit."""
    own = mine.own
    first = own[fit.answers] if len(own) > fit.answers else None
    before = [one for one in mine.judgements if first is None or order_of(one) < order_of(first)]
    asked: list[Question] = []
    times: list[Heard] = []
    seen: set[str] = set()
    for one in before:
        if one.id in mine.here:
            question, seconds = _told(one, again=one.take in seen)
            asked += question
            times += seconds
        seen.update(takes_of(one))
    known = replace(mine, judgements=tuple(before))
    moment = Moment(plan, fit, known, fit.focus, fit.sitting, tuple(asked), tuple(times), frozenset(seen))
    for one in own[fit.answers :]:
        moment = moment.enter(one, mine)
    return replace(moment, mine=mine)


def _told(one: AnyJudgement, *, again: bool) -> tuple[list[Question], list[Heard]]:
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
