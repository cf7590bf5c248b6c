"""The Gaussian that fits all judgements at once: Newton's method to the one maximum, curvature for the spread (Laplace)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, sparse
from scipy.special import ndtri

from ratings.evidence import STAR
from ratings.layout import LEVELS, Floats, Layout
from ratings.scales import RatingError, Scales
from ratings.truncated import Interval, interval, with_lapses

_TOLERANCE = 1e-6
"""On the square of the step in posterior standard deviations."""
_MAX_STEPS = 60
_LOOSE = 1e-2
"""Good enough when steps run out."""


@dataclass(frozen=True)
class Curvature:
    """The negative Hessian at a point, factored: a dense part, and columns that touch only the dense ones."""

    factor: Floats
    """Lower Cholesky factor of the Schur complement, (dense, dense)."""
    lone: Floats
    """(size - dense,) diagonal of the eliminated columns."""
    bridge: sparse.csr_array
    """(size - dense, dense) what the eliminated columns share with the dense ones."""

    def solve(self, right: Floats) -> Floats:
        """H^-1 right, for a vector (size,)."""
        dense = self.factor.shape[0]
        top, bottom = right[:dense], right[dense:] / self.lone
        x = linalg.cho_solve((self.factor, True), top - self.bridge.T @ bottom, check_finite=False) if dense else top
        return np.concatenate([x, bottom - (self.bridge @ x) / self.lone])

    @property
    def log_det(self) -> float:
        """log |H|."""
        return float(2 * np.log(np.diag(self.factor)).sum() + np.log(self.lone).sum())

    def covariance(self) -> Floats:
        """(dense, dense) covariance of the dense columns."""
        if not self.factor.size:
            return np.zeros((0, 0))
        inverse, info = linalg.lapack.dpotri(self.factor, lower=1)
        if info:
            raise RatingError("The ranking's curvature is singular.")
        lower: Floats = np.tril(inverse)
        return lower + np.tril(lower, -1).T


@dataclass(frozen=True)
class Mode:
    """The maximum of the posterior."""

    layout: Layout
    scales: Scales
    x: Floats
    """(size,)"""
    curvature: Curvature
    log_evidence: float
    """Laplace's approximation to log p(judgements | scales)."""
    steps: int


def find_mode(layout: Layout, scales: Scales, start: Floats | None = None) -> Mode:
    """Newton with step halving. Without lapses the objective is strictly concave: one maximum; with few, nearly so.

    `start` is a point from an earlier fit of the same layout, used if it is feasible.
    """
    design, size = layout.design, layout.size
    prior, prior_log_det = layout.prior_precision(scales)
    noise, (lapse, chance) = design.noise(scales), design.lapses(scales)
    over = sparse.diags_array(1 / noise)
    low_rows, high_rows = (over @ (design.low - design.value)).tocsr(), (over @ (design.high - design.value)).tocsr()
    low_rows = (sparse.diags_array(design.has_low.astype(np.float64)) @ low_rows).tocsr()
    high_rows = (sparse.diags_array(design.has_high.astype(np.float64)) @ high_rows).tocsr()

    weight = design.weight

    def bounds(x: Floats) -> tuple[Floats, Floats]:
        low = np.where(design.has_low, low_rows @ x, -np.inf)
        return low, np.where(design.has_high, high_rows @ x, np.inf)

    def objective(x: Floats) -> float:
        low, high = bounds(x)
        if np.any(high - low <= 1e-6):
            return -np.inf
        return float(weight @ with_lapses(interval(low, high), lapse, chance)[0] - 0.5 * x @ (prior @ x))

    x = cold_start(layout) if start is None or len(start) != size else start
    value = objective(x)
    if not np.isfinite(value):
        x = cold_start(layout)
        value = objective(x)
    for step in range(1, _MAX_STEPS + 1):
        parts = interval(*bounds(x))
        share = with_lapses(parts, lapse, chance)[1]
        slope = low_rows.T @ (weight * share * parts.by_low) + high_rows.T @ (weight * share * parts.by_high) - prior @ x
        curvature = _curvature(layout, prior, low_rows, high_rows, _bend(weight, share, parts))
        move = curvature.solve(slope)
        gain = float(slope @ move)
        if gain < _TOLERANCE:
            break
        length = 1.0
        while (new := objective(x + length * move)) < value + 1e-4 * length * gain and length > 1e-6:
            length /= 2
        if length <= 1e-6:
            break
        x, value = x + length * move, new
    else:
        if gain > _LOOSE:
            raise RatingError("The ranking did not settle.", "Please report this with the session's file.")
    return Mode(layout, scales, x, curvature, value + 0.5 * (prior_log_det - curvature.log_det), step)


def cold_start(layout: Layout) -> Floats:
    """Zero, with each listener's cut-points where the shares of their first-heard stars put them."""
    x = np.zeros(layout.size)
    evidence = layout.evidence
    stars = (evidence.kind == STAR) & evidence.first
    for who in np.flatnonzero(layout.cut >= 0):
        given = np.bincount(evidence.outcome[stars & (evidence.listener == who)], minlength=LEVELS + 1)[1:] + 0.5
        share = np.cumsum(given)[:-1] / given.sum()
        x[layout.cut[who] : layout.cut[who] + LEVELS - 1] = 1.2 * ndtri(share)
    x[layout.reject[layout.reject >= 0]] = -0.5
    x[layout.tie[layout.tie >= 0]] = 0.25
    return x


Bend = tuple[Floats, Floats, Floats]
"""Of each row: the negative second derivatives by low, by high, by both."""


def _bend(weight: Floats, share: Floats, parts: Interval) -> Bend:
    """Curvature of the mixture with lapses, row by row, cut off where it would turn negative.

    Answers that look like slips bend the objective the wrong way; they count as flat, so that steps always climb.
    """
    low, high, cross = parts.curve_low, parts.curve_high, parts.curve_cross
    up, down = parts.by_high, parts.by_low
    both = (up != 0) & (down != 0)
    area = np.where(both, low * high - cross**2, 1.0)
    paired = (high * down**2 - 2 * cross * down * up + low * up**2) / np.maximum(area, 1e-300)
    single = (down**2 + up**2) / np.maximum(low + high, 1e-300)
    doubt = (1 - share) * np.minimum(1.0, 1.0 / np.maximum((1 - share) * np.where(both, paired, single), 1e-300))
    scale = weight * share
    return scale * (low - doubt * down**2), scale * (high - doubt * up**2), scale * (cross - doubt * down * up)


def _curvature(
    layout: Layout, prior: sparse.csr_array, low: sparse.csr_array, high: sparse.csr_array, bend: Bend
) -> Curvature:
    dense = layout.dense
    on_low, on_high, cross = (sparse.diags_array(each) for each in bend)
    full = (low.T @ (on_low @ low + cross @ high) + high.T @ (on_high @ high + cross @ low) + prior).tocsr()
    lone = full.diagonal()[dense:]
    bridge = full[dense:, :dense]
    schur = full[:dense, :dense].toarray()
    if len(lone):
        schur -= (bridge.T @ sparse.diags_array(1 / lone) @ bridge).toarray()
    factor, info = linalg.lapack.dpotrf(schur, lower=1, overwrite_a=1) if dense else (schur, 0)
    if info:
        raise RatingError("The ranking's curvature is singular.", "Please report this with the session's file.")
    return Curvature(factor, lone, bridge)
