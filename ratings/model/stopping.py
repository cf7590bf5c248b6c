"""How far the k takes that look best are from the k best: the expected regret, and when it is small enough to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ratings.model.arrays import Floats, Ints

SEED = 20240229
"""Draws are the same each time, so that a replay of the same judgements says the same."""


def draw(mean: Floats, covariance: Floats, draws: int, seed: int = SEED) -> Floats:
    """(draws, n) samples of N(mean, covariance), reproducible."""
    jitter = 1e-10 * max(float(np.trace(covariance)) / max(len(mean), 1), 1e-12)
    root = np.linalg.cholesky(covariance + jitter * np.eye(len(mean)))
    normal = np.random.default_rng(seed).standard_normal((draws, len(mean)))
    out: Floats = mean + normal @ root.T
    return out


def best(values: Floats, k: int) -> Ints:
    """Indices of the k largest, best first; ties by position."""
    return np.argsort(-values, kind="stable")[:k].astype(np.int64)


def top_probabilities(mean: Floats, covariance: Floats, k: int, draws: int = 2000) -> Floats:
    """(n,) probability of being among the k best."""
    count = len(mean)
    if k >= count:
        return np.ones(count)
    samples = draw(mean, covariance, draws)
    winners = np.argpartition(-samples, k - 1, axis=1)[:, :k]
    return np.bincount(winners.ravel(), minlength=count) / draws


def contenders(mean: Floats, sd: Floats, k: int, reach: float = 3.5) -> Ints:
    """Indices of those that could be among the k best: the rest lie `reach` standard deviations under the k-th."""
    if k >= len(mean):
        return np.arange(len(mean))
    edge = np.partition(mean - reach * sd, len(mean) - k)[len(mean) - k]
    return np.flatnonzero(mean + reach * sd >= edge)


def expected_regret(mean: Floats, covariance: Floats, k: int, draws: int = 1000) -> float:
    """Mean shortfall, a take, of the k largest means from the true k best, in units of the spread of quality.

    Zero when all takes are picked. A Monte Carlo mean; with 1,000 draws its standard error is about 3 % of it.
    """
    if k >= len(mean):
        return 0.0
    near = contenders(mean, np.sqrt(np.diag(covariance)), k)
    mean, covariance = mean[near], covariance[np.ix_(near, near)]
    if k >= len(mean):
        return 0.0
    samples = draw(mean, covariance, draws)
    picked = best(mean, k)
    top = np.partition(samples, samples.shape[1] - k, axis=1)[:, -k:].sum(axis=1)
    return float((top - samples[:, picked].sum(axis=1)).mean() / k)


@dataclass(frozen=True)
class StopDecision:
    """Whether to stop, and why."""

    stop: bool
    reason: Literal["settled", "time", "open"]
    regret: float
    """Expected, in units of the spread of quality."""
    words: str
    """For the listener."""


def should_stop(regret: float, minutes_left: float, k: int, goal: float = 0.1) -> StopDecision:
    """Stop when the k best are settled to within `goal`, or when the minutes are up."""
    count = "best one is" if k == 1 else f"{k} best are"
    if regret <= goal:
        return StopDecision(True, "settled", regret, f"The {count} settled to within {goal:.2g}.")
    if minutes_left <= 0:
        words = f"Time is up; what is picked may fall short by {regret:.2f} on average."
        return StopDecision(True, "time", regret, words)
    return StopDecision(False, "open", regret, f"Still open by {regret:.2f}; the goal is {goal:.2g}.")
