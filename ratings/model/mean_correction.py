"""From the most likely point to the mean: answers that only say "over" or "under" make the posterior lopsided."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ratings.model.layout import Floats
from ratings.model.truncated import Interval

Rows = sparse.csr_array


def pull(parts: Interval, low: Floats, high: Floats, spread: tuple[Floats, Floats, Floats]) -> tuple[Floats, Floats]:
    """Half the gradient, by (low, high), of the trace of each row's curvature times its bounds' covariance.

    `spread` is the variance of low, of high, and their covariance, all (rows,). The third derivatives of
    log(Phi(high) - Phi(low)) follow from those of A = phi(low)/P and B = phi(high)/P.
    """
    a, b = -parts.by_low, parts.by_high
    low, high = np.where(a > 0, low, 0.0), np.where(b > 0, high, 0.0)
    a_low, a_high, b_low, b_high = parts.curve_low, -a * b, a * b, -parts.curve_high
    var_low, var_high, both = spread
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
