"""What to hear next: the question whose answer is expected to improve the k picks most per second of listening."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from ratings.model.online import Focus
from ratings.model.stopping import best
from ratings.model.truncated import told

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Kind = Literal["star", "restar", "duel", "repeat"]

_STARS, _INSIDE, _OUTSIDE = 20, 6, 8
"""How many takes, and takes either side of the line, are looked at closely."""
_RIVALS = 12
"""How many of the closest takes a named one may meet in a duel."""
_REPEATS = (1, 3)
"""A question may be worth little once and much thrice; the best value per second of either counts."""
_HEARINGS = (1, 3, 6)
"""The same for stars: a take is heard on as long as it looks promising, so more hearings cost little on average."""
_PROMISING = 2.0
"""Standard deviations under the line at which a take is given up."""


@dataclass(frozen=True)
class Question:
    """What to ask next: stars for an unheard take, stars again, a duel, or stars again as a check on the listener."""

    kind: Kind
    take: str
    other: str | None = None
    side: Literal["a", "b"] = "a"
    """On which side `take` stands, in a duel."""
    first: Literal["take", "other"] = "take"
    """Which one is heard first, in a duel."""


@dataclass(frozen=True)
class Pace:
    """Seconds that questions have taken; medians of this listener's, once there are some."""

    star: float = 12.0
    reject: float = 4.0
    restar: float = 8.0
    duel: float = 16.0


def measure_pace(timings: Sequence[tuple[str, float]], usual: Pace | None = None) -> Pace:
    """Medians of (kind, seconds), kinds being the names of `Pace`'s fields; `usual` counts as three measurements."""
    usual = usual or Pace()
    names = ("star", "reject", "restar", "duel")
    seconds = {name: [getattr(usual, name)] * 3 + [s for kind, s in timings if kind == name] for name in names}
    return Pace(**{name: float(np.median(values)) for name, values in seconds.items()})


@dataclass(frozen=True)
class Settings:
    """How a session chooses."""

    k: int = 10
    """How many takes to find."""
    apart: int = 5
    """Questions between two hearings of a take, where there is a choice."""
    blind_apart: int = 20
    """Questions after which hearing a take again counts as blind."""
    blind_share: float = 0.08
    """Least share of stars that are blind repeats."""
    blind_from: int = 40
    """No repeats are asked for their own sake before this many stars."""
    opening: int = 12
    """Takes heard at random, one a prompt, before anything is chosen."""
    duels: bool = True


@dataclass(frozen=True)
class State:
    """A sitting so far: what was asked, in order."""

    asked: tuple[Question, ...] = ()
    settings: Settings = field(default_factory=Settings)
    pace: Pace = field(default_factory=Pace)
    seed: int = 0

    def after(self, question: Question) -> State:
        """The state once `question` was asked."""
        return replace(self, asked=(*self.asked, question))


_NODES = np.linspace(-3.6, 3.6, 13)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


def gains(mean: Floats, changes: Floats, k: int) -> Floats:
    """(questions,) expected rise of the sum of the k largest means when they move by z * changes, z ~ N(0, 1).

    The knowledge gradient (Frazier, Powell & Dayanik 2009) for picking k instead of one; `changes` is (questions, n).
    """
    moved = mean + _NODES[:, None, None] * changes
    top = np.partition(moved, len(mean) - k, axis=2)[:, :, -k:].sum(axis=2)
    now = np.partition(mean, len(mean) - k)[-k:].sum()
    out: Floats = np.maximum(_WEIGHTS @ top - now, 0.0)
    return out


def next_question(focus: Focus, state: State) -> Question:
    """The next question of a sitting. Deterministic in its arguments."""
    settings = state.settings
    unheard = np.flatnonzero(~focus.heard)
    rng = np.random.default_rng((state.seed, len(state.asked)))
    if len(focus) <= 1:
        return Question("star" if len(unheard) else "restar", focus.names[0])
    heard_here = sum(1 for one in state.asked if one.kind == "star")
    if len(unheard) and heard_here < min(settings.opening, len(focus)) and focus.heard.sum() < settings.opening:
        return Question("star", focus.names[_spread_out(focus, unheard, rng)])
    recent = _recent(focus, state.asked, settings.apart)
    due = _due_repeat(focus, state, rng)
    if due is not None:
        return due
    return _fair(_most_worth(focus, state, recent), state)


def next_duel(focus: Focus, state: State, take: str | None = None) -> Question | None:
    """The next question of a run of duels, `take` against a close rival if it is named; None with fewer than two takes.

    Of the pairs across the line of the k-th place, the one of the highest knowledge gradient, heard or not. A pair does
    not come back for `blind_apart` questions, nor a take at once, where there is a choice. Deterministic in its
    arguments.
    """
    if len(focus) <= 1:
        return None
    k = max(1, min(state.settings.k, len(focus) // 2))
    # Takes that look alike come in random order, not in that of their making.
    quality = focus.quality + 1e-6 * np.random.default_rng((state.seed, 5, len(state.asked))).normal(size=len(focus))
    everyone = np.ones(len(focus), np.bool_)
    fresh = everyone.copy()
    fresh[list(_recent(focus, state.asked, state.settings.apart))] = False
    met = {frozenset((one.take, one.other)) for one in state.asked[-state.settings.blind_apart :]}
    for allowed, barred in ((fresh, met), (everyone, met), (everyone, set[frozenset[str | None]]())):
        if take in focus.index:
            pairs = _rivalries(focus, focus.index[take], quality)
        else:
            order = np.argsort(-quality, kind="stable")
            pairs = _contested(focus, order[:k][allowed[order[:k]]], order[k:][allowed[order[k:]]], quality)
        new = [(i, j) for i, j in pairs.tolist() if {focus.names[i], focus.names[j]} not in barred]
        if new:
            chosen = np.array(new, dtype=np.int64)
            i, j = new[int(np.argmax(gains(focus.quality, _duel_changes(focus, chosen, 1), k)))]
            return _fair(Question("duel", focus.names[i], focus.names[j]), state)
    return None


def _most_worth(focus: Focus, state: State, recent: set[int]) -> Question:
    settings, pace = state.settings, state.pace
    k = min(settings.k, len(focus) - 1)
    mean = focus.quality
    order = np.argsort(-mean, kind="stable")
    edge = (mean[order[k - 1]] + mean[order[k]]) / 2
    allowed = np.ones(len(focus), np.bool_)
    allowed[list(recent)] = False
    if not allowed.any():
        allowed[:] = True
    hearings = Hearings.of(focus, pace, edge)
    stars = best(np.where(allowed, hearings.worth_alone(focus), -1.0), min(_STARS, int(allowed.sum())))

    columns = np.union1d(order[: 2 * k + 20], stars)
    questions: list[Question] = []
    changes, costs = [], []
    for repeats in _HEARINGS:
        force = _star_force(focus, stars, hearings.said[stars], repeats)
        changes.append(hearings.gain[np.ix_(stars, columns)] * force[:, None])
        costs.append(hearings.cost(repeats)[stars])
        questions += [Question("restar" if focus.heard[i] else "star", focus.names[i]) for i in stars]
    line = order[:k][allowed[order[:k]]], order[k:][allowed[order[k:]]]
    pairs = _pairs(focus, *line) if settings.duels else np.zeros((0, 2), np.int64)
    if len(pairs):
        for repeats in _REPEATS:
            changes.append(_duel_changes(focus, pairs, repeats)[:, columns])
            costs.append(np.full(len(pairs), repeats * pace.duel))
            questions += [Question("duel", focus.names[i], focus.names[j]) for i, j in pairs]
    value = gains(mean[columns], np.concatenate(changes), k) / np.concatenate(costs)
    return questions[int(np.argmax(value))]


@dataclass(frozen=True)
class Hearings:
    """What rating each take would tell, and the seconds it would take; arrays are (takes,)."""

    gain: Floats
    """(takes, takes) covariance of each quality (columns) with what would be said of each take (rows)."""
    said: Floats
    """Variance of what would be said."""
    lead: Floats
    """Over the line of the k-th place."""
    first: Floats
    """Seconds of the next hearing."""
    again: Floats
    """Seconds of each hearing after it, times the probability that there will be one."""

    @staticmethod
    def of(focus: Focus, pace: Pace, edge: float) -> Hearings:
        every = np.arange(len(focus))
        gain = focus.covariance[focus.opinions : focus.opinions + len(focus)] + focus.covariance[-1]
        said = gain[every, focus.opinions + every] + gain[:, -1]
        gain = gain[:, : len(focus)]
        lead = focus.quality - edge
        once = np.abs(gain[every, every]) * _star_force(focus, every, said, 1)
        left = np.sqrt(np.maximum(np.diag(focus.spread) - once**2, 1e-9))
        goes_on = ndtr((_PROMISING * left - np.abs(lead)) / np.maximum(once, 1e-9))
        first = np.where(focus.heard, pace.restar, _first_hearing(focus, said, pace))
        return Hearings(gain, said, lead, first, pace.restar * goes_on)

    def cost(self, repeats: int) -> Floats:
        """Expected seconds of up to so many hearings, the last ones only if the take still looks promising."""
        return self.first + (repeats - 1) * self.again

    def worth_alone(self, focus: Focus) -> Floats:
        """Expected rise of the best k per second, at the best number of hearings, as if other takes stood still."""
        every = np.arange(len(focus))
        worth = np.zeros(len(focus))
        for repeats in _HEARINGS:
            sd = np.maximum(np.abs(self.gain[every, every]) * _star_force(focus, every, self.said, repeats), 1e-9)
            gap = np.abs(self.lead) / sd
            rise = sd * (np.exp(-0.5 * gap**2) / np.sqrt(2 * np.pi) - gap * ndtr(-gap))
            worth = np.maximum(worth, rise / self.cost(repeats))
        return worth


def _fair(question: Question, state: State) -> Question:
    """Sides and order of a duel: every four duels see each of the four cases once, in random order."""
    if question.kind != "duel":
        return question
    number = sum(one.kind == "duel" for one in state.asked)
    case = int(np.random.default_rng((state.seed, 4, number // 4)).permutation(4)[number % 4])
    return replace(question, side="a" if case < 2 else "b", first="take" if case % 2 else "other")


def _star_force(focus: Focus, takes: Ints, said: Floats, repeats: int) -> Floats:
    """What to multiply a rating's covariances with to get the standard deviations of the changes it will cause.

    Stars tell little about takes far over the highest cut-point or under the lowest: that is in here.
    """
    cuts = np.concatenate([[-np.inf], focus.habits.cuts, [np.inf]])
    hope = focus.mean[focus.opinions + takes] + focus.mean[-1]
    return _force((cuts - hope[:, None]), said, focus.ear.star, repeats)


def _duel_force(focus: Focus, lead: Floats, wide: Floats, repeats: int) -> Floats:
    tie = max(focus.habits.tie, 1e-3)
    return _force(np.array([-np.inf, -tie, tie, np.inf]) - lead[:, None], wide, focus.ear.duel, repeats)


def _duel_changes(focus: Focus, pairs: Ints, repeats: int) -> Floats:
    """(pairs, takes) standard deviations of the changes of quality that each duel will cause."""
    a, b = focus.opinions + pairs[:, 0], focus.opinions + pairs[:, 1]
    apart = focus.covariance[a] - focus.covariance[b]
    wide = apart[np.arange(len(pairs)), a] - apart[np.arange(len(pairs)), b]
    force = _duel_force(focus, focus.mean[a] - focus.mean[b], wide, repeats)
    out: Floats = apart[:, : len(focus)] * force[:, None]
    return out


def _force(bounds: Floats, variance: Floats, noise: float, repeats: int) -> Floats:
    total = variance + noise**2
    scaled = bounds / np.sqrt(total)[:, None]
    share = told(scaled[:, :-1], scaled[:, 1:])
    # One answer is as good as the value itself with this much noise; several are as good as several of those.
    noise_once = np.maximum(total / np.maximum(share, 1e-9) - variance, 1e-9)
    out: Floats = 1 / np.sqrt(variance + noise_once / repeats)
    return out


def _first_hearing(focus: Focus, said: Floats, pace: Pace) -> Floats:
    """Seconds a first hearing is expected to take: less where it is likely to be rejected."""
    if not focus.rejects:
        return np.full(len(focus), pace.star)
    hope = focus.mean[focus.opinions : focus.opinions + len(focus)] + focus.mean[-1]
    rejected = ndtr((focus.habits.reject - hope) / np.sqrt(said + focus.ear.reject**2))
    out: Floats = pace.star + (pace.reject - pace.star) * rejected
    return out


def _pairs(focus: Focus, inside: Ints, outside: Ints) -> Ints:
    """Pairs across the line of the k-th place, of takes that were heard and could change sides."""
    return _contested(focus, inside[focus.heard[inside]], outside[focus.heard[outside]], focus.quality)


def _contested(focus: Focus, inside: Ints, outside: Ints, quality: Floats) -> Ints:
    doubt = 1.5 * np.sqrt(np.diag(focus.spread))
    inside = inside[best(doubt[inside] - quality[inside], _INSIDE)]
    outside = outside[best(doubt[outside] + quality[outside], _OUTSIDE)]
    return np.array([(i, j) for i in inside for j in outside], dtype=np.int64).reshape(-1, 2)


def _rivalries(focus: Focus, take: int, quality: Floats) -> Ints:
    """That take with each of those closest to it, which have been heard if any have."""
    others = np.delete(np.arange(len(focus)), take)
    heard = others[focus.heard[others]]
    others = heard if len(heard) else others
    closest = others[best(-np.abs(quality[others] - quality[take]), _RIVALS)]
    return np.array([(take, rival) for rival in closest], dtype=np.int64)


def _spread_out(focus: Focus, unheard: Ints, rng: np.random.Generator) -> int:
    """An unheard take at random, among those whose quality is least known (so: of a prompt not heard yet)."""
    variance = np.diag(focus.spread)[unheard]
    most = np.flatnonzero(variance >= variance.max() - 1e-6)
    return int(unheard[rng.choice(most)])


def _recent(focus: Focus, asked: Sequence[Question], apart: int) -> set[int]:
    """Takes heard within the last `apart` questions (fewer in a small selection)."""
    window = asked[-min(apart, max(len(focus) // 3, 1)) :]
    names = {one.take for one in window} | {one.other for one in window if one.other is not None}
    return {focus.index[name] for name in names if name in focus.index}


def _due_repeat(focus: Focus, state: State, rng: np.random.Generator) -> Question | None:
    """A blind repeat, when the questions so far hold too few of them."""
    settings, asked = state.settings, state.asked
    last: dict[str, int] = {}
    stars = repeats = 0
    for at, one in enumerate(asked):
        if one.kind != "duel":
            stars += 1
            repeats += one.take in last and at - last[one.take] > settings.blind_apart
        last[one.take] = at
        if one.other is not None:
            last[one.other] = at
    if stars < settings.blind_from or repeats >= settings.blind_share * stars:
        return None
    ready = [take for take, at in last.items() if len(asked) - at > settings.blind_apart and take in focus.index]
    return Question("repeat", ready[rng.integers(len(ready))]) if ready else None
