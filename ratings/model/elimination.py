"""Which unknowns are eliminated block by block, and which stay dense: the size of the dense part decides the cost."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from ratings.model.arrays import Ints, Mask

FEW = 600
"""With no more prompts and columns of takes that touch others', all of those are dense."""
BLOCK = 150
"""Columns that are eliminated together, at most."""
MOST = 2800
"""Dense columns of prompts and takes, at most: their cost is cubic, two seconds here."""
MOST_TIME_BINS = 240
"""Time bins whose strictness is told apart, at most."""


@dataclass(frozen=True)
class Elimination:
    """The block in which each take and each prompt is eliminated; -1 for the dense ones."""

    of_take: Ints
    """(takes,)"""
    of_prompt: Ints
    """(prompts,)"""


@dataclass(frozen=True)
class Coupling:
    """What ties unknowns together: interactions go with their take, takes with their prompt, duels with both takes."""

    take_columns: Ints
    """(takes,) how many columns each has: its own effect and the interactions with it."""
    prompt_columns: Ints
    """(prompts,) one or none."""
    prompt_of: Ints
    """(takes,) -1 for none with a column."""
    duels: tuple[Ints, Ints]
    """The two takes of each duel, in order of time."""

    def recent_duels(self) -> Mask:
        """(duels,) all, but where they tie thousands of takes together: there those of the takes most recently in one.

        So many that no more than `MOST` takes' and prompts' columns are dense.
        """
        first, second = self.duels
        last = np.zeros(len(self.take_columns), np.int64)
        for takes in self.duels:
            np.maximum.at(last, takes, np.arange(len(takes)))
        stalest = np.minimum(last[first], last[second])
        few = bisect_left(range(len(first)), True, key=lambda at: self.only(stalest >= at).dense_columns <= MOST)
        return stalest >= few

    @property
    def dense_columns(self) -> int:
        """Columns of takes and prompts that stay dense."""
        found = self.eliminate()
        return int(self.take_columns[found.of_take < 0].sum() + self.prompt_columns[found.of_prompt < 0].sum())

    def only(self, kept: Mask) -> Coupling:
        first, second = self.duels
        return replace(self, duels=(first[kept], second[kept]))

    def eliminate(self) -> Elimination:
        """A prompt, its takes and all that duels tie to them are one block, where that is small enough; else a take is.

        In a small history the prompts are dense, and so are the takes whose columns touch others'.
        """
        takes, prompts = len(self.take_columns), len(self.prompt_columns)
        columns = np.concatenate([self.take_columns, self.prompt_columns])
        coupled = self.take_columns > 1
        coupled[np.concatenate(self.duels)] = True
        if self.take_columns[coupled].sum() + self.prompt_columns.sum() <= FEW:
            return Elimination(np.where(coupled, -1, np.arange(takes)), np.full(prompts, -1, np.int64))
        member = np.flatnonzero((self.take_columns > 0) & (self.prompt_of >= 0))
        first, second = self.duels
        tied = _components(takes, first, second)
        family = _components(
            takes + prompts,
            np.concatenate([first, member]),
            np.concatenate([second, takes + self.prompt_of[member]]),
        )
        small_family = np.bincount(family, columns)[family] <= BLOCK
        small_tie = np.bincount(tied, self.take_columns)[tied] <= BLOCK
        return Elimination(
            np.where(small_family[:takes], family[:takes], np.where(small_tie, takes + prompts + tied, -1)),
            np.where(small_family[takes:], family[takes:], -1),
        )


def _components(count: int, a: Ints, b: Ints) -> Ints:
    """(count,) for each node of a graph with edges a[i] - b[i] the number of its component."""
    edges = sparse.coo_array((np.ones(len(a)), (a, b)), shape=(count, count))
    return csgraph.connected_components(edges, directed=False)[1].astype(np.int64)


def strictness_groups(session_of: Sequence[tuple[int, str]], judged: Mask) -> Ints:
    """(time bins,) which strictness each has: its own, or in a long history its session's; -1 for none.

    `session_of` names each time bin's (listener, session), in order of time. The latest sessions keep their bins apart;
    when there are more sessions than can be told apart, some next to each other (of one listener) share a strictness.
    """
    sessions: dict[tuple[int, str], list[int]] = {}
    for i in np.flatnonzero(judged).tolist():
        sessions.setdefault(session_of[i], []).append(i)
    out = np.full(len(session_of), -1, np.int64)
    spare, number = MOST_TIME_BINS - len(sessions), 0
    coarse: dict[int, list[list[int]]] = {}
    for (listener, _), members in reversed(sessions.items()):
        spare -= len(members) - 1
        if spare >= 0:
            out[members] = number + np.arange(len(members))
            number += len(members)
        else:
            coarse.setdefault(listener, []).append(members)
    together = -(-len(sessions) // MOST_TIME_BINS)
    for each in coarse.values():
        for place, members in enumerate(each):
            out[members] = number + place // together
        number += -(-len(each) // together)
    return out
