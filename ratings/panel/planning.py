"""Which takes a panel asks about, and in what orders: what the posterior would like to hear from one more listener.

Nobody answers while it is planned, so each order takes every answer to be the likeliest one (the "kriging believer" of
Ginsbourger, Le Riche & Carraro 2010), and goes on from there as a session does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence, Set
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import numpy as np

from library.take import Take, time_text
from ratings.judgement import AnyJudgement, Duel, Stars
from ratings.model.evidence import BLIND_APART, LEVELS
from ratings.model.online import OnlinePosterior
from ratings.model.question_value import ListeningCosts
from ratings.model.schedule import Question, ScheduleState, next_duel
from ratings.panel.record import MOST_QUESTIONS
from ratings.session.belief import Belief, belief_at
from ratings.session.fit_task import Fit, FitTask
from ratings.session.own_judgements import OwnJudgements
from ratings.session.plan import SessionPlan, new_plan

GUEST = "\u2007guest"
"""Stands for a listener of whom nothing is known. No name of anybody's begins so."""
ORDERS = 6
LEAST_S = 5.0
REPEATS = 0.1
"""Share of questions that ask about a take once more, unnoticed: from these a listener's noise is told."""
DUEL_EVERY = 3
"""Of so many questions that are no first hearing one is a duel, at least."""
_TEN_S = timedelta(seconds=10)
_HOPE = 1.5
_NOBODY = OwnJudgements.of(GUEST, (), lambda _: False)


def most_wanted(
    takes: Sequence[Take], among: Collection[str], judgements: Sequence[AnyJudgement], *, count: int, seed: int
) -> list[str]:
    """The ids of the `count` takes of `among` of which most can be hoped, among equals at random; all of fewer.

    `takes` is the whole library and `judgements` all that stands. Raises RatingError.
    """
    if len(among) <= count:
        return sorted(among)
    view = _fit(takes, among, judgements, new_plan(datetime.now(UTC), seed=seed)).focus
    hope = np.round(view.quality + _HOPE * np.sqrt(np.diag(view.quality_covariance)), 6)
    order = np.lexsort((np.random.default_rng(seed).permutation(len(view)), -hope))
    return [view.names[i] for i in order[:count]]


def plan_orders(
    takes: Sequence[Take],
    among: Collection[str],
    judgements: Sequence[AnyJudgement],
    *,
    minutes: float | None,
    best: int,
    seed: int,
) -> list[list[Question]]:
    """Questions about the takes `among`, in ORDERS orders; without `minutes` half as many again as takes.

    Heavy: seconds for hundreds of takes. Raises RatingError.
    """
    now = datetime.now(UTC)
    fit = _fit(takes, among, judgements, new_plan(now, seed=seed, best=best))
    orders = []
    for number in range(ORDERS):
        plan = new_plan(now, seed=(seed + number) % 2**32, best=best)
        orders.append(_with_repeats(_believe(belief_at(plan, fit, _NOBODY), now, minutes), seed + number))
    return orders


def cost_of(question: Question) -> float:
    """Seconds that it takes most people."""
    costs: dict[str, float] = asdict(ListeningCosts())
    return costs["restar" if question.kind == "repeat" else question.kind]


def _fit(takes: Sequence[Take], among: Collection[str], judgements: Sequence[AnyJudgement], plan: SessionPlan) -> Fit:
    return FitTask(plan, takes, frozenset(among), lambda: judgements, _NOBODY, 0).run()


def _believe(belief: Belief, now: datetime, minutes: float | None) -> list[Question]:
    """The questions of one sitting if each were answered as is likeliest; with minutes enough all takes are heard."""
    questions, spent_s = list[Question](), 0.0
    most = _most(len(belief.focus)) if minutes is None else MOST_QUESTIONS
    most -= _repeats(most) if minutes is None else 0
    unheard = set(belief.focus.names)
    while len(questions) < most:
        question = _next(belief, questions, unheard, most - len(questions))
        spent_s += cost_of(question)
        if questions and minutes is not None and spent_s > 60 * minutes:
            break
        questions.append(question)
        unheard -= {question.take, question.other}
        belief = belief.after(_likeliest(belief.focus, question, time_text(now + len(questions) * _TEN_S)))
    return questions


def _next(belief: Belief, asked: Sequence[Question], unheard: Set[str], left: int) -> Question:
    """What the session would ask, but takes that nobody would hear otherwise, and now and then a duel."""
    question = belief.question()
    if left <= len(unheard):
        return question if question.take in unheard else Question("star", min(unheard))
    if question.take in unheard or question.other is not None or len(unheard) > len(belief.focus) // 2:
        return question
    again = [one for one in asked if one.kind != "star"][1 - DUEL_EVERY :]
    if any(one.other is not None for one in again):
        return question
    return next_duel(belief.focus, ScheduleState(tuple(asked), belief.k, seed=belief.plan.seed)) or question


def _most(takes: int) -> int:
    """Questions about so many takes, where nobody sets minutes."""
    return takes + max(takes // 2, 5)


def _repeats(questions: int) -> int:
    return max(2, round(REPEATS * questions))


def _likeliest(view: OnlinePosterior, question: Question, at: str) -> AnyJudgement:
    about = {"id": at, "take": question.take, "listener": GUEST, "session": "plan", "at": at, "blind": True}
    quality = view.quality[view.index[question.take]]
    if question.other is not None:
        ahead = quality - view.quality[view.index[question.other]]
        winner = "take" if ahead >= 0 else "other"
        sides = {"other": question.other, "side": question.side, "first": question.first}
        return Duel(winner=winner, **sides, **about)  # type: ignore[arg-type]
    value = quality + view.mean[view.state.strictness]
    stars = 1 + int(np.searchsorted(np.sort(view.thresholds.cuts[: LEVELS - 1]), value))
    return Stars(stars=stars, **about)  # type: ignore[arg-type]


def _with_repeats(questions: list[Question], seed: int) -> list[Question]:
    """With takes of the beginning once more, among the last questions, far from where they were heard last."""
    rng = np.random.default_rng((seed, 7))
    last = {take: at for at, one in enumerate(questions) for take in (one.take, one.other) if take is not None}
    starred = list(dict.fromkeys(one.take for one in questions if one.other is None))
    # Those that rested longest, in an order that nobody can guess.
    again = sorted(starred, key=lambda take: last[take])[: _repeats(len(questions))]
    found = list(questions)
    for take in rng.permutation(again).tolist():
        heard = max(i for i, one in enumerate(found) if take in (one.take, one.other))
        least = min(heard + BLIND_APART + 1, len(found))
        found.insert(int(rng.integers(max(least, 2 * len(found) // 3), len(found) + 1)), Question("repeat", take))
    return found
