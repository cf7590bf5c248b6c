"""What a question is worth: how far its answer is expected to raise the k best, and in how many seconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from scipy.special import ndtr

from ratings.model.arrays import Floats, Ints
from ratings.model.online import OnlinePosterior
from ratings.model.truncated import explained_share

RATINGS = (1, 3, 6)
"""A take is rated on as long as it looks promising, so more ratings cost little on average: the best number counts."""
_PROMISING = 2.0
"""Standard deviations under the line at which a take is given up."""
_NODES = np.linspace(-3.6, 3.6, 13)
_WEIGHTS = np.exp(-0.5 * _NODES**2) / np.exp(-0.5 * _NODES**2).sum()


def knowledge_gradient(mean: Floats, changes: Floats, k: int) -> Floats:
    """(questions,) expected rise of the sum of the k largest means when they move by z * changes, z ~ N(0, 1).

    The knowledge gradient (Frazier, Powell & Dayanik 2009) for picking k instead of one; `changes` is (questions, n).
    """
    moved = mean + _NODES[:, None, None] * changes
    top = np.partition(moved, len(mean) - k, axis=2)[:, :, -k:].sum(axis=2)
    now = np.partition(mean, len(mean) - k)[-k:].sum()
    return np.maximum(_WEIGHTS @ top - now, 0.0)


@dataclass(frozen=True)
class ListeningCosts:
    """Seconds that questions have taken; medians of this listener's, once there are some."""

    star: float = 12.0
    reject: float = 4.0
    restar: float = 8.0
    duel: float = 16.0


def measure_costs(times: Sequence[tuple[str, float]]) -> ListeningCosts:
    """Medians of (kind, seconds), kinds being the fields of ListeningCosts; what is usual counts as three measurements.

    One who is quick with stars is taken to be as quick with duels.
    """
    usual = asdict(ListeningCosts())
    factor = float(np.median([1.0, 1.0, 1.0, *(seconds / usual[kind] for kind, seconds in times)]))
    return ListeningCosts(
        **{
            name: float(np.median([factor * each] * 3 + [seconds for kind, seconds in times if kind == name]))
            for name, each in usual.items()
        }
    )


@dataclass(frozen=True)
class RatingOptions:
    """What rating each take would tell, and the seconds it would take; arrays are (takes,)."""

    posterior: OnlinePosterior
    covariance: Floats
    """(takes, takes) of each quality (columns) with what is rated (rows), the strictness included."""
    variance: Floats
    """Of what is rated."""
    lead: Floats
    """Of quality, over the line of the k-th place."""
    first_s: Floats
    """Seconds of the next hearing."""
    again_s: Floats
    """Seconds of each hearing after it, times the probability that there will be one."""

    @staticmethod
    def of(posterior: OnlinePosterior, costs: ListeningCosts, edge: float) -> RatingOptions:
        """`edge` is the quality of the k-th place."""
        every = np.arange(len(posterior))
        covariance = posterior.covariance[: len(posterior)] + posterior.covariance[-1]
        variance = covariance[every, every] + covariance[:, -1]
        covariance = covariance[:, : len(posterior)]
        lead = posterior.quality - edge
        once = np.abs(covariance[every, every]) * _rating_gain(posterior, every, variance, 1)
        left = np.sqrt(np.maximum(np.diag(posterior.quality_covariance) - once**2, 1e-9))
        goes_on = ndtr((_PROMISING * left - np.abs(lead)) / np.maximum(once, 1e-9))
        first_s = np.where(posterior.judged, costs.restar, _first_hearing_s(posterior, variance, costs))
        return RatingOptions(posterior, covariance, variance, lead, first_s, costs.restar * goes_on)

    def seconds(self, times: int) -> Floats:
        """Expected of rating a take up to so many times, the last ones only if it still looks promising."""
        return self.first_s + (times - 1) * self.again_s

    def changes(self, takes: Ints, columns: Ints, times: int) -> Floats:
        """(takes, columns) standard deviations of the changes of quality that rating each of `takes` will cause."""
        gain = _rating_gain(self.posterior, takes, self.variance[takes], times)
        return self.covariance[np.ix_(takes, columns)] * gain[:, None]

    def value_alone(self) -> Floats:
        """Expected rise of the best k per second, at the best number of ratings, as if other takes stood still."""
        every = np.arange(len(self.lead))
        value = np.zeros(len(self.lead))
        for times in RATINGS:
            gain = _rating_gain(self.posterior, every, self.variance, times)
            sd = np.maximum(np.abs(self.covariance[every, every]) * gain, 1e-9)
            gap = np.abs(self.lead) / sd
            rise = sd * (np.exp(-0.5 * gap**2) / np.sqrt(2 * np.pi) - gap * ndtr(-gap))
            value = np.maximum(value, rise / self.seconds(times))
        return value


def duel_changes(posterior: OnlinePosterior, pairs: Ints, times: int) -> Floats:
    """(pairs, takes) standard deviations of the changes of quality that each duel will cause."""
    a, b = pairs[:, 0], pairs[:, 1]
    covariance = posterior.covariance[a] - posterior.covariance[b]
    variance = covariance[np.arange(len(pairs)), a] - covariance[np.arange(len(pairs)), b]
    tie = posterior.thresholds.tie
    bounds = np.array([-np.inf, -tie, tie, np.inf]) - (posterior.mean[a] - posterior.mean[b])[:, None]
    return covariance[:, : len(posterior)] * _gain(bounds, variance, posterior.noise.duel, times)[:, None]


def _rating_gain(posterior: OnlinePosterior, takes: Ints, variance: Floats, times: int) -> Floats:
    """What to multiply a rating's covariances with to get the standard deviations of the changes it will cause.

    Stars tell little about takes far over the highest cut-point or under the lowest: that is in here.
    """
    cuts = np.concatenate([[-np.inf], posterior.thresholds.cuts, [np.inf]])
    rated = posterior.quality[takes] + posterior.mean[-1]
    return _gain(cuts - rated[:, None], variance, posterior.noise.star, times)


def _gain(bounds: Floats, variance: Floats, noise: float, times: int) -> Floats:
    total = variance + noise**2
    scaled = bounds / np.sqrt(total)[:, None]
    share = explained_share(scaled[:, :-1], scaled[:, 1:])
    # One answer is as good as the value itself with this much noise; several are as good as several of those.
    noise_once = np.maximum(total / np.maximum(share, 1e-9) - variance, 1e-9)
    return 1 / np.sqrt(variance + noise_once / times)


def _first_hearing_s(posterior: OnlinePosterior, variance: Floats, costs: ListeningCosts) -> Floats:
    """Seconds a first hearing is expected to take: less where it is likely to be rejected."""
    if not posterior.rejects:
        return np.full(len(posterior), costs.star)
    rated = posterior.quality + posterior.mean[-1]
    rejected = ndtr((posterior.thresholds.reject - rated) / np.sqrt(variance + posterior.noise.reject**2))
    return costs.star + (costs.reject - costs.star) * rejected
