"""Unknowns that touch few others: which can be eliminated together, and the factor of that part of the curvature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

FEW = 600
"""With no more prompts and columns of takes that touch others', all of those are dense."""
BLOCK = 150
"""Columns that are eliminated together, at most."""
MOST = 1500
"""Dense columns of prompts and takes, at most: their cost is cubic, seconds here."""
STRETCHES = 240
"""Stretches whose strictness is told apart, at most."""


@dataclass(frozen=True)
class Blocks:
    """Columns that come in runs, each run touching no other run's columns (only the shared, dense ones)."""

    start: Ints
    """(runs,) first column of each, from 0."""
    size: Ints
    """(runs,) columns in each."""

    @staticmethod
    def order(runs: Ints) -> tuple[Ints, Blocks]:
        """From the run of each column, in any order, -1 for the dense ones: where it goes, and the runs then."""
        order = np.argsort(runs, kind="stable")
        places = np.empty(len(runs), np.int64)
        places[order] = np.arange(len(runs))
        after = runs[order][runs[order] >= 0]
        start = np.flatnonzero(np.diff(after, prepend=-1))
        return places, Blocks(start, np.diff(start, append=len(after)))

    @property
    def entries(self) -> int:
        """Entries of all blocks, one after the other, each (size, size) row by row."""
        return int((self.size**2).sum())

    @cached_property
    def _run(self) -> Ints:
        """(columns,) the run of each."""
        return np.repeat(np.arange(len(self.size)), self.size)

    @cached_property
    def _first(self) -> Ints:
        """(runs,) where each block begins among the entries."""
        return np.cumsum(self.size**2) - self.size**2

    @cached_property
    def _row(self) -> Ints:
        """(columns,) where each column's row begins among the entries."""
        return self._first[self._run] + (np.arange(len(self._run)) - self.start[self._run]) * self.size[self._run]

    @cached_property
    def diagonal(self) -> Ints:
        """(columns,) where each column's own entry is."""
        return self._row + np.arange(len(self._run)) - self.start[self._run]

    def place(self, row: Ints, column: Ints) -> Ints:
        """Where entries of rows and columns of the same runs are."""
        return self._row[row] + column - self.start[self._run[column]]

    @cached_property
    def _lower(self) -> tuple[Ints, Ints, Ints]:
        """The blocks' lower halves as a sparse array: where its data is among the entries, indices, indptr."""
        column = np.arange(len(self._run))
        width = column - self.start[self._run] + 1
        indptr = np.concatenate([[0], np.cumsum(width)])
        within = np.arange(indptr[-1]) - np.repeat(indptr[:-1], width)
        return np.repeat(self._row, width) + within, np.repeat(self.start[self._run], width) + within, indptr

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
        root = sparse.csr_array((out[at], indices, indptr), shape=(len(self._run), len(self._run)), copy=False)
        root = root.copy()  # the pattern is kept
        root.eliminate_zeros()
        return root


def affordable(columns_of_take: Ints, columns_of_prompt: Ints, prompt_of: Ints, ties: tuple[Ints, Ints]) -> Mask:
    """(duels,) which duels can be taken in without more than `MOST` takes' and prompts' columns becoming dense.

    All of them, but in libraries where duels tie thousands of takes together: there, of the duels that do so, the
    latest ones (`ties` is in order of time). Arguments are those of `eliminated`.
    """
    takes = len(columns_of_take)
    member = np.flatnonzero((columns_of_take > 0) & (prompt_of >= 0))
    among_takes = _Forest(columns_of_take, columns_of_take)
    among_all = _Forest(
        np.concatenate([columns_of_take, columns_of_prompt]),
        np.concatenate([np.zeros(takes, np.int64), columns_of_prompt]),
    )
    for take, prompt in zip(member.tolist(), (takes + prompt_of[member]).tolist(), strict=True):
        among_all.join(take, prompt)
    counted = np.zeros(len(ties[0]), np.bool_)
    for at, a, b in zip(range(len(counted) - 1, -1, -1), ties[0][::-1].tolist(), ties[1][::-1].tolist(), strict=True):
        cost = among_takes.cost(a, b) + among_all.cost(a, b)
        if not cost or among_takes.dense + among_all.dense + cost <= MOST:
            counted[at] = True
            among_takes.join(a, b)
            among_all.join(a, b)
    return counted


class _Forest:
    """Trees of nodes that are eliminated together, and how many columns are dense because trees grew too large."""

    def __init__(self, size: Ints, price: Ints) -> None:
        self._parent = list(range(len(size)))
        self._size, self._price = size.tolist(), price.tolist()
        self.dense = 0

    def root(self, node: int) -> int:
        while self._parent[node] != node:
            self._parent[node] = node = self._parent[self._parent[node]]
        return node

    def cost(self, a: int, b: int) -> int:
        """Columns that become dense by joining the trees of `a` and `b`."""
        a, b = self.root(a), self.root(b)
        if a == b or self._size[a] + self._size[b] <= BLOCK:
            return 0
        return sum(self._price[each] for each in (a, b) if self._size[each] <= BLOCK)

    def join(self, a: int, b: int) -> None:
        self.dense += self.cost(a, b)
        a, b = self.root(a), self.root(b)
        if a != b:
            small, large = sorted((a, b), key=lambda each: int(self._size[each]))
            self._parent[small] = large
            self._size[large] += self._size[small]
            self._price[large] += self._price[small]


Runs = tuple[Ints, Ints]
"""Of takes (takes,) and of prompts (prompts,)."""


def eliminated(columns_of_take: Ints, columns_of_prompt: Ints, prompt_of: Ints, ties: tuple[Ints, Ints]) -> Runs:
    """The run in which each take and each prompt is eliminated; -1 for the dense ones.

    Arguments: how many columns each take has (its own part and listeners' opinions of it) and each prompt (one or
    none); the prompt of each take, -1 for none with a column; the two takes of each duel.
    In a small history the prompts are dense, and so are the takes whose columns touch others'.
    """
    takes, prompts = len(columns_of_take), len(columns_of_prompt)
    columns = np.concatenate([columns_of_take, columns_of_prompt])
    coupled = columns_of_take > 1
    coupled[np.concatenate(ties)] = True
    if columns_of_take[coupled].sum() + columns_of_prompt.sum() <= FEW:
        return np.where(coupled, -1, np.arange(takes)), np.full(prompts, -1, np.int64)
    member = np.flatnonzero((columns_of_take > 0) & (prompt_of >= 0))
    tied = _components(takes, *ties)
    family = _components(
        takes + prompts, np.concatenate([ties[0], member]), np.concatenate([ties[1], takes + prompt_of[member]])
    )
    small = np.bincount(family, columns)[family] <= BLOCK
    bound = np.bincount(tied, columns_of_take)[tied] <= BLOCK
    of_take = np.where(small[:takes], family[:takes], np.where(bound, takes + prompts + tied, -1))
    return of_take, np.where(small[takes:], family[takes:], -1)


def _components(count: int, a: Ints, b: Ints) -> Ints:
    """(count,) for each node of a graph with edges a[i] - b[i] the number of its component."""
    edges = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    labels: Ints = csgraph.connected_components(edges, directed=False)[1].astype(np.int64)
    return labels


def strictness_groups(sitting_of: Sequence[tuple[int, str]], judged: NDArray[np.bool_]) -> Ints:
    """(stretches,) which strictness each stretch has: its own, or in a long history its sitting's; -1 for none.

    `sitting_of` names each stretch's (listener, sitting), in order of time. The latest sittings keep theirs apart;
    when there are more sittings than can be told apart, some next to each other (of one listener) share one.
    """
    sittings: dict[tuple[int, str], list[int]] = {}
    for i in np.flatnonzero(judged).tolist():
        sittings.setdefault(sitting_of[i], []).append(i)
    out = np.full(len(sitting_of), -1, np.int64)
    spare, number = STRETCHES - len(sittings), 0
    coarse: dict[int, list[list[int]]] = {}
    for sitting, members in reversed(sittings.items()):
        spare -= len(members) - 1
        if spare >= 0:
            out[members] = number + np.arange(len(members))
            number += len(members)
        else:
            coarse.setdefault(sitting[0], []).append(members)
    together = -(-len(sittings) // STRETCHES)
    for each in coarse.values():
        for place, members in enumerate(each):
            out[members] = number + place // together
        number += -(-len(each) // together)
    return out
