"""How far the k takes that look best are from the k best: the expected regret, and when it is small enough to stop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from ratings.model.arrays import Floats, Ints

StopReason: TypeAlias = Literal["settled", "time", "open"]

SEED = 20240229
"""Draws are the same each time, so that a replay of the same judgements says the same."""
_AT_WORST = 0.95
SURE = 0.8
"""A pick whose probability of being among the best is as high as this is settled."""


def draw(mean: Floats, covariance: Floats, draws: int) -> Floats:
    """(draws, n) samples of N(mean, covariance), reproducible."""
    jitter = 1e-10 * max(float(np.trace(covariance)) / max(len(mean), 1), 1e-12)
    root = np.linalg.cholesky(covariance + jitter * np.eye(len(mean)))
    normal = np.random.default_rng(SEED).standard_normal((draws, len(mean)))
    return mean + normal @ root.T


def places(best: int, takes: int) -> int:
    """How many of `takes` to find: `best`, but of few takes not more than half, for there would be no choice."""
    return max(1, min(best, takes // 2))


def best(values: Floats, k: int) -> Ints:
    """Indices of the k largest, best first; ties by position."""
    return np.argsort(-values, kind="stable")[:k].astype(np.int64)


def contenders(mean: Floats, sd: Floats, k: int, reach: float = 3.5) -> Ints:
    """Indices of those that could be among the k best: the rest lie `reach` standard deviations under the k-th."""
    if k >= len(mean):
        return np.arange(len(mean))
    edge = np.partition(mean - reach * sd, len(mean) - k)[len(mean) - k]
    return np.flatnonzero(mean + reach * sd >= edge)


@dataclass(frozen=True)
class PickDoubt:
    """How far the k largest means may be from the k best."""

    regret: float
    """Mean shortfall, a take, in units of the spread of quality."""
    settled: int
    """How many of them are `SURE` to be among the k best."""
    at_worst: float = 0.0
    """What the shortfall stays under in 19 of 20 cases."""

    @property
    def to_goal(self) -> float:
        """What has to be down at the goal: the regret, and half of what it is at worst."""
        return max(self.regret, self.at_worst / 2)


def doubt_of_picks(mean: Floats, covariance: Floats, k: int, draws: int = 1000) -> PickDoubt:
    """By Monte Carlo; with 1,000 draws the regret's standard error is about 3 % of it. Zero when all are picked."""
    near = contenders(mean, np.sqrt(np.diag(covariance)), k)
    if k >= len(near):
        return PickDoubt(0.0, k)
    mean, covariance = mean[near], covariance[np.ix_(near, near)]
    samples = draw(mean, covariance, draws)
    picked = best(mean, k)
    winners = np.argpartition(samples, len(mean) - k, axis=1)[:, -k:]
    top = np.take_along_axis(samples, winners, axis=1).sum(axis=1)
    p_top = np.bincount(winners.ravel(), minlength=len(mean)) / draws
    short = (top - samples[:, picked].sum(axis=1)) / k
    sure = int(np.count_nonzero(p_top[picked] >= SURE))
    return PickDoubt(float(short.mean()), sure, float(np.quantile(short, _AT_WORST)))


def stop_reason(doubt: float, minutes_left: float, goal: float = 0.1) -> StopReason:
    """To stop: the k best are settled to within `goal`, or the minutes are up; "open" where there is no reason."""
    return "settled" if doubt <= goal else "time" if minutes_left <= 0 else "open"
