"""Which unknowns the evidence touches, in which column each stands, and how judgements and takes read them.

Quality is q = u[prompt] + w[seed] + e[take], all independent. Effects with one take in the whole pool are folded into
that take's own part, and takes that are neither in a duel nor judged by several listeners have columns that touch no
other take's: those are eliminated one by one. In a large library so are, together, a prompt, its takes, what each
listener thinks of them, and the takes that a few duels tie to them. The cost grows with what is shared, not the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ratings.model.elimination import MOST, Blocks, affordable, eliminated, strictness_groups
from ratings.model.evidence import DUEL, PICK, REJECT, STAR, STRETCH_S, Evidence
from ratings.model.hessian import Assembly
from ratings.model.scales import Scales

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LEVELS = 5
CHANCES = np.array([1 / 5, 1 / 2, 1 / 3, 1 / 5])
"""Probability of each answer when it says nothing: stars, reject or not, duel, pick."""
_CUT_VARIANCE = 9.0
_DRIFT_MEMORY_S = 1200.0
_STAR_PRIOR = 0.5
"""Stars of each level that a listener is taken to have given before the first one, to a take of the pool at random."""
_REJECT_PRIOR = 0.5, 1.0
"""Rejections, and hearings without."""
_TIE_PRIOR = 0.3, 0.8
"""Ties, and wins of each side."""


def drift_memory(stretches: float) -> float:
    """Correlation of a listener's strictness over this many stretches (an Ornstein-Uhlenbeck process)."""
    return float(np.exp(-stretches * STRETCH_S / _DRIFT_MEMORY_S))


@dataclass(frozen=True)
class Layout:
    """Columns of the unknowns; -1 where the evidence does not touch one. The first `dense` columns are shared."""

    evidence: Evidence
    dense: int
    size: int
    prompt: Ints
    """(prompts,)"""
    seed: Ints
    """(seeds,)"""
    stretch: Ints
    """(stretches,)"""
    cut: Ints
    """(listeners,) column of the first of four cut-points."""
    reject: Ints
    """(listeners,)"""
    tie: Ints
    """(listeners,)"""
    own: Ints
    """(takes,) the take's own part."""
    prompt_alone: NDArray[np.bool_]
    """(takes,) the only take of its prompt, or of unknown prompt: the effect is folded into the take's own part."""
    seed_alone: NDArray[np.bool_]
    """(takes,)"""
    folded_listener: Ints
    """(takes,) the listener whose deviation is folded into the take's own part, or -1."""
    deviation_keys: Ints
    """Sorted listener * takes + take of the deviations that have columns of their own."""
    deviation_columns: Ints
    blocks: Blocks
    """The columns after the dense ones."""
    counted: NDArray[np.bool_]
    """(judgements,) all but duels that would tie too many takes together."""

    @property
    def several(self) -> bool:
        """Whether more than one listener judged."""
        return len(self.evidence.listeners) > 1

    def deviation(self, listener: Ints, take: Ints) -> Ints:
        """Columns of listener x take deviations, -1 where there is none."""
        keys = listener * len(self.evidence.pool) + take
        if not len(self.deviation_keys):
            return np.full(keys.shape, -1, np.int64)
        at = np.minimum(np.searchsorted(self.deviation_keys, keys), len(self.deviation_keys) - 1)
        return np.where(self.deviation_keys[at] == keys, self.deviation_columns[at], -1)

    def own_variance(self, scales: Scales) -> Floats:
        """(takes,) prior variance of quality that is the take's own, folded effects included."""
        return scales.own + scales.prompt * self.prompt_alone + scales.seed * self.seed_alone

    def opinion(self, takes: Ints, listeners: Ints) -> tuple[Ints, Ints]:
        """Row numbers and columns (each with coefficient 1) of what `listeners` think of judged `takes`."""
        pool = self.evidence.pool
        columns = np.full((4, len(takes)), -1, np.int64)
        columns[0] = self.own[takes]
        if len(pool.prompts):
            columns[1] = np.where(self.prompt_alone[takes], -1, self.prompt[pool.prompt_of[takes]])
        if len(pool.seeds):
            columns[2] = np.where(self.seed_alone[takes], -1, self.seed[pool.seed_of[takes]])
        columns[3] = self.deviation(listeners, takes)
        rows = np.broadcast_to(np.arange(len(takes)), columns.shape)
        there = columns >= 0
        return rows[there], columns[there]

    def prior_precision(self, scales: Scales) -> tuple[sparse.csr_array, float]:
        """(size, size) and its log determinant."""
        diagonal = np.empty(self.size)
        diagonal[self.prompt[self.prompt >= 0]] = 1 / scales.prompt
        diagonal[self.seed[self.seed >= 0]] = 1 / scales.seed
        there = self.own >= 0
        own = self.own_variance(scales) + scales.deviation * (self.folded_listener >= 0)
        diagonal[self.own[there]] = 1 / own[there]
        diagonal[self.deviation_columns] = 1 / scales.deviation
        for start in self.cut[self.cut >= 0]:
            diagonal[start : start + LEVELS - 1] = 1 / _CUT_VARIANCE
        for columns in (self.reject, self.tie):
            diagonal[columns[columns >= 0]] = 1 / _CUT_VARIANCE
        log_det = 0.0
        rows, cols, values = [], [], []
        for columns, block in self._drift_blocks(scales):
            diagonal[columns] = 1.0
            inverse = np.linalg.inv(block)
            log_det -= float(np.linalg.slogdet(block)[1])
            rows.append(np.repeat(columns, len(columns)))
            cols.append(np.tile(columns, len(columns)))
            values.append((inverse - np.eye(len(columns))).ravel())
        log_det += float(np.log(diagonal).sum())
        every = np.arange(self.size)
        matrix = sparse.coo_array(
            (np.concatenate([diagonal, *values]), (np.concatenate([every, *rows]), np.concatenate([every, *cols]))),
            shape=(self.size, self.size),
        )
        return matrix.tocsr(), log_det

    def _drift_blocks(self, scales: Scales) -> list[tuple[Ints, Floats]]:
        """Columns and prior covariance of the strictness, a sitting at a time."""
        blocks = []
        for members in self._sittings:
            part = np.array([self.evidence.stretches[i].part for i in members], dtype=np.float64)
            drift = scales.ear(self.evidence.stretches[members[0]].listener).drift
            apart = np.abs(part[:, None] - part[None, :])
            covariance = drift**2 * np.exp(-apart * STRETCH_S / _DRIFT_MEMORY_S)
            blocks.append((self.stretch[members], covariance))
        return blocks

    @cached_property
    def _sittings(self) -> list[Ints]:
        groups: dict[tuple[int, str], list[int]] = {}
        seen = {-1}
        for i, one in enumerate(self.evidence.stretches):
            if self.stretch[i] not in seen:  # where several stretches share a column, the first stands for them
                seen.add(int(self.stretch[i]))
                groups.setdefault((one.listener, one.sitting), []).append(i)
        return [np.array(group, dtype=np.int64) for group in groups.values()]

    @cached_property
    def design(self) -> Design:
        """The judgements, and what stands for a listener's habits before the first one, as rows over the columns."""
        return _design(self)

    @cached_property
    def assembly(self) -> Assembly:
        """Where in the curvature each term of `design` belongs."""
        design = self.design
        return Assembly.of(design.value, design.low, design.high, self.dense, self.blocks)


@dataclass(frozen=True)
class Design:
    """Each row says: value + noise lies between low and high; all linear in the unknowns."""

    value: sparse.csr_array
    """(rows, size)"""
    low: sparse.csr_array
    """(rows, size) the lower bound, where `has_low`; else it is minus infinity."""
    high: sparse.csr_array
    has_low: NDArray[np.bool_]
    has_high: NDArray[np.bool_]
    weight: Floats
    listener: Ints
    kind: Ints
    imagined: NDArray[np.bool_]
    """Rows that stand for the listener's habits, about a take (or two) of the pool at random."""

    def noise(self, scales: Scales) -> Floats:
        """(rows,) standard deviation of each row's noise."""
        ears = [scales.ear(i) for i in range(int(self.listener.max(initial=0)) + 1)]
        table = np.array([[ear.star, ear.reject, ear.duel, ear.reject] for ear in ears])
        noise = table[self.listener, self.kind]
        spread = np.where(self.kind == DUEL, 2.0, 1.0) * self.imagined
        out: Floats = np.sqrt(noise**2 + spread)
        return out

    def lapses(self, scales: Scales) -> tuple[Floats, Floats]:
        """(rows,) probability that an answer says nothing, and that it then comes out as it did."""
        table = np.array([scales.ear(i).lapse for i in range(int(self.listener.max(initial=0)) + 1)])
        return np.where(self.imagined, 0.0, table[self.listener]), CHANCES[self.kind]


def lay_out(evidence: Evidence) -> Layout:
    """Find the columns that `evidence` needs."""
    pool, listeners = evidence.pool, len(evidence.listeners)
    takes = len(pool)
    duels = evidence.kind == DUEL
    judged = np.unique(np.concatenate([evidence.take, evidence.other[duels]]))
    in_duel = np.unique(np.concatenate([evidence.take[duels], evidence.other[duels]]))

    heard = evidence.listener * takes + evidence.take
    pairs = np.unique(np.concatenate([heard, (evidence.listener * takes + evidence.other)[duels]]))
    heard_by = np.bincount(pairs % max(takes, 1), minlength=takes)
    coupled = np.zeros(takes, np.bool_)
    coupled[in_duel] = True
    coupled |= heard_by > 1
    folded = np.full(takes, -1, np.int64)
    deviations = np.zeros(0, np.int64)
    if listeners > 1:
        alone = ~coupled[pairs % takes]
        folded[pairs[alone] % takes] = pairs[alone] // takes
        deviations = pairs[~alone]

    has_prompt, prompt_alone = _effect_columns(pool.prompt_of, len(pool.prompts), judged)
    has_seed, seed_alone = _effect_columns(pool.seed_of, len(pool.seeds), judged)
    at = 0

    def number(there: NDArray[np.bool_], width: int = 1) -> Ints:
        nonlocal at
        columns = np.full(there.shape, -1, np.int64)
        count = int(there.sum())
        columns[there] = at + width * np.arange(count)
        at += width * count
        return columns

    seed = number(has_seed)
    in_stretch = np.bincount(evidence.stretch[~duels], minlength=len(evidence.stretches)) > 0
    told_apart = strictness_groups([(one.listener, one.sitting) for one in evidence.stretches], in_stretch)
    stretch = number(np.ones(int(told_apart.max(initial=-1)) + 1, np.bool_))
    stretch = np.where(told_apart >= 0, stretch[told_apart], -1) if len(stretch) else told_apart
    has = [
        np.bincount(evidence.listener[np.isin(evidence.kind, kinds)], minlength=listeners) > 0
        for kinds in ((STAR, PICK), (REJECT,), (DUEL,))
    ]
    cut, reject, tie = number(has[0], LEVELS - 1), number(has[1]), number(has[2])
    was_judged = np.bincount(judged, minlength=takes) > 0
    opinion_of = deviations % max(takes, 1)
    prompt_of = np.where(prompt_alone, -1, pool.prompt_of)
    graph = was_judged + np.bincount(opinion_of, minlength=takes), has_prompt.astype(np.int64), prompt_of
    ties = evidence.take[duels], evidence.other[duels]
    counted = np.ones(len(evidence), np.bool_)
    run_of_take, run_of_prompt = eliminated(*graph, ties)
    if (run_of_take[was_judged] < 0).sum() + (run_of_prompt[has_prompt] < 0).sum() > MOST:
        counted[duels] = affordable(*graph, ties)
        run_of_take, run_of_prompt = eliminated(*graph, (ties[0][counted[duels]], ties[1][counted[duels]]))
    # Opinions go before their takes, and takes before their prompts: eliminated in this order, they fill in nothing.
    runs = np.concatenate([run_of_take[opinion_of], run_of_take[was_judged], run_of_prompt[has_prompt]])
    columns, blocks = Blocks.order(runs)
    columns += at
    dense = at + int((runs < 0).sum())
    prompt, own = np.full(len(pool.prompts), -1, np.int64), np.full(takes, -1, np.int64)
    deviation_columns, own[was_judged], prompt[has_prompt] = np.split(
        columns, [len(opinion_of), int(len(opinion_of) + was_judged.sum())]
    )
    return Layout(
        evidence, dense, at + len(runs), prompt, seed, stretch, cut, reject, tie, own,
        prompt_alone, seed_alone, folded, deviations, deviation_columns, blocks, counted,
    )  # fmt: skip


def _effect_columns(effect_of: Ints, effects: int, judged: Ints) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which effects are shared and touched, and which takes have theirs alone."""
    members = np.bincount(effect_of[effect_of >= 0], minlength=effects)
    touched = np.bincount(effect_of[judged][effect_of[judged] >= 0], minlength=effects) > 0
    alone = effect_of < 0
    if effects:
        alone = alone | (members[effect_of] == 1)
    return (members > 1) & touched, alone


def _design(layout: Layout) -> Design:
    evidence = layout.evidence
    star, reject, duel, pick = (
        np.flatnonzero((evidence.kind == kind) & layout.counted) for kind in (STAR, REJECT, DUEL, PICK)
    )
    rejecters = layout.reject[evidence.listener[star]] >= 0
    passed = star[evidence.first[star] & rejecters]  # heard for the first time, and not rejected
    source = np.concatenate([star, reject, passed, duel, pick])
    kind = np.concatenate([0 * star + STAR, 0 * reject + REJECT, 0 * passed + REJECT, 0 * duel + DUEL, 0 * pick + PICK])
    said = np.concatenate([evidence.outcome[star], 0 * reject, 0 * passed + 1, evidence.outcome[duel], 0 * pick])
    who = evidence.listener[source]
    real = len(source)

    rows, columns = layout.opinion(evidence.take[source], who)
    against = np.flatnonzero(kind == DUEL)
    rows2, columns2 = layout.opinion(evidence.other[source[against]], who[against])
    moved = np.flatnonzero(kind != DUEL)
    values = np.concatenate([np.ones(len(rows)), -np.ones(len(rows2)), np.ones(len(moved))])
    rows = np.concatenate([rows, against[rows2], moved])
    columns = np.concatenate([columns, columns2, layout.stretch[evidence.stretch[source[moved]]]])

    imagined = _imagined(layout)
    kind = np.concatenate([kind, imagined[:, 0].astype(np.int64)])
    said = np.concatenate([said, imagined[:, 1].astype(np.int64)])
    who = np.concatenate([who, imagined[:, 2].astype(np.int64)])
    weight = np.concatenate([np.ones(real), imagined[:, 3]])
    shape = (len(kind), layout.size)
    value = sparse.coo_array((values, (rows, columns)), shape=shape).tocsr()

    low_column, high_column = np.full(len(kind), -1), np.full(len(kind), -1)
    low_sign = np.ones(len(kind))
    high_sign = np.ones(len(kind))
    stars, rejects, duels, picks = kind == STAR, kind == REJECT, kind == DUEL, kind == PICK
    low_column[stars] = np.where(said[stars] > 1, layout.cut[who[stars]] + said[stars] - 2, -1)
    high_column[stars] = np.where(said[stars] < LEVELS, layout.cut[who[stars]] + said[stars] - 1, -1)
    low_column[picks] = layout.cut[who[picks]] + LEVELS - 2  # worth the most stars, as a reject's soft evidence
    low_column[rejects] = np.where(said[rejects] == 1, layout.reject[who[rejects]], -1)
    high_column[rejects] = np.where(said[rejects] == 0, layout.reject[who[rejects]], -1)
    low_column[duels] = np.where(said[duels] >= 0, layout.tie[who[duels]], -1)
    high_column[duels] = np.where(said[duels] <= 0, layout.tie[who[duels]], -1)
    low_sign[duels & (said == 0)] = -1.0
    high_sign[duels & (said == -1)] = -1.0

    def bound(column: Ints, sign: Floats) -> sparse.csr_array:
        at = np.flatnonzero(column >= 0)
        return sparse.coo_array((sign[at], (at, column[at])), shape=shape).tocsr()

    return Design(
        value, bound(low_column, low_sign), bound(high_column, high_sign), low_column >= 0, high_column >= 0,
        weight, who, kind, np.arange(len(kind)) >= real,
    )  # fmt: skip


def _imagined(layout: Layout) -> Floats:
    """(rows, 4) kind, outcome, listener, weight: a weak prior on habits that also keeps cut-points in order."""
    rows: list[tuple[float, float, float, float]] = []
    for who in range(len(layout.evidence.listeners)):
        if layout.cut[who] >= 0:
            rows += [(STAR, level, who, _STAR_PRIOR) for level in range(1, LEVELS + 1)]
        if layout.reject[who] >= 0:
            rows += [(REJECT, passed, who, _REJECT_PRIOR[passed]) for passed in (0, 1)]
        if layout.tie[who] >= 0:
            rows += [(DUEL, outcome, who, _TIE_PRIOR[abs(outcome)]) for outcome in (-1, 0, 1)]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)
