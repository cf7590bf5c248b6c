"""The Gaussian around the likeliest point (Laplace's approximation), and its mean moved by what that leaves out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from ratings.errors import RatingError
from ratings.model.arrays import Floats, Ints
from ratings.model.design import Design
from ratings.model.layout import Layout
from ratings.model.scales import Scales
from ratings.model.truncated import IntervalLikelihood, interval_likelihood, skewness_gradient, with_lapses

_WIDE = 60
"""Rows of more terms than this are not worth going through pair by pair."""
_AT_ONCE = 2_000_000
"""Pairs looked up at a time."""
SINGULAR = "The ranking's curvature is singular.", "Please report this with the session's file."


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
        x = top - self.bridge.T @ self._solve_blocks(bottom)
        if dense:
            x = linalg.cho_solve((self.factor, True), x, check_finite=False)
        return np.concatenate([x, self._solve_blocks(bottom - self.bridge @ x)])

    def _solve_blocks(self, right: Floats) -> Floats:
        return self.root.T @ (self.root @ right)

    def draw(self, normal: Floats) -> Floats:
        """Deviations of the dense columns from the mean, (dense, draws), from as many standard normals."""
        if not self.factor.size:
            return normal
        return linalg.solve_triangular(self.factor, normal, lower=True, trans="T", check_finite=False)

    @property
    def log_det(self) -> float:
        return float(2 * np.log(np.diag(self.factor)).sum() - 2 * np.log(self.root.diagonal()).sum())

    def covariance(self) -> Floats:
        """(dense, dense) covariance of the dense columns."""
        if not self.factor.size:
            return np.zeros((0, 0))
        inverse, info = linalg.lapack.dpotri(self.factor, lower=1)
        if info:
            raise RatingError(*SINGULAR)
        return np.tril(inverse) + np.tril(inverse, -1).T


@dataclass(frozen=True)
class Bounds:
    """Each row of a design as an interval for a standard normal: bounds linear in the unknowns."""

    low: sparse.csr_array
    """(rows, size); all zero where the interval is open below."""
    high: sparse.csr_array
    design: Design
    noise: Floats
    """(rows,)"""
    lapse: Floats
    guess_rate: Floats

    @staticmethod
    def of(design: Design, scales: Scales) -> Bounds:
        """With the noise levels of `scales`."""
        noise = design.noise(scales)
        over = 1 / noise
        low = sparse.diags_array(over * design.has_low) @ (design.low - design.value)
        high = sparse.diags_array(over * design.has_high) @ (design.high - design.value)
        return Bounds(low.tocsr(), high.tocsr(), design, noise, *design.lapses(scales))

    def at(self, x: Floats) -> tuple[Floats, Floats]:
        """Lower and upper bounds (rows,)."""
        low = np.where(self.design.has_low, self.low @ x, -np.inf)
        return low, np.where(self.design.has_high, self.high @ x, np.inf)

    def likelihood(self, x: Floats) -> tuple[IntervalLikelihood, Floats]:
        """The rows' likelihood, and (rows,) the probability that each answer was no lapse."""
        parts = interval_likelihood(*self.at(x))
        return parts, with_lapses(parts, self.lapse, self.guess_rate)[1]

    def gradient(self, by_low: Floats, by_high: Floats) -> Floats:
        """(size,) from derivatives by each row's bounds (rows,)."""
        return self.low.T @ by_low + self.high.T @ by_high


class _Edge(NamedTuple):
    """A bound's threshold, which is a dense column of its own; zero where it is open."""

    column: Ints
    sign: Floats
    variance: Floats
    with_value: Floats
    """Its covariance with the row's value."""


@dataclass(frozen=True)
class LaplaceFit:
    """The maximum of the posterior, and the Gaussian around it."""

    design: Design
    scales: Scales
    mode: Floats
    """(size,)"""
    bounds: Bounds
    curvature: Curvature
    log_evidence: float
    """Laplace's approximation to log p(judgements | scales) (Tierney & Kadane 1986)."""

    @property
    def layout(self) -> Layout:
        return self.design.layout

    @cached_property
    def covariance(self) -> Floats:
        """(dense, dense) of the dense columns."""
        return self.curvature.covariance()

    @cached_property
    def mean(self) -> Floats:
        """(size,) the mean: the mode, moved by the skewness to first order (Rue, Martino & Chopin 2009, sec. 3.2.3).

        Without this, takes that only ever won would be pulled towards the middle by a quarter of their distance.
        """
        parts, no_lapse = self.bounds.likelihood(self.mode)
        share = self.design.weight * no_lapse
        on_low, on_high = skewness_gradient(parts, *self.bounds.at(self.mode), self._bound_covariance())
        return self.mode - self.curvature.solve(self.bounds.gradient(share * on_low, share * on_high))

    def _bound_covariance(self) -> tuple[Floats, Floats, Floats]:
        """(rows,) variance of each judgement's lower bound, of its upper one, and their covariance."""
        design, covariance = self.design, self.covariance
        through, left = self.project(design.value)
        of_value = self._variances(through, left)
        row = np.repeat(np.arange(len(of_value)), np.diff(through.indptr))

        def edge(bound: sparse.csr_array) -> _Edge:
            column, sign = np.zeros(len(of_value), np.int64), np.zeros(len(of_value))
            closed = np.diff(bound.indptr) > 0
            column[closed], sign[closed] = bound.indices, bound.data
            both = np.bincount(row, through.data * covariance[through.indices, column[row]], len(of_value))
            return _Edge(column, sign, sign**2 * covariance[column, column], sign * both)

        low, high = edge(design.low), edge(design.high)
        between = low.sign * high.sign * covariance[low.column, high.column]
        over = self.bounds.noise**-2
        return (
            over * design.has_low * (of_value + low.variance - 2 * low.with_value),
            over * design.has_high * (of_value + high.variance - 2 * high.with_value),
            over * (design.has_low & design.has_high) * (of_value + between - low.with_value - high.with_value),
        )

    def project(self, rows: sparse.csr_array) -> tuple[sparse.csr_array, sparse.csr_array]:
        """Linear functions (rows, size), over the dense columns once the others are out, and what stays of those."""
        dense = self.layout.dense
        left = (rows[:, dense:] @ self.curvature.root.T).tocsr()
        return (rows[:, :dense] - left @ (self.curvature.root @ self.curvature.bridge)).tocsr(), left

    def variances(self, rows: sparse.csr_array) -> Floats:
        """(rows,) variances of linear functions of the unknowns, without a matrix as wide as the pool."""
        return self._variances(*self.project(rows))

    def _variances(self, through: sparse.csr_array, left: sparse.csr_array) -> Floats:
        """(rows,) variances, from what `project` gives."""
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
