"""The negative Hessian: put together at every step from places that are worked out once, and factored blockwise.

Its columns are ordered so that the shared, dense ones come first; the others form blocks that touch only those.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import linalg, sparse

from ratings.model.arrays import Floats, Ints

_VALUE, _LOW_VALUE, _HIGH_VALUE, _LOW, _HIGH, _CROSS = range(6)
"""Which two of a row's value, lower and upper bound a product is of."""


@dataclass(frozen=True)
class Blocks:
    """Columns in blocks, each of which touches no other block's columns."""

    start: Ints
    """(blocks,) first column of each, from 0."""
    size: Ints
    """(blocks,) columns in each."""

    @staticmethod
    def order(block_of: Ints) -> tuple[Ints, Blocks]:
        """From the block of each column, in any order, -1 for the dense ones: where it goes, and the blocks then."""
        order = np.argsort(block_of, kind="stable")
        places = np.empty(len(block_of), np.int64)
        places[order] = np.arange(len(block_of))
        after = block_of[order][block_of[order] >= 0]
        start = np.flatnonzero(np.diff(after, prepend=-1))
        return places, Blocks(start, np.diff(start, append=len(after)))

    @property
    def entries(self) -> int:
        """Entries of all blocks, one after the other, each (size, size) row by row."""
        return int((self.size**2).sum())

    @cached_property
    def _block_of(self) -> Ints:
        """(columns,) the block of each."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @cached_property
    def _first(self) -> Ints:
        """(blocks,) where each begins among the entries."""
        return np.cumsum(self.size**2) - self.size**2

    @cached_property
    def _row(self) -> Ints:
        """(columns,) where each column's row begins among the entries."""
        block = self._block_of
        return self._first[block] + (np.arange(len(block)) - self.start[block]) * self.size[block]

    @cached_property
    def diagonal(self) -> Ints:
        """(columns,) where each column's own entry is."""
        return self.place(np.arange(len(self._block_of)), np.arange(len(self._block_of)))

    def place(self, row: Ints, column: Ints) -> Ints:
        """Where entries of rows and columns of the same blocks are."""
        return self._row[row] + column - self.start[self._block_of[column]]

    @cached_property
    def _lower(self) -> tuple[Ints, Ints, Ints]:
        """The blocks' lower halves as a sparse array: where its data is among the entries, indices, indptr."""
        column, start = np.arange(len(self._block_of)), self.start[self._block_of]
        width = column - start + 1
        indptr = np.concatenate([[0], np.cumsum(width)])
        within = np.arange(indptr[-1]) - np.repeat(indptr[:-1], width)
        return np.repeat(self._row, width) + within, np.repeat(start, width) + within, indptr

    def inverse_root(self, entries: Floats) -> sparse.csr_array:
        """W with W.T @ W = matrix^-1, block by block, lower triangular; of each symmetric block the lower half is read.

        Raises numpy.linalg.LinAlgError where a block is not positive definite.
        """
        out = entries.copy()
        single = self._first[self.size == 1]
        with np.errstate(invalid="ignore", divide="ignore"):
            out[single] = 1 / np.sqrt(out[single])
        whole = bool(np.all(np.isfinite(out[single])))
        for first, size in zip(self._first[self.size > 1].tolist(), self.size[self.size > 1].tolist(), strict=True):
            block = out[first : first + size * size].reshape(size, size).T  # as LAPACK has it, the upper half
            whole = whole and not linalg.lapack.dpotrf(block, lower=0, overwrite_a=1, clean=0)[1]
            whole = whole and not linalg.lapack.dtrtri(block, lower=0, overwrite_c=1)[1]
        if not whole:
            raise np.linalg.LinAlgError("not positive definite")
        at, indices, indptr = self._lower
        width = len(self._block_of)
        root = sparse.csr_array((out[at], indices, indptr), shape=(width, width), copy=False)
        root = root.copy()  # the pattern is kept
        root.eliminate_zeros()
        return root


@dataclass(frozen=True)
class Hessian:
    """The negative Hessian's lower half, in three parts."""

    shared: Floats
    """(dense, dense) of the dense columns; what is above the diagonal is zero."""
    bridge: sparse.csr_array
    """(size - dense, dense) between the blocks and the dense columns; entries of one place added up or not."""
    blocks: Floats
    """The blocks on the diagonal, one after the other, each (size, size) row by row; lower halves."""


class _Products(NamedTuple):
    """Products of two of a row's coefficients, all of one kind: what the row's curvature is multiplied with."""

    kind: int
    row: Ints
    value: Floats
    left: Ints
    """The columns of the two."""
    right: Ints


@dataclass(frozen=True)
class HessianPattern:
    """Where in the Hessian each product of two of a row's coefficients belongs; arrays are (products,)."""

    dense: int
    blocks: Blocks
    product: Floats
    weight: Ints
    """Which weight it has: kind * rows + row."""
    place: Ints
    """Where it is added: shared part, then blocks, then bridge."""
    indices: Ints
    """Of the bridge, whose products have a place each."""
    indptr: Ints

    @staticmethod
    def of(
        value: sparse.csr_array, low: sparse.csr_array, high: sparse.csr_array, dense: int, blocks: Blocks
    ) -> HessianPattern:
        """For rows that say: value lies between low and high; all (rows, size), bounds with at most one term a row."""
        rows, size = value.shape
        found = _products(value, low, high)
        weight = np.concatenate([each.kind * rows + each.row for each in found])
        product = np.concatenate([each.value for each in found])
        left = np.concatenate([each.left for each in found]).astype(np.int64)
        right = np.concatenate([each.right for each in found]).astype(np.int64)
        left, right = np.maximum(left, right), np.minimum(left, right)

        bridging = (left >= dense) & (right < dense)
        order = np.concatenate([np.flatnonzero(~bridging), _by_row(left, np.flatnonzero(bridging), size)])
        weight, product, left, right = (each[order] for each in (weight, product, left, right))
        inside = len(left) - np.count_nonzero(bridging)
        place = np.empty(len(left), np.int64)
        shared = left[:inside] < dense
        place[:inside] = np.where(shared, left[:inside] * dense + right[:inside], 0)
        alone = np.flatnonzero(~shared)
        place[alone] = dense**2 + blocks.place(left[alone] - dense, right[alone] - dense)
        place[inside:] = dense**2 + blocks.entries + np.arange(len(left) - inside)
        indptr = np.concatenate([[0], np.cumsum(np.bincount(left[inside:] - dense, minlength=size - dense))])
        return HessianPattern(dense, blocks, product, weight, place, right[inside:], indptr)

    def assemble(self, on_low: Floats, on_high: Floats, cross: Floats, prior: sparse.csr_array) -> Hessian:
        """From each row's negative second derivatives by its bounds (rows,); `prior` is diagonal outside the dense."""
        low_value, high_value = on_low + cross, on_high + cross
        weights = np.concatenate([low_value + high_value, low_value, high_value, on_low, on_high, cross])
        dense, blocks = self.dense, self.blocks
        total = dense**2 + blocks.entries + len(self.indices)
        sums = np.bincount(self.place, self.product * weights[self.weight], total).astype(np.float64, copy=False)
        shared, alone, bridge = np.split(sums, [dense**2, dense**2 + blocks.entries])
        shared = shared.reshape(dense, dense) + np.tril(prior[:dense, :dense].toarray())
        alone[blocks.diagonal] += prior.diagonal()[dense:]
        shape = (len(self.indptr) - 1, dense)
        return Hessian(shared, sparse.csr_array((bridge, self.indices, self.indptr), shape=shape), alone)


def _products(value: sparse.csr_array, low: sparse.csr_array, high: sparse.csr_array) -> list[_Products]:
    """All products that second derivatives of functions of (low - value, high - value) are multiplied with."""
    value.sum_duplicates()
    found: list[_Products] = []
    counts = np.diff(value.indptr)
    for count in np.unique(counts[counts > 0]):
        row = np.flatnonzero(counts == count)
        at = value.indptr[row][:, None] + np.arange(count)
        a, b = (at[:, each].ravel() for each in np.tril_indices(count))
        across = np.repeat(row, len(a) // len(row))
        found.append(_Products(_VALUE, across, value.data[a] * value.data[b], value.indices[a], value.indices[b]))
        for kind, bound in ((_LOW_VALUE, low), (_HIGH_VALUE, high)):
            bounded = np.diff(bound.indptr)[row] > 0
            edge = np.repeat(bound.indptr[row[bounded]], count)
            term = at[bounded].ravel()
            product = -bound.data[edge] * value.data[term]
            across = np.repeat(row[bounded], count)
            found.append(_Products(kind, across, product, bound.indices[edge], value.indices[term]))
    for kind, bound in ((_LOW, low), (_HIGH, high)):
        row = np.repeat(np.arange(value.shape[0]), np.diff(bound.indptr))
        found.append(_Products(kind, row, bound.data**2, bound.indices, bound.indices))
    row = np.flatnonzero((np.diff(low.indptr) > 0) & (np.diff(high.indptr) > 0))
    a, b = low.indptr[row], high.indptr[row]
    twice = low.indices[a] == high.indices[b]  # a tie lies between a bound and its negative
    found.append(_Products(_CROSS, row, low.data[a] * high.data[b] * (1 + twice), low.indices[a], high.indices[b]))
    return found


def _by_row(left: Ints, some: Ints, size: int) -> Ints:
    """`some`, in the order of `left`; linear, where a sort would not be."""
    order = sparse.coo_array((some + 1.0, (left[some], np.arange(len(some)))), shape=(size, max(len(some), 1))).tocsr()
    return order.data.astype(np.int64) - 1
