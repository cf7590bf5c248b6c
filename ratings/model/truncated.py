"""The probability that a normal variable falls into an interval, its derivatives, and the moments if it does."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.special import log_ndtr

from ratings.model.arrays import Floats

_LOG_SQRT_2PI = 0.5 * np.log(2 * np.pi)
_FAR = 35.0
"""Beyond this many standard deviations a finite bound is moved in, so that squares and exponentials stay finite."""


class IntervalLikelihood(NamedTuple):
    """log P(low < Z < high) for Z ~ N(0, 1), with gradient and negative Hessian by (low, high); arrays of one shape.

    The function is jointly concave in (low, high) (Prekopa), so the 2 x 2 negative Hessian is positive semidefinite.
    """

    log_p: Floats
    by_low: Floats
    by_high: Floats
    curve_low: Floats
    curve_high: Floats
    curve_cross: Floats


def log_probability(low: Floats, high: Floats) -> Floats:
    """log(Phi(high) - Phi(low)), exact in both tails; low < high elementwise, infinities allowed."""
    flip = low + high > 0  # work in the lower tail, where log_ndtr keeps its relative precision
    a = np.where(flip, -high, low)
    b = np.where(flip, -low, high)
    top = log_ndtr(b)
    gap = np.minimum(log_ndtr(a) - top, -1e-300)
    return top + np.log(-np.expm1(gap))


def interval_likelihood(low: Floats, high: Floats) -> IntervalLikelihood:
    """Value, gradient and curvature of `log_probability`."""
    low = np.where(np.isfinite(low), np.clip(low, -_FAR, _FAR), low)
    high = np.where(np.isfinite(high), np.clip(high, -_FAR, _FAR), high)
    high = np.maximum(high, low + 1e-9)
    log_p = log_probability(low, high)
    safe_low, safe_high = np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
    at_low = np.where(np.isfinite(low), np.exp(-0.5 * safe_low**2 - _LOG_SQRT_2PI - log_p), 0.0)
    at_high = np.where(np.isfinite(high), np.exp(-0.5 * safe_high**2 - _LOG_SQRT_2PI - log_p), 0.0)
    return IntervalLikelihood(
        log_p,
        by_low=-at_low,
        by_high=at_high,
        curve_low=at_low * (at_low - safe_low),
        curve_high=at_high * (at_high + safe_high),
        curve_cross=-at_low * at_high,
    )


def with_lapses(parts: IntervalLikelihood, lapse: Floats, guess_rate: Floats) -> tuple[Floats, Floats]:
    """log of (1 - lapse) P + lapse * guess_rate, and the share of it that is no lapse, elementwise."""
    no_lapse = np.log1p(-lapse) + parts.log_p
    with np.errstate(divide="ignore"):
        both: Floats = np.logaddexp(no_lapse, np.log(lapse * guess_rate))
    return both, np.exp(no_lapse - both)


def skewness_gradient(
    parts: IntervalLikelihood, low: Floats, high: Floats, covariance: tuple[Floats, Floats, Floats]
) -> tuple[Floats, Floats]:
    """Half the gradient, by (low, high), of the trace of each row's curvature times its bounds' covariance.

    `covariance` is the variance of low, of high, and their covariance, all (rows,). The third derivatives of
    log(Phi(high) - Phi(low)) follow from those of A = phi(low)/P and B = phi(high)/P.
    """
    a, b = -parts.by_low, parts.by_high
    low, high = np.where(a > 0, low, 0.0), np.where(b > 0, high, 0.0)
    a_low, a_high, b_low, b_high = parts.curve_low, -a * b, a * b, -parts.curve_high
    var_low, var_high, both = covariance
    on_low = (
        var_low * ((2 * a - low) * a_low - a)
        + var_high * (2 * b + high) * b_low
        - 2 * both * (a_low * b + a * b_low)
    )  # fmt: skip
    on_high = (
        var_low * (2 * a - low) * a_high
        + var_high * ((2 * b + high) * b_high + b)
        - 2 * both * (a_high * b + a * b_high)
    )  # fmt: skip
    return on_low / 2, on_high / 2


def moment_match(low: float, high: float, lapse: float = 0.0, guess_rate: float = 0.0) -> tuple[float, float]:
    """Assumed-density filtering of an interval: (alpha, beta) for Z ~ N(0, 1) given low < Z < high.

    The truncated variable has mean alpha and variance 1 - beta (Kotz, Balakrishnan & Johnson, ch. 13), 0 < beta < 1.
    With probability `lapse` the answer says nothing and comes up by `guess_rate`; the mixture's moments are matched
    then, and beta may be below zero: an answer this surprising leaves one less sure.
    """
    parts = interval_likelihood(np.array([low]), np.array([high]))
    # d/dm log P(low - m < Z < high - m) at m = 0 is the mean; minus its second derivative is 1 - variance.
    alpha = -float(parts.by_low[0] + parts.by_high[0])
    beta = min(max(float(parts.curve_low[0] + parts.curve_high[0] + 2 * parts.curve_cross[0]), 1e-12), 1.0 - 1e-12)
    share = float(with_lapses(parts, np.array([lapse]), np.array([guess_rate]))[1][0])
    return share * alpha, share * beta - share * (1 - share) * alpha**2


def explained_share(low: Floats, high: Floats) -> Floats:
    """How much interval answers tell about Z ~ N(0, 1), as a share of what Z would: the variance of E[Z | answer].

    `low` and `high` are (..., answers), together covering the line. The result, (...,), lies in (0, 1).
    """
    parts = interval_likelihood(low, high)
    alpha = parts.by_low + parts.by_high
    return np.clip(np.sum(np.exp(parts.log_p) * alpha**2, axis=-1), 0.0, 1.0)
