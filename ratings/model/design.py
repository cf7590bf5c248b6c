"""The judgements as rows over the unknowns: each says that a linear function of them fell in an interval."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from scipy import sparse

from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.evidence import DUEL, GOOD, GUESS_RATES, LEVELS, NEITHER, PICK, REJECT, STAR
from ratings.model.hessian import HessianPattern
from ratings.model.layout import Layout
from ratings.model.scales import Scales

_STAR_PRIOR = 0.5
"""Stars of each level that a listener is taken to have given before the first one, to a take of the pool at random."""
_REJECT_PRIOR = 0.5, 1.0
"""Rejections, and hearings without."""
_TIE_PRIOR = 0.3, 0.8
"""Ties, and wins of each side."""


class _Edge(NamedTuple):
    """One end of each row's interval: a threshold's column, -1 where it is open, and the threshold's sign."""

    column: Ints
    sign: Floats

    def matrix(self, size: int) -> sparse.csr_array:
        """(rows, size)"""
        at = np.flatnonzero(self.column >= 0)
        shape = (len(self.column), size)
        return sparse.coo_array((self.sign[at], (at, self.column[at])), shape=shape).tocsr()


@dataclass(frozen=True)
class Design:
    """Each row says: value + noise lies between low and high; all linear in the unknowns."""

    layout: Layout
    value: sparse.csr_array
    """(rows, size)"""
    low: sparse.csr_array
    """(rows, size) the lower bound, where `has_low`; else it is minus infinity."""
    high: sparse.csr_array
    has_low: Mask
    has_high: Mask
    weight: Floats
    listener: Ints
    kind: Ints
    pseudo: Mask
    """Rows that no judgement made: a weak prior on the thresholds, as answers about takes of the pool at random."""
    hint: Mask
    """Rows that say of a rejected take that it is not good. They count the less, the better a listener's own low stars
    show where that is: of one who never gives any, nothing else ties rejects to stars."""

    @staticmethod
    def of(layout: Layout) -> Design:
        """Of all judgements that count, with the pseudo-observations after them."""
        evidence = layout.evidence
        source, take, kind, outcome = _observations(layout)
        who = evidence.listener[source]
        pseudo, pseudo_weight = _pseudo_observations(layout)
        every_kind, every_outcome, every_listener = map(np.concatenate, zip((kind, outcome, who), pseudo, strict=True))

        rows, columns = layout.utility_terms(take, who)
        duel = np.flatnonzero(kind == DUEL)
        rows2, columns2 = layout.utility_terms(evidence.other[source[duel]], who[duel])
        rating = np.flatnonzero(kind != DUEL)
        values = np.concatenate([np.ones(len(rows)), -np.ones(len(rows2)), np.ones(len(rating))])
        rows = np.concatenate([rows, duel[rows2], rating])
        columns = np.concatenate([columns, columns2, layout.columns.strictness[evidence.time_bin[source[rating]]]])
        low, high = _edges(layout, every_kind, every_outcome, every_listener)
        hint = (kind == REJECT) & (outcome < 0)
        stars_under = evidence.listener[(evidence.kind == STAR) & (evidence.outcome < GOOD)]
        low_stars = np.bincount(stars_under, minlength=len(evidence.listeners))
        return Design(
            layout=layout,
            value=sparse.coo_array((values, (rows, columns)), shape=(len(every_kind), layout.size)).tocsr(),
            low=low.matrix(layout.size),
            high=high.matrix(layout.size),
            has_low=low.column >= 0,
            has_high=high.column >= 0,
            weight=np.concatenate([np.where(hint, (1.0 + low_stars[who]) ** -2.0, 1.0), pseudo_weight]),
            listener=every_listener,
            kind=every_kind,
            pseudo=np.arange(len(every_kind)) >= len(source),
            hint=np.concatenate([hint, np.zeros(len(pseudo_weight), np.bool_)]),
        )

    @cached_property
    def hessian_pattern(self) -> HessianPattern:
        """Where in the curvature each term belongs."""
        return HessianPattern.of(self.value, self.low, self.high, self.layout.dense, self.layout.blocks)

    def noise(self, scales: Scales) -> Floats:
        """(rows,) standard deviation of each row's noise; a pseudo-observation's has the spread of takes in it."""
        table = np.array([scales.noise(i).by_kind for i in range(int(self.listener.max(initial=0)) + 1)])
        spread = np.where(self.kind == DUEL, 2.0, 1.0) * self.pseudo
        return self.layout.spread(scales) * np.sqrt(table[self.listener, self.kind] ** 2 + spread)

    def lapses(self, scales: Scales) -> tuple[Floats, Floats]:
        """(rows,) probability that an answer says nothing, and that it then comes out as it did."""
        table = np.array([scales.noise(i).lapse for i in range(int(self.listener.max(initial=0)) + 1)])
        return np.where(self.pseudo, 0.0, table[self.listener]), GUESS_RATES[self.kind]


def _observations(layout: Layout) -> tuple[Ints, Ints, Ints, Ints]:
    """Of each row its judgement, take, kind and outcome.

    That of a reject is 0, and 1 of a first hearing without one; 0 also of each of two where neither is good, and 1 of
    the winner where one is better; -1 of a reject as well, which is not good either.
    """
    evidence = layout.evidence
    star, reject, duel, pick, neither = (
        np.flatnonzero((evidence.kind == kind) & layout.counted) for kind in (STAR, REJECT, DUEL, PICK, NEITHER)
    )
    won, lost = (duel[evidence.lined[duel] & (evidence.outcome[duel] == outcome)] for outcome in (1, -1))
    rejects = layout.columns.reject[evidence.listener[star]] >= 0
    passed = star[evidence.first[star] & rejects]
    first = [star, reject, reject, passed, duel, pick, won, neither]
    second = [lost, neither]
    kinds = [STAR, REJECT, REJECT, REJECT, DUEL, PICK, NEITHER, NEITHER, NEITHER, NEITHER]
    kind = np.repeat(kinds, [len(each) for each in (*first, *second)])
    outcome = [evidence.outcome[star], 0 * reject, 0 * reject - 1, 0 * passed + 1, evidence.outcome[duel], 0 * pick]
    outcome += [0 * won + 1, 0 * neither, 0 * lost + 1, 0 * neither]
    one, other = np.concatenate(first), np.concatenate(second)
    take = np.concatenate([evidence.take[one], evidence.other[other]])
    return np.concatenate([one, other]), take, kind, np.concatenate(outcome)


def _pseudo_observations(layout: Layout) -> tuple[list[Ints], Floats]:
    """Kinds, outcomes, listeners; weights: a weak prior on the thresholds, which also keeps the cut-points in order."""
    rows: list[tuple[int, int, int, float]] = []
    columns = layout.columns
    for who in range(len(layout.evidence.listeners)):
        if columns.cuts[who] >= 0:
            rows += [(STAR, level, who, _STAR_PRIOR) for level in range(1, LEVELS + 1)]
        if columns.reject[who] >= 0:
            rows += [(REJECT, passed, who, _REJECT_PRIOR[passed]) for passed in (0, 1)]
        if columns.tie[who] >= 0:
            rows += [(DUEL, outcome, who, _TIE_PRIOR[abs(outcome)]) for outcome in (-1, 0, 1)]
    observed = [np.array([row[i] for row in rows], dtype=np.int64) for i in range(3)]
    return observed, np.array([row[3] for row in rows], dtype=np.float64)


def _edges(layout: Layout, kind: Ints, outcome: Ints, who: Ints) -> tuple[_Edge, _Edge]:
    """The thresholds between which each answer lies."""
    low, high = (_Edge(np.full(len(kind), -1), np.ones(len(kind))) for _ in range(2))
    cuts, reject, tie = layout.columns.cuts[who], layout.columns.reject[who], layout.columns.tie[who]
    star, rejected, duel, pick = kind == STAR, kind == REJECT, kind == DUEL, kind == PICK
    top = star | pick  # a pick is worth the most stars; it has a reject's noise
    low.column[top] = np.where(pick | (outcome > 1), cuts + np.where(pick, LEVELS, outcome) - 2, -1)[top]
    high.column[star] = np.where(outcome < LEVELS, cuts + outcome - 1, -1)[star]
    for at, edge in ((0, high), (1, low)):
        judged_good = (kind == NEITHER) & (outcome == at)
        edge.column[judged_good] = cuts[judged_good] + GOOD - 2
    low.column[rejected] = np.where(outcome == 1, reject, -1)[rejected]
    high.column[rejected] = np.select([outcome == 0, outcome == -1], [reject, cuts + GOOD - 2], -1)[rejected]
    low.column[duel] = np.where(outcome >= 0, tie, -1)[duel]
    high.column[duel] = np.where(outcome <= 0, tie, -1)[duel]
    low.sign[duel & (outcome == 0)] = -1.0
    high.sign[duel & (outcome == -1)] = -1.0
    return low, high
