"""What to hear next: the question whose answer is expected to improve the k picks most per second of listening."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

import numpy as np

from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.evidence import BLIND_APART
from ratings.model.online import OnlinePosterior
from ratings.model.question_value import RATINGS, ListeningCosts, RatingOptions, duel_changes, knowledge_gradient
from ratings.model.stopping import best

QuestionKind: TypeAlias = Literal["star", "restar", "duel", "repeat"]

_STARS, _INSIDE, _OUTSIDE = 20, 6, 8
"""How many takes, and takes either side of the line of the k-th place, are looked at closely."""
_RIVALS = 12
"""How many of the closest takes a named one may meet in a duel."""
APART = 5
"""Questions between two hearings of a take, where there is a choice."""
_BLIND_SHARE = 0.08
"""Least share of stars that are blind repeats."""
_BLIND_FROM = 40
"""No repeats are asked for their own sake before this many stars."""
OPENING = 12
"""Takes heard at random, one a prompt, before anything is chosen."""
_DUELS = (1, 3)
"""A question may be worth little once and much thrice; the best value per second of either counts."""


@dataclass(frozen=True)
class Question:
    """What to ask next: stars for an unheard take, stars again, a duel, or stars again as a check on the listener."""

    kind: QuestionKind
    take: str
    other: str | None = None
    side: Literal["a", "b"] = "a"
    """On which side `take` stands, in a duel."""
    first: Literal["take", "other"] = "take"
    """Which one is heard first, in a duel."""


@dataclass(frozen=True)
class ScheduleState:
    """A session so far: what was asked, in order."""

    asked: tuple[Question, ...] = ()
    k: int = 10
    """How many takes to find."""
    costs: ListeningCosts = field(default_factory=ListeningCosts)
    seed: int = 0
    first: tuple[str, ...] = ()
    """Takes to hear before all others, those of them that were never heard."""

    def after(self, question: Question) -> ScheduleState:
        return replace(self, asked=(*self.asked, question))


def next_question(posterior: OnlinePosterior, state: ScheduleState) -> Question:
    """The next question of a session. Deterministic in its arguments."""
    unheard = np.flatnonzero(~posterior.judged)
    rng = np.random.default_rng((state.seed, len(state.asked)))
    if len(posterior) <= 1:
        return Question("star" if len(unheard) else "restar", posterior.names[0])
    if len(waiting := np.intersect1d(unheard, [posterior.index.get(name, -1) for name in state.first])):
        return Question("star", posterior.names[_least_known(posterior, waiting, rng)])
    heard_here = sum(1 for one in state.asked if one.kind == "star")
    if len(unheard) and heard_here < min(OPENING, len(posterior)) and posterior.judged.sum() < OPENING:
        return Question("star", posterior.names[_least_known(posterior, unheard, rng)])
    return _due_repeat(posterior, state, rng) or _balanced(_most_valuable(posterior, state), state)


def next_duel(posterior: OnlinePosterior, state: ScheduleState, take: str | None = None) -> Question | None:
    """The next question of a run of duels, `take` against a close rival if it is named; None with fewer than two takes.

    Of the pairs across the line of the k-th place, the one of the highest knowledge gradient, heard or not. A pair does
    not come back for `BLIND_APART` questions, nor a take at once, where there is a choice. Deterministic in its
    arguments.
    """
    if len(posterior) <= 1:
        return None
    k = max(1, min(state.k, len(posterior) // 2))
    # Takes that look alike come in random order, not in that of their making.
    rng = np.random.default_rng((state.seed, 5, len(state.asked)))
    quality = posterior.quality + 1e-6 * rng.normal(size=len(posterior))
    fresh, everyone = _fresh(posterior, state), np.ones(len(posterior), np.bool_)
    met = {frozenset((one.take, one.other)) for one in state.asked[-BLIND_APART:]}
    for allowed, barred in ((fresh, met), (everyone, met), (everyone, set[frozenset[str | None]]())):
        if take in posterior.index:
            pairs = _rival_pairs(posterior, posterior.index[take], quality)
        else:
            pairs = _pairs_across(posterior, quality, k, allowed)
        new = [(i, j) for i, j in pairs.tolist() if {posterior.names[i], posterior.names[j]} not in barred]
        if new:
            chosen = np.array(new, dtype=np.int64)
            i, j = new[int(np.argmax(knowledge_gradient(posterior.quality, duel_changes(posterior, chosen, 1), k)))]
            return _balanced(Question("duel", posterior.names[i], posterior.names[j]), state)
    return None


def _most_valuable(posterior: OnlinePosterior, state: ScheduleState) -> Question:
    costs = state.costs
    k = min(state.k, len(posterior) - 1)
    mean = posterior.quality
    order = np.argsort(-mean, kind="stable")
    edge = (mean[order[k - 1]] + mean[order[k]]) / 2
    allowed = _fresh(posterior, state)
    if not allowed.any():
        allowed[:] = True
    options = RatingOptions.of(posterior, costs, edge)
    stars = best(np.where(allowed, options.value_alone(), -1.0), min(_STARS, int(allowed.sum())))

    columns = np.union1d(order[: 2 * k + 20], stars)
    questions: list[Question] = []
    changes, seconds = [], []
    for times in RATINGS:
        changes.append(options.changes(stars, columns, times))
        seconds.append(options.seconds(times)[stars])
        questions += [Question("restar" if posterior.judged[i] else "star", posterior.names[i]) for i in stars]
    pairs = _pairs_across(posterior, mean, k, allowed & posterior.judged)
    if len(pairs):
        for times in _DUELS:
            changes.append(duel_changes(posterior, pairs, times)[:, columns])
            seconds.append(np.full(len(pairs), times * costs.duel))
            questions += [Question("duel", posterior.names[i], posterior.names[j]) for i, j in pairs]
    value = knowledge_gradient(mean[columns], np.concatenate(changes), k) / np.concatenate(seconds)
    return questions[int(np.argmax(value))]


def _balanced(question: Question, state: ScheduleState) -> Question:
    """Sides and order of a duel: every four duels see each of the four cases once, in random order."""
    if question.kind != "duel":
        return question
    number = sum(one.kind == "duel" for one in state.asked)
    case = int(np.random.default_rng((state.seed, 4, number // 4)).permutation(4)[number % 4])
    return replace(question, side="a" if case < 2 else "b", first="take" if case % 2 else "other")


def _pairs_across(posterior: OnlinePosterior, quality: Floats, k: int, allowed: Mask) -> Ints:
    """Pairs across the line of the k-th place, of `allowed` takes that could change sides."""
    order = np.argsort(-quality, kind="stable")
    inside, outside = (side[allowed[side]] for side in (order[:k], order[k:]))
    doubt = 1.5 * np.sqrt(np.diag(posterior.quality_covariance))
    inside = inside[best(doubt[inside] - quality[inside], _INSIDE)]
    outside = outside[best(doubt[outside] + quality[outside], _OUTSIDE)]
    return np.array([(i, j) for i in inside for j in outside], dtype=np.int64).reshape(-1, 2)


def _rival_pairs(posterior: OnlinePosterior, take: int, quality: Floats) -> Ints:
    """That take with each of those closest to it, which have been heard if any have."""
    others = np.delete(np.arange(len(posterior)), take)
    heard = others[posterior.judged[others]]
    others = heard if len(heard) else others
    closest = others[best(-np.abs(quality[others] - quality[take]), _RIVALS)]
    return np.array([(take, rival) for rival in closest], dtype=np.int64)


def _least_known(posterior: OnlinePosterior, unheard: Ints, rng: np.random.Generator) -> int:
    """An unheard take at random, among those whose quality is least known (so: of a prompt not heard yet)."""
    variance = np.diag(posterior.quality_covariance)[unheard]
    most = np.flatnonzero(variance >= variance.max() - 1e-6)
    return int(unheard[rng.choice(most)])


def _fresh(posterior: OnlinePosterior, state: ScheduleState) -> Mask:
    """(takes,) all but those heard within the last `APART` questions (fewer in a small selection)."""
    window = state.asked[-min(APART, max(len(posterior) // 3, 1)) :]
    names = {take for one in window for take in (one.take, one.other)}
    fresh = np.ones(len(posterior), np.bool_)
    fresh[[posterior.index[name] for name in names if name in posterior.index]] = False
    return fresh


def _due_repeat(posterior: OnlinePosterior, state: ScheduleState, rng: np.random.Generator) -> Question | None:
    """A blind repeat, when the questions so far hold too few of them."""
    asked = state.asked
    last: dict[str, int] = {}
    stars = repeats = 0
    for at, one in enumerate(asked):
        if one.kind != "duel":
            stars += 1
            repeats += one.take in last and at - last[one.take] > BLIND_APART
        last[one.take] = at
        if one.other is not None:
            last[one.other] = at
    if stars < _BLIND_FROM or repeats >= _BLIND_SHARE * stars:
        return None
    ready = [take for take, at in last.items() if len(asked) - at > BLIND_APART and take in posterior.index]
    return Question("repeat", ready[rng.integers(len(ready))]) if ready else None
