"""What the model foretells of answers it does not know: people's second ratings, from their first and some seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
from scipy.special import ndtr

from library.take import time_text
from ratings.judgement import Stars
from ratings.model.arrays import Floats
from ratings.model.evidence import GUESS_RATES, LEVELS, STAR, TakePool
from ratings.model.learn_scales import fit_judgements
from ratings.model.posterior import LinearPredictor, Posterior
from tests.benchmarks.simulation.listeners import BEGUN, made, take_id
from tests.benchmarks.simulation.people import Rater, stars_of

FOLDS = 4
_SECONDS = 6.0


@dataclass(frozen=True)
class Foretold:
    """Of one rater's held-out answers; a log-loss an answer, or a pair."""

    stars: dict[str, float]
    pairs: dict[str, float]


def learned_noise(rater: Rater) -> float:
    """Of stars, from all that the rater said."""
    fitted = _fit(rater, ~np.isnan(rater.second))
    return fitted.noise(0).star


def foretell(rater: Rater, others: Sequence[Rater]) -> Foretold:
    """Each repeat foretold from the first ratings and three quarters of the repeats; rivals learn from `others`."""
    repeated = np.flatnonzero(~np.isnan(rater.second))
    table, spread, slope = _transitions(others), _differences(others), _slope(others)
    shares = np.bincount(stars_of(rater.first).astype(int), minlength=LEVELS + 1)[1:] + 0.5
    losses: dict[str, list[float]] = {}
    pair_losses: dict[str, list[float]] = {}
    for fold in range(FOLDS):
        out = repeated[fold::FOLDS]
        known = ~np.isnan(rater.second)
        known[out] = False
        posterior = _fit(rater, known)
        chances = star_chances(posterior, out)
        first = stars_of(rater.first[out]).astype(int)
        for i, said in enumerate(stars_of(rater.second[out]).astype(int)):
            near = spread[np.abs(np.arange(1, LEVELS + 1) - first[i])]
            for name, each in {
                "Earmark": chances[i],
                "regression on the first star": table[first[i] - 1],
                "the same star": near / near.sum(),
                "how often each star": shares / shares.sum(),
            }.items():
                losses.setdefault(name, []).append(-float(np.log(each[said - 1])))
        mean, covariance = posterior.joint(posterior.take_predictor(out))
        noise = posterior.noise(0).star
        for a in range(len(out)):
            for b in range(a):
                gap = rater.second[out[a]] - rater.second[out[b]]
                if gap == 0:
                    continue
                total = covariance[a, a] + covariance[b, b] - 2 * covariance[a, b] + 2 * noise**2
                ours = float(ndtr(np.sign(gap) * (mean[a] - mean[b]) / np.sqrt(total)))
                theirs = 1 / (1 + np.exp(-slope * np.sign(gap) * (first[a] - first[b])))
                for name, chance in {"Earmark": ours, "first stars": theirs}.items():
                    pair_losses.setdefault(name, []).append(-float(np.log(max(chance, 1e-9))))
    return Foretold(_means(losses), _means(pair_losses))


def star_chances(posterior: Posterior, takes: np.ndarray) -> Floats:
    """(takes, 5) of each star by the only listener, what is uncertain about the cut-points included."""
    mean, covariance = posterior.joint(
        LinearPredictor.stack([posterior.take_predictor(takes), posterior.threshold_predictor(0)])
    )
    noise, count = posterior.noise(0), len(takes)
    cuts = slice(count, count + LEVELS - 1)
    variance = np.diag(covariance)[:count, None] + np.diag(covariance)[None, cuts] - 2 * covariance[:count, cuts]
    under = ndtr((mean[None, cuts] - mean[:count, None]) / np.sqrt(variance + noise.star**2 + noise.drift**2))
    edges = np.concatenate([np.zeros((count, 1)), np.maximum.accumulate(under, axis=1), np.ones((count, 1))], axis=1)
    out: Floats = (1 - noise.lapse) * np.maximum(np.diff(edges, axis=1), 1e-6) + noise.lapse * GUESS_RATES[STAR]
    return out / out.sum(axis=1, keepdims=True)


def _fit(rater: Rater, known: np.ndarray) -> Posterior:
    """Of the first ratings and the second ones of the `known` items, one sitting after the other."""
    said = [(i, rater.first[i]) for i in range(len(rater.first))]
    said += [(i, rater.second[i]) for i in np.flatnonzero(known)]
    judgements = [
        Stars(
            id=f"{n:08d}", take=take_id(i), listener="l", session="s" if n < len(rater.first) else "t",
            at=time_text(BEGUN + timedelta(seconds=_SECONDS * n)), blind=True, stars=int(stars_of(slider)),
        )
        for n, (i, slider) in enumerate(said)
    ]  # fmt: skip
    return fit_judgements(TakePool.of(made(None, None, len(rater.first))), judgements)


def _pairs(people: Sequence[Rater]) -> tuple[np.ndarray, np.ndarray]:
    """First and second stars of all that was rated twice."""
    firsts = np.concatenate([one.first[~np.isnan(one.second)] for one in people])
    seconds = np.concatenate([one.second[~np.isnan(one.second)] for one in people])
    return stars_of(firsts).astype(int), stars_of(seconds).astype(int)


def _transitions(people: Sequence[Rater]) -> Floats:
    """(5, 5) chance of each second star by the first."""
    first, second = _pairs(people)
    table = np.full((LEVELS, LEVELS), 0.5)
    np.add.at(table, (first - 1, second - 1), 1.0)
    return table / table.sum(axis=1, keepdims=True)


def _differences(people: Sequence[Rater]) -> Floats:
    """(5,) weight of being so many stars apart."""
    first, second = _pairs(people)
    apart = np.bincount(np.abs(first - second), minlength=LEVELS) + 0.5
    return apart / np.array([1.0, 2, 2, 2, 2])


def _slope(people: Sequence[Rater]) -> float:
    """Of a logistic regression of which second rating is the higher, on the difference of the first stars."""
    steps = []
    for one in people:
        there = np.flatnonzero(~np.isnan(one.second))
        first, second = stars_of(one.first[there]), one.second[there]
        a, b = np.triu_indices(len(there), 1)
        steps.append(((first[a] - first[b]) * np.sign(second[a] - second[b]))[second[a] != second[b]])
    every, slope = np.concatenate(steps), 1.0
    for _ in range(20):
        chance = 1 / (1 + np.exp(-slope * every))
        slope += float(np.sum(every * (1 - chance)) / max(np.sum(every**2 * chance * (1 - chance)), 1e-9))
    return slope


def _means(losses: dict[str, list[float]]) -> dict[str, float]:
    return {name: float(np.mean(each)) for name, each in losses.items()}
