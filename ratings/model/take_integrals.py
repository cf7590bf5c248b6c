"""How likely one listener's ratings are: each take's own part by quadrature, all that takes share by Laplace.

With few ratings a take, Laplace's approximation of all unknowns at once takes noise for quality: a take's part is far
from normal. One number a take is integrated exactly instead, on nodes that follow its posterior (Naylor & Smith 1982).
All ratings count, those too because of which a take was heard again, so that the choice of repeats does no harm
(Rubin 1976).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.design import Design
from ratings.model.evidence import Evidence
from ratings.model.layout import lay_out
from ratings.model.newton import cold_start
from ratings.model.scales import Scales
from ratings.model.truncated import IntervalLikelihood, interval_likelihood, with_lapses

_NODES = np.linspace(-4.5, 4.5, 10)
"""In posterior standard deviations. The trapezoid rule a deviation apart is good to eight digits for a normal curve."""
_STEPS = 12
_SETTLED = 1e-3
"""Newton's decrement."""
_NEAR = 0.5
"""Nodes lie well when means move by no more than this, in deviations, and deviations in logarithms."""
_WIDE = 0.5
"""Standard deviation of a take's part to begin with."""


class _Rows(NamedTuple):
    """Rows of a design at one set of scales, over the shared unknowns; arrays are (rows, ...)."""

    low: Floats
    """(rows, shared) each bound for a standard normal, as far as it is shared."""
    high: Floats
    has_low: Mask
    has_high: Mask
    slope: Floats
    """By how much both bounds fall with the take's part."""
    lapse: Floats
    guess_rate: Floats
    weight: Floats

    def some(self, where: Mask) -> _Rows:
        return _Rows(
            self.low[where], self.high[where], self.has_low[where], self.has_high[where], self.slope[where],
            self.lapse[where], self.guess_rate[where], self.weight[where],
        )  # fmt: skip


@dataclass
class TakeIntegrals:
    """The evidence of one listener's stars, rejects and picks, at any scales; from each it goes on to the next."""

    design: Design
    own: Ints
    """Columns of the takes' own parts."""
    shared: Ints
    """The other columns."""
    variance_of: Ints
    """(own,) the take of each."""
    take_of: Ints
    """(rows,) place in `own`, or -1."""
    at: Floats
    """(shared,) the likeliest so far."""
    centre: Floats
    """(own,) posterior mean and deviation of each take's part."""
    width: Floats
    sums: sparse.csr_array = field(repr=False)
    """(own, rows with a take) adds up what concerns each take."""
    bounds: tuple[Floats, Floats] = field(repr=False)
    """(rows, shared) of each row's lower and upper bound, less its value."""

    @staticmethod
    def of(evidence: Evidence) -> TakeIntegrals:
        """`evidence` has one listener, and no duels."""
        layout = lay_out(evidence, words=False)
        design = Design.of(layout)
        columns = layout.columns.take
        judged = np.flatnonzero(columns >= 0)
        order = np.argsort(columns[judged])
        own = columns[judged][order]
        terms = design.value[:, own].tocoo()
        take_of = np.full(design.value.shape[0], -1, np.int64)
        take_of[terms.row] = terms.col
        rows = np.flatnonzero(take_of >= 0)
        shape = (len(own), len(rows))
        sums = sparse.csr_array((np.ones(len(rows)), (take_of[rows], np.arange(len(rows)))), shape=shape)
        start, shared = cold_start(layout), np.setdiff1d(np.arange(layout.size), own)
        value, low, high = (each.tocsc()[:, shared].toarray() for each in (design.value, design.low, design.high))
        return TakeIntegrals(
            design, own, shared, judged[order], take_of, start[shared], start[own], np.full(len(own), _WIDE), sums,
            (low - value, high - value),
        )  # fmt: skip

    @property
    def state(self) -> tuple[Floats, Floats, Floats]:
        """Where the next climb begins, and where the nodes lie."""
        return self.at, self.centre, self.width

    @state.setter
    def state(self, state: tuple[Floats, Floats, Floats]) -> None:
        self.at, self.centre, self.width = state

    def log_evidence(self, scales: Scales) -> float:
        """log p(ratings | scales), but for a constant."""
        rows, prior = self._rows(scales), self._prior(scales)
        variance = self.design.layout.column_variance(scales)[self.variance_of]
        value, gradient, curvature = self._settled(rows, prior, variance, self.at)
        for _ in range(_STEPS):
            step, factor = _ascent(curvature, gradient)
            decrement = float(gradient @ step)
            if decrement < _SETTLED:
                break
            length, nodes = 1.0, (self.centre, self.width)
            found = self._settled(rows, prior, variance, self.at + step)
            while found[0] < value + 1e-4 * length * decrement and length > 1e-3:
                length /= 2
                self.centre, self.width = nodes  # not those of a point too far away
                found = self._settled(rows, prior, variance, self.at + length * step)
            if found[0] <= value:
                self.centre, self.width = nodes
                break
            self.at = self.at + length * step
            value, gradient, curvature = found
        _, factor = _ascent(curvature, gradient)
        log_det = 2 * float(np.log(np.diag(factor)).sum())
        return value + 0.5 * float(np.linalg.slogdet(prior)[1]) - 0.5 * log_det

    def _rows(self, scales: Scales) -> _Rows:
        design = self.design
        over = 1 / design.noise(scales)
        low, high = self.bounds
        ends = (over * design.has_low)[:, None] * low, (over * design.has_high)[:, None] * high
        return _Rows(*ends, design.has_low, design.has_high, over, *design.lapses(scales), design.weight * ~design.hint)

    def _prior(self, scales: Scales) -> Floats:
        precision = self.design.layout.prior_precision(scales)[0]
        out: Floats = precision.tocsc()[:, self.shared].tocsr()[self.shared].toarray()
        return out

    def _settled(self, rows: _Rows, prior: Floats, variance: Floats, x: Floats) -> tuple[float, Floats, Floats]:
        """As `_at`, on nodes that lie where each take's posterior is."""
        for _ in range(_STEPS):
            centre, width = self.centre, self.width
            found = self._at(rows, prior, variance, x)
            moved = np.maximum(np.abs(np.log(self.width / width)), np.abs(self.centre - centre) / width)
            if moved.max() < _NEAR:
                break
        return found

    def _at(self, rows: _Rows, prior: Floats, variance: Floats, x: Floats) -> tuple[float, Floats, Floats]:
        """Log posterior of the shared unknowns with the takes' parts integrated; its gradient, and minus its Hessian.

        The Hessian by Louis's identity (1982): the mean curvature less the variance of the score.
        """
        between = rows.has_low & rows.has_high
        if np.any(((rows.high - rows.low) @ x)[between] <= 1e-6):  # cut-points out of order
            return -np.inf, x, prior
        heard = self.take_of >= 0
        own, rest = rows.some(heard), rows.some(~heard)
        parts = self.centre[:, None] + self.width[:, None] * _NODES
        found = _derivatives(own, x, parts[self.take_of[heard]])
        joint = self.sums @ found.log_p - 0.5 * parts**2 / variance[:, None]
        top = joint.max(axis=1, keepdims=True)
        share = np.exp(joint - top)
        total = share.sum(axis=1, keepdims=True)
        share /= total
        apart = self.width * (_NODES[1] - _NODES[0])
        value = float((top[:, 0] + np.log(total[:, 0] * apart) - 0.5 * np.log(2 * np.pi * variance)).sum())
        # What the posterior of each part is here is where the nodes are next time.
        mean = (share * parts).sum(axis=1)
        self.centre, self.width = mean, np.sqrt(np.maximum((share * (parts - mean[:, None]) ** 2).sum(axis=1), 1e-6))

        plain = _derivatives(rest, x, np.zeros((int((~heard).sum()), 1)))
        value += float(plain.log_p.sum()) - 0.5 * float(x @ prior @ x)
        of_row = share[self.take_of[heard]]
        averaged = IntervalLikelihood(*((of_row * each).sum(axis=1) for each in found))
        alone = IntervalLikelihood(*(each[:, 0] for each in plain))
        gradient, curvature = -prior @ x, prior.copy()
        for some, each in ((own, averaged), (rest, alone)):
            gradient += some.low.T @ each.by_low + some.high.T @ each.by_high
            cross = some.low.T @ (each.curve_cross[:, None] * some.high)
            curvature += some.low.T @ (each.curve_low[:, None] * some.low) + cross + cross.T
            curvature += some.high.T @ (each.curve_high[:, None] * some.high)
        by_row = found.by_low[:, :, None] * own.low[:, None] + found.by_high[:, :, None] * own.high[:, None]
        scores = (self.sums @ by_row.reshape(len(by_row), -1)).reshape(*share.shape, len(x))
        scores -= np.einsum("tn,tns->ts", share, scores)[:, None]
        scores *= np.sqrt(share)[:, :, None]
        flat = scores.reshape(-1, len(x))
        return value, gradient, curvature - flat.T @ flat


def _derivatives(rows: _Rows, x: Floats, parts: Floats) -> IntervalLikelihood:
    """Of answers, lapses included, their takes' parts being at `parts` (rows, nodes)."""
    fall = rows.slope[:, None] * parts
    low = np.where(rows.has_low[:, None], (rows.low @ x)[:, None] - fall, -np.inf)
    high = np.where(rows.has_high[:, None], (rows.high @ x)[:, None] - fall, np.inf)
    found = interval_likelihood(low, high)
    log_p, no_lapse = with_lapses(found, rows.lapse[:, None], rows.guess_rate[:, None])
    share = rows.weight[:, None] * no_lapse
    doubt = share * (1 - no_lapse)
    return IntervalLikelihood(
        rows.weight[:, None] * log_p,
        share * found.by_low,
        share * found.by_high,
        share * found.curve_low - doubt * found.by_low**2,
        share * found.curve_high - doubt * found.by_high**2,
        share * found.curve_cross - doubt * found.by_low * found.by_high,
    )


def _ascent(curvature: Floats, gradient: Floats) -> tuple[Floats, Floats]:
    """Newton's step, uphill even where the curvature is bent the other way; and the lower Cholesky factor."""
    try:
        factor = linalg.cholesky(curvature, lower=True, check_finite=False)
    except linalg.LinAlgError:
        low = float(linalg.eigvalsh(curvature, subset_by_index=[0, 0])[0])
        factor = linalg.cholesky(curvature + (1e-2 - low) * np.eye(len(curvature)), lower=True)
    return linalg.cho_solve((factor, True), gradient, check_finite=False), factor
