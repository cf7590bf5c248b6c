"""The Gaussian that fits all judgements at once: Newton to the maximum, curvature for the spread (Laplace)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg, sparse
from scipy.special import ndtri

from ratings.model.evidence import REJECT, STAR
from ratings.model.layout import LEVELS, Design, Floats, Ints, Layout
from ratings.model.mean_correction import pull
from ratings.model.scales import RatingError, Scales
from ratings.model.truncated import Interval, interval, with_lapses

_TOLERANCE = 1e-6
"""On the square of the step in posterior standard deviations."""
_MANY = 500, 5000
"""With more dense columns, or columns, factoring the curvature is the work: near the maximum the last one has to do."""
_NEAR = 5e-4
"""How near, on the same square, for each unknown: the curvature is that of a point 2 % of a deviation away."""
_MAX_STEPS = 60
_WIDE = 60
"""Rows of more terms than this are not worth going through pair by pair."""
_AT_ONCE = 2_000_000
"""Pairs looked up at a time."""
_SINGULAR = "The ranking's curvature is singular.", "Please report this with the session's file."
_LOOSE = 1e-2
"""Good enough when steps run out."""


@dataclass(frozen=True)
class Curvature:
    """The negative Hessian at a point, factored: a dense part, and blocks that touch only the dense columns."""

    factor: Floats
    """Lower Cholesky factor of the Schur complement, (dense, dense)."""
    root: sparse.csr_array
    """(size - dense, size - dense) block by block; root.T @ root is the inverse of the eliminated columns' part."""
    bridge: sparse.csr_array
    """(size - dense, dense) what the eliminated columns share with the dense ones."""

    def solve(self, right: Floats) -> Floats:
        """H^-1 right, for a vector (size,)."""
        dense = self.factor.shape[0]
        top, bottom = right[:dense], right[dense:]
        x = top - self.bridge.T @ self.alone(bottom)
        if dense:
            x = linalg.cho_solve((self.factor, True), x, check_finite=False)
        return np.concatenate([x, self.alone(bottom - self.bridge @ x)])

    def alone(self, right: Floats) -> Floats:
        """The inverse of the eliminated columns' part, times `right`."""
        out: Floats = self.root.T @ (self.root @ right)
        return out

    def draw(self, normal: Floats) -> Floats:
        """Deviations of the dense columns from the mean, (dense, draws), from as many standard normals."""
        if not self.factor.size:
            return normal
        out: Floats = linalg.solve_triangular(self.factor, normal, lower=True, trans="T", check_finite=False)
        return out

    @property
    def log_det(self) -> float:
        """log |H|."""
        return float(2 * np.log(np.diag(self.factor)).sum() - 2 * np.log(self.root.diagonal()).sum())

    def covariance(self) -> Floats:
        """(dense, dense) covariance of the dense columns."""
        if not self.factor.size:
            return np.zeros((0, 0))
        inverse, info = linalg.lapack.dpotri(self.factor, lower=1)
        if info:
            raise RatingError("The ranking's curvature is singular.")
        lower: Floats = np.tril(inverse)
        full: Floats = lower + lower.T
        full[np.diag_indices_from(full)] /= 2
        return full


@dataclass(frozen=True)
class Bounds:
    """Each judgement as an interval for a standard normal: bounds linear in the unknowns."""

    low: sparse.csr_array
    """(rows, size); all zero where the interval is open below."""
    high: sparse.csr_array
    design: Design
    noise: Floats
    """(rows,)"""
    lapse: Floats
    chance: Floats

    def at(self, x: Floats) -> tuple[Floats, Floats]:
        """Lower and upper bounds (rows,)."""
        low = np.where(self.design.has_low, self.low @ x, -np.inf)
        return low, np.where(self.design.has_high, self.high @ x, np.inf)


@dataclass(frozen=True)
class Mode:
    """The maximum of the posterior, and the Gaussian around it."""

    layout: Layout
    scales: Scales
    x: Floats
    """(size,)"""
    bounds: Bounds
    curvature: Curvature
    log_evidence: float
    """Laplace's approximation to log p(judgements | scales)."""
    steps: int

    @cached_property
    def covariance(self) -> Floats:
        """(dense, dense) of the dense columns."""
        return self.curvature.covariance()

    @cached_property
    def mean(self) -> Floats:
        """(size,) the mean: the maximum, moved by the skewness to first order (Rue, Martino & Chopin 2009, sec. 3.2.3).

        Without this, takes that only ever won would be pulled towards the middle by a quarter of their distance.
        """
        low, high = self.bounds.at(self.x)
        parts = interval(low, high)
        design = self.bounds.design
        share = design.weight * with_lapses(parts, self.bounds.lapse, self.bounds.chance)[1]
        on_low, on_high = pull(parts, low, high, self._spread())
        push = self.bounds.low.T @ (share * on_low) + self.bounds.high.T @ (share * on_high)
        out: Floats = self.x - self.curvature.solve(push)
        return out

    def _spread(self) -> tuple[Floats, Floats, Floats]:
        """(rows,) variance of each judgement's lower bound, of its upper one, and their covariance."""
        bounds, design, covariance = self.bounds, self.bounds.design, self.covariance
        through, left = self.through(design.value)
        of_value = self._squares(through, left)
        row = np.repeat(np.arange(len(of_value)), np.diff(through.indptr))

        def with_value(edge: sparse.csr_array) -> tuple[Ints, Floats, Floats, Floats]:
            """Column of the bound (dense), its coefficient, its variance, its covariance with the value."""
            column, sign = np.zeros(len(of_value), np.int64), np.zeros(len(of_value))
            there = np.diff(edge.indptr) > 0
            column[there], sign[there] = edge.indices, edge.data
            both = np.bincount(row, through.data * covariance[through.indices, column[row]], len(of_value))
            return column, sign, sign**2 * covariance[column, column], sign * both

        low, low_sign, var_low, low_value = with_value(design.low)
        high, high_sign, var_high, high_value = with_value(design.high)
        between = low_sign * high_sign * covariance[low, high]
        over = bounds.noise**-2
        return (
            over * design.has_low * (of_value + var_low - 2 * low_value),
            over * design.has_high * (of_value + var_high - 2 * high_value),
            over * (design.has_low & design.has_high) * (of_value + between - low_value - high_value),
        )

    def through(self, rows: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Linear functions (rows, size), over the dense columns once the others are out, and what stays of those."""
        dense = self.layout.dense
        left = (rows[:, dense:] @ self.curvature.root.T).tocsr()
        return (rows[:, :dense] - left @ (self.curvature.root @ self.curvature.bridge)).tocsr(), left

    def variances(self, rows: sparse.csr_array) -> Floats:
        """(rows,) variances of linear functions of the unknowns, without a matrix as wide as the pool."""
        return self._squares(*self.through(rows))

    def _squares(self, through: sparse.csr_array, left: sparse.csr_array) -> Floats:
        """(rows,) variances, from what `through` gives."""
        out: Floats = np.asarray(left.multiply(left).sum(axis=1)).ravel().astype(np.float64)
        through.sum_duplicates()
        counts = np.diff(through.indptr)
        for count in np.unique(counts[counts > 0]):
            some = np.flatnonzero(counts == count)
            if count > _WIDE:
                block = through[some].toarray()
                out[some] += np.einsum("ij,ij->i", block @ self.covariance, block)
                continue
            at = through.indptr[some][:, None] + np.arange(count)
            columns, values = through.indices[at], through.data[at]
            for part in np.array_split(np.arange(len(some)), 1 + len(some) * int(count) ** 2 // _AT_ONCE):
                pairs = self.covariance[columns[part][:, :, None], columns[part][:, None, :]]
                out[some[part]] += np.einsum("ri,rij,rj->r", values[part], pairs, values[part])
        return out


def find_mode(layout: Layout, scales: Scales, start: Floats | None = None) -> Mode:
    """Newton with step halving. Without lapses the objective is strictly concave: one maximum; with few, nearly so.

    `start` is a point from an earlier fit of the same layout, used if it is feasible.
    """
    prior, prior_log_det = layout.prior_precision(scales)
    bounds = _bounds(layout.design, scales)
    weight, lapse, chance = layout.design.weight, bounds.lapse, bounds.chance

    def objective(x: Floats) -> float:
        low, high = bounds.at(x)
        if np.any(high - low <= 1e-6):
            return -np.inf
        return float(weight @ with_lapses(interval(low, high), lapse, chance)[0] - 0.5 * x @ (prior @ x))

    x = cold_start(layout) if start is None or len(start) != layout.size else start
    value = objective(x)
    if not np.isfinite(value):
        x = cold_start(layout)
        value = objective(x)
    near = _NEAR * len(x) if layout.dense > _MANY[0] or layout.size > _MANY[1] else 0.0
    tolerance = max(_TOLERANCE, _NEAR * near)
    gain, moved, length, steps = np.inf, 0.0, 1.0, 0
    for steps in range(1, _MAX_STEPS + 1):  # noqa: B007 -- reported below
        parts = interval(*bounds.at(x))
        share = with_lapses(parts, lapse, chance)[1]
        slope = (
            bounds.low.T @ (weight * share * parts.by_low)
            + bounds.high.T @ (weight * share * parts.by_high)
            - prior @ x
        )
        if fresh := gain > near or length < 1.0:
            moved = 0.0
            curvature = _curvature(layout, prior, bounds, _bend(weight, share, parts))
        move = curvature.solve(slope)
        gain = float(slope @ move)
        if gain < tolerance:
            break
        length = 1.0
        while (new := objective(x + length * move)) < value + 1e-4 * length * gain and length > 1e-6:
            length /= 2
        if length <= 1e-6:
            break
        while not fresh and length >= 1.0 and (farther := objective(x + 2 * length * move)) > new:
            length, new = 2 * length, farther
        x, value, moved = x + length * move, new, moved + gain
    else:
        if gain > _LOOSE:
            raise RatingError("The ranking did not settle.", "Please report this with the session's file.")
    if near and moved > near:
        parts = interval(*bounds.at(x))
        share = with_lapses(parts, lapse, chance)[1]
        curvature = _curvature(layout, prior, bounds, _bend(weight, share, parts))
    return Mode(layout, scales, x, bounds, curvature, value + 0.5 * (prior_log_det - curvature.log_det), steps)


def _bounds(design: Design, scales: Scales) -> Bounds:
    noise = design.noise(scales)
    over = 1 / noise
    low = sparse.diags_array(over * design.has_low) @ (design.low - design.value)
    high = sparse.diags_array(over * design.has_high) @ (design.high - design.value)
    return Bounds(low.tocsr(), high.tocsr(), design, noise, *design.lapses(scales))


def cold_start(layout: Layout) -> Floats:
    """Each listener's cut-points where the shares of their first-heard stars put them, takes near what was said."""
    x = np.zeros(layout.size)
    evidence = layout.evidence
    x[layout.reject[layout.reject >= 0]] = -0.5
    x[layout.tie[layout.tie >= 0]] = 0.25
    stars = evidence.kind == STAR
    said = np.where(evidence.kind == REJECT, -1.0, 0.0)
    for who in np.flatnonzero(layout.cut >= 0):
        mine = stars & (evidence.listener == who)
        given = np.bincount(evidence.outcome[mine & evidence.first], minlength=LEVELS + 1)[1:] + 0.5
        share = np.cumsum(given)[:-1] / given.sum()
        cuts = 1.2 * ndtri(share)
        x[layout.cut[who] : layout.cut[who] + LEVELS - 1] = cuts
        middles = np.convolve(np.concatenate([cuts[:1] - 1, cuts, cuts[-1:] + 1]), [0.5, 0.5], "valid")
        said[mine] = middles[evidence.outcome[mine] - 1]
    alone = np.isin(evidence.kind, (STAR, REJECT))
    takes = evidence.take[alone]
    count = len(layout.own)
    there = layout.own >= 0
    mean = np.bincount(takes, said[alone], count) / (np.bincount(takes, minlength=count) + 1.0)
    x[layout.own[there]] = mean[there]
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


def _curvature(layout: Layout, prior: sparse.csr_array, bounds: Bounds, bend: Bend) -> Curvature:
    over = bounds.noise**-2
    parts = layout.assembly.at(over * bend[0], over * bend[1], over * bend[2], prior)
    schur = parts.shared
    try:
        root = layout.blocks.inverse_root(parts.alone)
    except np.linalg.LinAlgError as error:
        raise RatingError(*_SINGULAR) from error
    if layout.size > layout.dense:
        across = root @ parts.bridge
        schur -= (across.T @ across).toarray()
    factor, info = linalg.lapack.dpotrf(schur, lower=1) if layout.dense else (schur, 0)
    if info:
        raise RatingError(*_SINGULAR)
    return Curvature(factor, root, parts.bridge)
