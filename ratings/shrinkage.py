"""Qualities of takes, prompts and seeds from judgements: a Gaussian model with shrunk means.

A take's quality is a mean + what its prompt gives + what its seed gives + its own share, all Gaussian; each judgement
is that quality with noise. The variances come from the data by the method of moments (Searle, Casella & McCulloch,
Variance Components, 1992, ch. 2), held near those of a simulation while data are few; the rest are best linear
unbiased predictions (Robinson, Statistical Science 1991).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from library.take import Take
from ratings.history import History
from ratings.judgement import Duel, Pick, Reject, Stars

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.intp]

BEYOND = 0.5
"""A reject says half a star below one, a pick half a star above five: the scale's ends are open.

Either weighs half a star's judgement (SOFT), since it is given quickly: in simulation a reject is wrong on 4 % of the
best ten, so it must never settle a take alone.
"""
SOFT = 0.5
DUEL_STEP, DUEL_VARIANCE = 1.0, 1.0
"""Stars by which a winner is better, and how far that is to be trusted."""

_MIDDLE = 3.0
_NOISE = 0.64
_SPREAD = 1.2
_SHARES = (0.25, 0.05)
"""Before there are data: variance of one judgement, of all takes, and the shares of prompt and seed in the latter."""
_HOLD = 10
"""So many takes (groups, repeats) weigh as much as what is assumed before there are data."""
_DRAWS = 4_000_000


@dataclass
class Effect:
    """What belonging to a group (a prompt, a seed) gives a take, in stars."""

    keys: list[str | int]
    of: Places
    """Group of each take; one past the last group for takes that have none."""
    prior: float
    score: Floats
    variance: Floats

    @classmethod
    def over(cls, values: Iterable[str | int | None]) -> Effect:
        numbers: dict[str | int, int] = {}
        of = [-1 if value is None else numbers.setdefault(value, len(numbers)) for value in values]
        places = np.array(of, dtype=np.intp)
        places[places < 0] = len(numbers)
        return cls(list(numbers), places, 0.0, np.zeros(len(numbers)), np.zeros(len(numbers)))

    def members(self) -> list[list[int]]:
        groups: list[list[int]] = [[] for _ in range(len(self.keys) + 1)]
        for i, group in enumerate(self.of.tolist()):
            groups[group].append(i)
        return groups[:-1]

    def sum(self, values: Floats) -> Floats:
        """Sum over each group's takes."""
        return sums(self.of, values, len(self.keys) + 1)[:-1]

    def shared(self, deviations: Floats, there: NDArray[np.bool_]) -> tuple[float, int]:
        """Covariance of the deviations of two takes of one group, and the number of groups that tell it."""
        counts = self.sum(there.astype(float))
        pairs = float((counts * (counts - 1)).sum())
        products = self.sum(deviations * there) ** 2 - self.sum(deviations**2 * there)
        return (float(products.sum()) / pairs if pairs else 0.0), int((counts > 1).sum())

    def per_take(self) -> Floats:
        """The effect on each take; none on those without a group."""
        return np.append(self.score, 0.0)[self.of]

    def variance_per_take(self) -> Floats:
        return np.append(self.variance, self.prior)[self.of]

    def predict(self, residuals: Floats, precision: Floats) -> None:
        """Update the effects from what the rest of the model leaves of each take."""
        held = self.sum(precision) + 1 / self.prior
        self.score = self.sum(precision * residuals) / held
        self.variance = 1 / held


@dataclass
class Fit:
    """What the judgements come to."""

    mean: float
    noise: float
    """Variance of one judgement of stars."""
    own: float
    """Variance of what takes have of their own, beside prompt and seed."""
    prompts: Effect
    seeds: Effect
    score: Floats
    """Of each take, in stars."""
    variance: Floats


@dataclass
class Evidence:
    """Judgements per take, summed: as if each take had one observation of that mean and precision."""

    precision: Floats
    total: Floats
    """Precision × value."""

    def mean(self) -> Floats:
        return np.divide(self.total, self.precision, out=np.zeros_like(self.total), where=self.precision > 0)


def fit_takes(takes: Sequence[Take], history: History) -> Fit:
    """Fit the model to what was said of `takes`; scores and variances in stars, one a take, a prompt, a seed."""
    index = {take.id: i for i, take in enumerate(takes)}
    events = [event for event in history.live() if event.take in index]
    noise = _noise(events_of_stars := [(index[e.take], e.stars) for e in events if isinstance(e, Stars)])
    stances = {(e.take, e.listener): isinstance(e, Pick) for e in events if isinstance(e, Pick | Reject)}
    at = [i for i, _ in events_of_stars] + [index[take] for take, _ in stances]
    said = [float(stars) for _, stars in events_of_stars] + [
        5 + BEYOND if picked else 1 - BEYOND for picked in stances.values()
    ]
    weight = [1 / noise] * len(events_of_stars) + [SOFT / noise] * len(stances)
    evidence = _gather(len(takes), at, said, weight)
    fit = Fit(
        mean=_MIDDLE,
        noise=noise,
        own=_SPREAD,
        prompts=Effect.over(take.prompt for take in takes),
        seeds=Effect.over(take.seed for take in takes),
        score=np.full(len(takes), _MIDDLE),
        variance=np.zeros(len(takes)),
    )
    # Prompts hide in the covariance of seeds and the other way round, until what each gives is known.
    for _ in range(3):
        _components(fit, evidence)
        _predict(fit, evidence)
    duels = [(index[e.take], index[e.other], e.winner) for e in events if isinstance(e, Duel) and e.other in index]
    if duels:
        _predict(fit, _with_duels(fit, evidence, duels))
    return fit


def _gather(count: int, at: Sequence[int], said: Sequence[float], weight: Sequence[float]) -> Evidence:
    places, weights = np.array(at, dtype=np.intp), np.array(weight, dtype=float)
    values = np.array(said, dtype=float)
    return Evidence(sums(places, weights, count), sums(places, weights * values, count))


def sums(places: Places, values: Floats, count: int) -> Floats:
    """Sum of the values that share a place, for each of `count` places."""
    summed: Floats = np.bincount(places, weights=values, minlength=count).astype(np.float64, copy=False)
    return summed


def _noise(stars: Sequence[tuple[int, int]]) -> float:
    """Variance of one judgement of stars, from the takes that have several."""
    if not stars:
        return _NOISE
    _, of = np.unique([i for i, _ in stars], return_inverse=True)
    given = np.array([n for _, n in stars], dtype=float)
    counts = np.bincount(of)
    within = ((given - (np.bincount(of, weights=given) / counts)[of]) ** 2).sum()
    return float((within + _HOLD * _NOISE) / ((counts - 1).sum() + _HOLD))


def _components(fit: Fit, evidence: Evidence) -> None:
    """Set the mean and the variances of prompts, seeds and the takes' own share."""
    there = evidence.precision > 0
    count = int(there.sum())
    means = evidence.mean()
    fit.mean = float((means[there].sum() + _MIDDLE) / (count + 1))
    deviations = np.where(there, means - fit.mean, 0.0)
    measured = float((deviations[there] ** 2 - 1 / evidence.precision[there]).sum())
    total = max((measured + _HOLD * _SPREAD) / (count + _HOLD), 0.1 * fit.noise)
    for effect, other, share in zip((fit.prompts, fit.seeds), (fit.seeds, fit.prompts), _SHARES, strict=True):
        shared, groups = effect.shared(deviations - other.per_take(), there)
        # A covariance under nothing is chance, and with few groups it would drown what is assumed.
        held = (groups * max(shared, 0.0) + _HOLD * share * total) / (groups + _HOLD)
        effect.prior = min(max(held, 0.01 * total), 0.6 * total)
        effect.variance = np.full(len(effect.keys), effect.prior)
    fit.own = max(total - fit.prompts.prior - fit.seeds.prior, 0.1 * total)


def _predict(fit: Fit, evidence: Evidence) -> None:
    """Prompts given seeds and seeds given prompts, until they agree (Gauss–Seidel); then the takes."""
    own = fit.own
    there = evidence.precision > 0
    noise = np.divide(1.0, evidence.precision, out=np.full(len(there), np.inf), where=there)
    means = evidence.mean()
    for _ in range(8):
        for effect, other in ((fit.prompts, fit.seeds), (fit.seeds, fit.prompts)):
            precision = 1 / (own + noise + other.variance_per_take())
            effect.predict(np.where(there, means - fit.mean - other.per_take(), 0.0), precision)
    expected = fit.mean + fit.prompts.per_take() + fit.seeds.per_take()
    # How much a take's own judgements leave to expectation: all of it where there are none.
    left = np.where(there, noise / (own + np.where(there, noise, 1.0)), 1.0)
    fit.score = np.where(there, (1 - left) * means + left * expected, expected)
    fit.variance = own * left + left**2 * (fit.prompts.variance_per_take() + fit.seeds.variance_per_take())


def _with_duels(fit: Fit, evidence: Evidence, duels: Sequence[tuple[int, int, str]]) -> Evidence:
    """The evidence with each duel as an observation of either take, measured from the other's score."""
    one, two = np.array([a for a, _, _ in duels]), np.array([b for _, b, _ in duels])
    step = DUEL_STEP * np.array([{"take": 1.0, "other": -1.0, "tie": 0.0}[winner] for _, _, winner in duels])
    at = np.concatenate([one, two])
    said = np.concatenate([fit.score[two] + step, fit.score[one] - step])
    weight = 1 / (DUEL_VARIANCE + np.concatenate([fit.variance[two], fit.variance[one]]))
    added = _gather(len(evidence.total), at.tolist(), said.tolist(), weight.tolist())
    return Evidence(evidence.precision + added.precision, evidence.total + added.total)


def p_top(score: Floats, spread: Floats, top: int) -> Floats:
    """P(among the best `top`), by simulation with a fixed seed from independent Gaussians."""
    count = len(score)
    if top >= count:
        return np.ones(count)
    if top < 1:
        return np.zeros(count)
    # Whoever's best chance is under the worst of `top` others can be left out.
    bar = np.partition(score - 4 * spread, count - top)[count - top]
    able = np.flatnonzero(score + 4 * spread >= bar)
    draws = int(np.clip(_DRAWS // len(able), 200, 4000))
    random = np.random.default_rng(len(able))
    wins = np.zeros(len(able))
    mean, deviation = score[able].astype(np.float32), spread[able].astype(np.float32)
    floor = np.float32(-np.inf)
    for _ in range(draws):
        sample = random.standard_normal(len(able), dtype=np.float32) * deviation + mean
        # The best of one draw tell roughly where those of the next lie: few need be looked at closely.
        near = np.flatnonzero(sample >= floor)
        if len(near) < top:
            near = np.arange(len(able))
        if len(near) > 4 * top:
            floor = np.partition(sample[near], -2 * top)[-2 * top]
        wins[near[np.argpartition(sample[near], len(near) - top)[len(near) - top :]]] += 1
    chances = np.zeros(count)
    chances[able] = wins / draws
    return chances
