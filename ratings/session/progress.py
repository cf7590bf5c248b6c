"""How far a session has come: what is settled, what is still in doubt, and whether to stop."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratings.model.arrays import Floats
from ratings.model.evidence import LEVELS
from ratings.model.schedule import ScheduleSettings
from ratings.model.stopping import StopDecision, best, contenders, draw, should_stop
from ratings.session.belief import MOST, Belief

SURE = 0.8
"""A pick whose chance of being among the best is as high as this is settled."""
_MANY = 250
"""With more takes that could be among the best, fewer draws have to do."""


@dataclass(frozen=True)
class Progress:
    """The state of a session, in numbers that a listener can follow."""

    answers: int
    """After so many."""
    k: int
    settled: int
    """Of the k best so far, how many are sure to be among them."""
    regret: float
    """How far the k picks are expected to fall short, a take, in units of the spread of quality."""
    regret_stars: float
    """The same on the listener's scale of stars."""
    heard: int
    """Takes of the selection that the listener has judged."""
    takes: int
    """Takes of the selection."""
    narrowed: bool
    """Whether only the most promising of them are considered."""
    verdict: StopDecision


def measure_progress(belief: Belief, minutes_left: float | None) -> Progress:
    """Where the session stands. Some ten milliseconds for a hundred takes, some hundred for a thousand: for a thread.

    Before the first few takes were heard nothing counts as settled, however alike they are taken to be.
    """
    view, k = belief.focus, belief.k
    heard = sum(1 for take in view.names if take in belief.seen)
    regret, sure = _doubt(view.quality, view.quality_covariance, k)
    enough = heard >= min(ScheduleSettings().opening, len(view))
    cuts = view.thresholds.cuts
    left = np.inf if minutes_left is None else minutes_left
    verdict = should_stop(regret if enough else max(regret, 2 * belief.plan.goal), left, k, belief.plan.goal)
    return Progress(
        answers=belief.answers,
        k=k,
        settled=sure if enough else 0,
        regret=regret,
        regret_stars=regret * (LEVELS - 2) / max(float(cuts[-1] - cuts[0]), 1e-3),
        heard=heard,
        takes=belief.fit.selected,
        narrowed=belief.fit.selected > MOST,
        verdict=verdict,
    )


def _doubt(mean: Floats, covariance: Floats, k: int) -> tuple[float, int]:
    """Expected regret of the k largest means, and how many of them are among the k best for sure: of the same draws."""
    near = contenders(mean, np.sqrt(np.diag(covariance)), k)
    if k >= len(near):
        return 0.0, k
    mean, covariance = mean[near], covariance[np.ix_(near, near)]
    samples = draw(mean, covariance, 1000 if len(near) <= _MANY else 300)
    picked = best(mean, k)
    winners = np.argpartition(samples, len(mean) - k, axis=1)[:, -k:]
    top = np.take_along_axis(samples, winners, axis=1).sum(axis=1)
    chance = np.bincount(winners.ravel(), minlength=len(mean)) / len(samples)
    regret = float((top - samples[:, picked].sum(axis=1)).mean() / k)
    return regret, int(np.count_nonzero(chance[picked] >= SURE))
