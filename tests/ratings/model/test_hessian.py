"""The curvature that is put together from places equals the product of the matrices."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from ratings.model.hessian import Blocks, HessianPattern


def test_parts_are_those_of_the_product() -> None:
    """Columns 0 to 3 are dense, two of them bounds; 4 to 6 and 7 to 8 are blocks. Rows of every kind, one a tie."""
    value = np.array([
        [0, 0, 1, 0, 1, 0, 1, 0, 0],
        [0, 0, 0, 1, 0, 1, 1, 0, 0],
        [0, 0, 1, 0, 0, 0, 0, 1, 0],
        [0, 0, -0.5, 1, 0, 0, 0, 1, 1],
        [0, 0, 0, 0, 0, 0, 0, 0, 0],
    ])  # fmt: skip
    low, high = np.zeros(value.shape), np.zeros(value.shape)
    low[[0, 1, 3], [0, 1, 0]] = 1, 1, -1
    high[[0, 2, 3, 4], [1, 0, 0, 1]] = 1, 1, 1, 1
    rng = np.random.default_rng(4)
    on_low, on_high, cross = rng.normal(size=(3, 5))
    on_low[~low.any(axis=1)] = cross[~low.any(axis=1) | ~high.any(axis=1)] = 0
    on_high[~high.any(axis=1)] = 0
    prior = np.diag(rng.uniform(1, 2, 9))
    prior[0, 2] = prior[2, 0] = 0.3

    bounds = [np.where(edge.any(axis=1)[:, None], edge - value, 0) for edge in (low, high)]
    stacked = np.concatenate(bounds)
    between = np.block([[np.diag(on_low), np.diag(cross)], [np.diag(cross), np.diag(on_high)]])
    whole = stacked.T @ between @ stacked + prior

    blocks = Blocks(np.array([0, 3]), np.array([3, 2]))
    pattern = HessianPattern.of(*(sparse.csr_array(each) for each in (value, low, high)), 4, blocks)
    for _ in range(2):
        parts = pattern.assemble(on_low, on_high, cross, sparse.csr_array(prior))
        assert parts.shared == pytest.approx(np.tril(whole[:4, :4]), abs=1e-14)
        assert parts.bridge.toarray() == pytest.approx(whole[4:, :4], abs=1e-14)
        first, second = whole[4:7, 4:7], whole[7:, 7:]
        assert parts.blocks == pytest.approx(
            np.concatenate([np.tril(first).ravel(), np.tril(second).ravel()]), abs=1e-14
        )
