"""The curvature of what was said, put together at every step from places that are worked out once."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ratings.model.elimination import Blocks

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_VALUE, _LOW_VALUE, _HIGH_VALUE, _LOW, _HIGH, _CROSS = range(6)
"""Which two of a row's value, lower and upper bound a product is of."""


@dataclass(frozen=True)
class Parts:
    """The negative Hessian's lower half, in three parts."""

    shared: Floats
    """(dense, dense) of the dense columns; what is above the diagonal is zero."""
    bridge: sparse.csr_array
    """(size - dense, dense), entries of one place added up or not."""
    alone: Floats
    """The blocks on the diagonal, one after the other, each (size, size) row by row; lower halves."""


@dataclass(frozen=True)
class Assembly:
    """Where in the Hessian each product of two of a row's coefficients belongs."""

    dense: int
    blocks: Blocks
    coefficient: Floats
    """(products,)"""
    weight: Ints
    """(products,) which weight it has: kind * rows + row."""
    place: Ints
    """(products,) where it is added: shared part, then blocks, then bridge."""
    indices: Ints
    """Of the bridge, whose products have a place each."""
    indptr: Ints

    @staticmethod
    def of(
        value: sparse.csr_array, low: sparse.csr_array, high: sparse.csr_array, dense: int, blocks: Blocks
    ) -> Assembly:
        """For rows that say: value lies between low and high; all (rows, size), bounds with at most one term a row."""
        rows, size = value.shape
        value.sum_duplicates()
        kinds: list[tuple[int, Ints, Floats, Ints, Ints]] = []
        counts = np.diff(value.indptr)
        for count in np.unique(counts[counts > 0]):
            row = np.flatnonzero(counts == count)
            at = value.indptr[row][:, None] + np.arange(count)
            a, b = (at[:, each] for each in np.tril_indices(count))
            across = np.repeat(row, a.shape[1])
            product = value.data[a] * value.data[b]
            kinds.append((_VALUE, across, product.ravel(), value.indices[a].ravel(), value.indices[b].ravel()))
            for kind, bound in ((_LOW_VALUE, low), (_HIGH_VALUE, high)):
                there = np.diff(bound.indptr)[row] > 0
                entry = np.repeat(bound.indptr[row[there]], count)
                values = at[there].ravel()
                product = -bound.data[entry] * value.data[values]
                kinds.append((kind, np.repeat(row[there], count), product, bound.indices[entry], value.indices[values]))
        for kind, bound in ((_LOW, low), (_HIGH, high)):
            row = np.repeat(np.arange(rows), np.diff(bound.indptr))
            kinds.append((kind, row, bound.data**2, bound.indices, bound.indices))
        row = np.flatnonzero((np.diff(low.indptr) > 0) & (np.diff(high.indptr) > 0))
        a, b = low.indptr[row], high.indptr[row]
        same = low.indices[a] == high.indices[b]  # a tie lies between a bound and its negative
        kinds.append((_CROSS, row, low.data[a] * high.data[b] * (1 + same), low.indices[a], high.indices[b]))

        weight = np.concatenate([kind * rows + row for kind, row, *_ in kinds])
        coefficient = np.concatenate([product for _, _, product, _, _ in kinds])
        left, right = (np.concatenate([each[i] for each in kinds]).astype(np.int64) for i in (3, 4))
        left, right = np.maximum(left, right), np.minimum(left, right)
        bridging = (left >= dense) & (right < dense)
        order = np.concatenate([np.flatnonzero(~bridging), _by_row(left, np.flatnonzero(bridging), size)])
        weight, coefficient, left, right = (each[order] for each in (weight, coefficient, left, right))
        inside = len(left) - np.count_nonzero(bridging)
        place = np.empty(len(left), np.int64)
        shared = left[:inside] < dense
        place[:inside] = np.where(shared, left[:inside] * dense + right[:inside], 0)
        alone = np.flatnonzero(~shared)
        place[alone] = dense**2 + blocks.place(left[alone] - dense, right[alone] - dense)
        place[inside:] = dense**2 + blocks.entries + np.arange(len(left) - inside)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(left[inside:] - dense, minlength=size - dense))])
        return Assembly(dense, blocks, coefficient, weight, place, right[inside:], indptr)

    def at(self, on_low: Floats, on_high: Floats, cross: Floats, prior: sparse.csr_array) -> Parts:
        """From each row's negative second derivatives by its bounds (rows,); `prior` is diagonal outside the dense."""
        low_value, high_value = on_low + cross, on_high + cross
        weights = np.concatenate([low_value + high_value, low_value, high_value, on_low, on_high, cross])
        dense, blocks = self.dense, self.blocks
        total = dense**2 + blocks.entries + len(self.indices)
        sums = np.bincount(self.place, self.coefficient * weights[self.weight], total).astype(np.float64, copy=False)
        shared, alone, bridge = np.split(sums, [dense**2, dense**2 + blocks.entries])
        shared = shared.reshape(dense, dense) + np.tril(prior[:dense, :dense].toarray())
        alone[blocks.diagonal] += prior.diagonal()[dense:]
        shape = (len(self.indptr) - 1, dense)
        return Parts(shared, sparse.csr_array((bridge, self.indices, self.indptr), shape=shape), alone)


def _by_row(left: Ints, some: Ints, size: int) -> Ints:
    """`some`, in the order of `left`; linear, where a sort would not be."""
    order = sparse.coo_array((some + 1.0, (left[some], np.arange(len(some)))), shape=(size, max(len(some), 1))).tocsr()
    out: Ints = order.data.astype(np.int64) - 1
    return out
