"""The likeliest point of the posterior, by Newton's method with step halving.

The direction solves curvature x step = gradient; its decrement, gradient x step, is the squared distance to the maximum
in posterior standard deviations (Boyd & Vandenberghe 2004, sec. 9.5). A step is halved until it climbs as far as its
length promises (Armijo). In a large problem factoring the curvature is the work: once the decrement is small, the last
factor has to do for the steps that are left (a chord method), which may be doubled instead; it is made anew at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse
from scipy.special import ndtri

from ratings.errors import RatingError
from ratings.model.arrays import Floats
from ratings.model.design import Design
from ratings.model.evidence import LEVELS, REJECT, STAR
from ratings.model.laplace import SINGULAR, Bounds, Curvature, LaplaceFit
from ratings.model.layout import Layout
from ratings.model.scales import Scales
from ratings.model.truncated import IntervalLikelihood, interval_likelihood, with_lapses

_TOLERANCE = 1e-6
"""On the decrement."""
_MANY = 500, 5000
"""With more dense columns, or columns, factoring the curvature is the work."""
_NEAR = 5e-4
"""A small decrement, for each unknown: the curvature is that of a point 2 % of a deviation away."""
_MAX_STEPS = 60
_SHORTEST = 1e-6
_LOOSE = 1e-2
"""Decrement that is good enough when steps run out."""


def fit_laplace(design: Design, scales: Scales, start: Floats | None = None) -> LaplaceFit:
    """Climb from `start`, the point of an earlier fit of the same layout, if it is feasible; else from a cold start.

    Without lapses the objective is strictly concave: one maximum; with few, nearly so. Raises RatingError.
    """
    layout = design.layout
    target = _LogPosterior(design, *layout.prior_precision(scales), Bounds.of(design, scales))
    if start is None or len(start) != layout.size or not np.isfinite(target.value(start)):
        start = cold_start(layout)
    near = _NEAR * layout.size if layout.dense > _MANY[0] or layout.size > _MANY[1] else 0.0
    x, value, curvature = _climb(target, start, near, max(_TOLERANCE, _NEAR * near))
    log_evidence = value + 0.5 * (target.prior_log_det - curvature.log_det)
    return LaplaceFit(design, scales, x, target.bounds, curvature, log_evidence)


class _Point(NamedTuple):
    """A point, with what the derivatives there are made of."""

    x: Floats
    parts: IntervalLikelihood
    no_lapse: Floats
    """(rows,) probability that each answer was none."""


@dataclass(frozen=True)
class _LogPosterior:
    """log p(judgements | x) + log p(x), up to a constant."""

    design: Design
    prior: sparse.csr_array
    prior_log_det: float
    bounds: Bounds

    def value(self, x: Floats) -> float:
        """Minus infinity where cut-points are out of order."""
        low, high = self.bounds.at(x)
        if np.any(high - low <= 1e-6):
            return -np.inf
        log_p = with_lapses(interval_likelihood(low, high), self.bounds.lapse, self.bounds.guess_rate)[0]
        return float(self.design.weight @ log_p - 0.5 * x @ (self.prior @ x))

    def at(self, x: Floats) -> _Point:
        return _Point(x, *self.bounds.likelihood(x))

    def gradient(self, point: _Point) -> Floats:
        """(size,)"""
        share = self.design.weight * point.no_lapse
        slope = self.bounds.gradient(share * point.parts.by_low, share * point.parts.by_high)
        return slope - self.prior @ point.x

    def curvature(self, point: _Point) -> Curvature:
        """The negative Hessian, factored: the blocks first, then the Schur complement. Raises RatingError."""
        layout, over = self.design.layout, self.bounds.noise**-2
        on_low, on_high, cross = _row_curvature(self.design.weight, point.no_lapse, point.parts)
        hessian = self.design.hessian_pattern.assemble(over * on_low, over * on_high, over * cross, self.prior)
        schur = hessian.shared
        try:
            root = layout.blocks.inverse_root(hessian.blocks)
        except np.linalg.LinAlgError as error:
            raise RatingError(*SINGULAR) from error
        if layout.size > layout.dense:
            across = root @ hessian.bridge
            schur -= (across.T @ across).toarray()
        factor, info = linalg.lapack.dpotrf(schur, lower=1) if layout.dense else (schur, 0)
        if info:
            raise RatingError(*SINGULAR)
        return Curvature(factor, root, hessian.bridge)


def _climb(target: _LogPosterior, x: Floats, near: float, tolerance: float) -> tuple[Floats, float, Curvature]:
    """To the maximum from `x`: the point, the value and the curvature there.

    Once the decrement is at most `near`, the curvature is kept as long as whole steps climb.
    """
    point, value, decrement = target.at(x), target.value(x), np.inf
    curvature, climbed = target.curvature(point), 0.0  # by how much, since it was factored
    for _ in range(_MAX_STEPS):
        gradient = target.gradient(point)
        step = curvature.solve(gradient)
        decrement = float(gradient @ step)
        if decrement < tolerance:
            break
        length, new = _search(target, point.x, step, value, decrement)
        if length <= _SHORTEST:
            break
        if climbed and length == 1:
            length, new = _stretch(target, point.x, step, new)
        point, value, climbed = target.at(point.x + length * step), new, climbed + decrement
        if decrement > near or length < 1:
            curvature, climbed = target.curvature(point), 0.0
    else:
        if decrement > _LOOSE:
            raise RatingError("The ranking didn't converge.", "Please report this with the session's file.")
    return point.x, value, target.curvature(point) if climbed > near > 0 else curvature


def _search(target: _LogPosterior, x: Floats, step: Floats, value: float, decrement: float) -> tuple[float, float]:
    """The first of 1, 1/2, 1/4 … of the step that climbs enough, and the value there."""
    length = 1.0
    while (new := target.value(x + length * step)) < value + 1e-4 * length * decrement and length > _SHORTEST:
        length /= 2
    return length, new


def _stretch(target: _LogPosterior, x: Floats, step: Floats, value: float) -> tuple[float, float]:
    """The last of 1, 2, 4 … of the step that still climbs, and the value there."""
    length = 1.0
    while (farther := target.value(x + 2 * length * step)) > value:
        length, value = 2 * length, farther
    return length, value


def _row_curvature(weight: Floats, no_lapse: Floats, parts: IntervalLikelihood) -> tuple[Floats, Floats, Floats]:
    """(rows,) the negative second derivatives by low, by high and by both, of the mixture with lapses.

    Answers that look like slips bend the objective the wrong way; they count as flat, so that steps always climb.
    """
    low, high, cross = parts.curve_low, parts.curve_high, parts.curve_cross
    up, down = parts.by_high, parts.by_low
    both = (up != 0) & (down != 0)
    area = np.where(both, low * high - cross**2, 1.0)
    paired = (high * down**2 - 2 * cross * down * up + low * up**2) / np.maximum(area, 1e-300)
    single = (down**2 + up**2) / np.maximum(low + high, 1e-300)
    lapsed = 1 - no_lapse
    doubt = lapsed * np.minimum(1.0, 1.0 / np.maximum(lapsed * np.where(both, paired, single), 1e-300))
    scale = weight * no_lapse
    return scale * (low - doubt * down**2), scale * (high - doubt * up**2), scale * (cross - doubt * down * up)


def cold_start(layout: Layout) -> Floats:
    """(size,) cut-points where the shares of each listener's first-heard stars put them, takes near their stars."""
    x = np.zeros(layout.size)
    evidence, columns = layout.evidence, layout.columns
    x[columns.reject[columns.reject >= 0]] = -0.5
    x[columns.tie[columns.tie >= 0]] = 0.25
    stars = evidence.kind == STAR
    guess = np.where(evidence.kind == REJECT, -1.0, 0.0)
    for who in np.flatnonzero(columns.cuts >= 0):
        own = stars & (evidence.listener == who)
        given = np.bincount(evidence.outcome[own & evidence.first], minlength=LEVELS + 1)[1:] + 0.5
        cuts = 1.2 * ndtri(np.cumsum(given)[:-1] / given.sum())
        x[columns.cuts[who] : columns.cuts[who] + LEVELS - 1] = cuts
        middles = np.convolve(np.concatenate([cuts[:1] - 1, cuts, cuts[-1:] + 1]), [0.5, 0.5], "valid")
        guess[own] = middles[evidence.outcome[own] - 1]
    rating = np.isin(evidence.kind, (STAR, REJECT))
    takes, count = evidence.take[rating], len(columns.take)
    mean = np.bincount(takes, guess[rating], count) / (np.bincount(takes, minlength=count) + 1.0)
    judged = columns.take >= 0
    x[columns.take[judged]] = mean[judged]
    # Each listener's own opinion from the start: what lies far from where it stands is taken for a slip, and stays one.
    own = columns.interaction.find(evidence.listener[rating], takes)
    apart = (guess[rating] - mean[takes])[own >= 0]
    opinions, place = np.unique(own[own >= 0], return_inverse=True)
    x[opinions] = np.bincount(place, apart) / (np.bincount(place) + 1.0)
    return x
