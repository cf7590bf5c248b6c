"""Which unknowns the evidence touches, and in which column each stands.

Quality is u[prompt] + w[seed] + e[take], all independent. Effects with one take in the whole pool are folded into that
take's effect, and takes that are neither in a duel nor judged by several listeners have columns that touch no other
take's: those are eliminated one by one. In a large library so are, together, a prompt, its takes, the interactions of
listeners with them, and the takes that a few duels tie to them. The cost grows with what is shared, not the pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import sparse

from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.elimination import MOST, Coupling, strictness_groups
from ratings.model.evidence import DUEL, LEVELS, NEITHER, PICK, REJECT, STAR, Evidence
from ratings.model.hessian import Blocks
from ratings.model.prompt_words import PromptWords
from ratings.model.scales import Scales, drift_correlation

_THRESHOLD_VARIANCE = 9.0


@dataclass(frozen=True)
class Interactions:
    """Listener x take interactions that have columns of their own."""

    takes: int
    keys: Ints
    """Sorted listener * takes + take."""
    columns: Ints

    def find(self, listener: Ints, take: Ints) -> Ints:
        """Columns of the interactions of these listeners with these takes, -1 where there is none."""
        keys = listener * self.takes + take
        if not len(self.keys):
            return np.full(keys.shape, -1, np.int64)
        at = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[at] == keys, self.columns[at], -1)


@dataclass(frozen=True)
class Columns:
    """The column of each unknown; -1 where the evidence does not touch it."""

    prompt: Ints
    """(prompts,)"""
    seed: Ints
    """(seeds,)"""
    word: Ints
    """(words,)"""
    take: Ints
    """(takes,) what a take's quality has beyond its prompt's and seed's effects."""
    interaction: Interactions
    strictness: Ints
    """(time bins,)"""
    cuts: Ints
    """(listeners,) the first of four cut-points."""
    reject: Ints
    """(listeners,)"""
    tie: Ints
    """(listeners,)"""


@dataclass(frozen=True)
class Folded:
    """Effects that only one take can show: they are part of that take's effect."""

    prompt: Mask
    """(takes,) the only take of its prompt, or of unknown prompt."""
    seed: Mask
    """(takes,)"""
    listener: Ints
    """(takes,) the listener whose interaction is folded, or -1."""


@dataclass(frozen=True)
class Layout:
    """Columns of the unknowns. The first `dense` ones are shared; the others stand in blocks."""

    evidence: Evidence
    columns: Columns
    folded: Folded
    words: PromptWords
    blocks: Blocks
    dense: int
    size: int
    counted: Mask
    """(judgements,) all but duels that would tie too many takes together."""

    @property
    def several_listeners(self) -> bool:
        return len(self.evidence.listeners) > 1

    def spread(self, scales: Scales) -> float:
        """Standard deviation of what takes are worth to a listener: the unit of their noise."""
        return scales.own_spread if self.several_listeners else 1.0

    def take_variance(self, scales: Scales) -> Floats:
        """(takes,) prior variance of the take's effect, folded prompt and seed included."""
        prompt = self.prompt_variance(scales)
        alone = np.append(prompt, scales.prompt)[self.evidence.pool.prompt_of]  # an unknown one, -1, at the end
        return scales.take + alone * self.folded.prompt + scales.seed * self.folded.seed

    def prompt_variance(self, scales: Scales) -> Floats:
        """(prompts,) prior variance of each prompt's effect beyond those of its words."""
        return scales.prompt * (1 - scales.words * self.words.fullness(self.words.of_prompt))

    def word_variance(self, scales: Scales) -> float:
        """Prior variance of a word's effect: those of as many as a prompt has come to the words' share."""
        return scales.prompt * scales.words / max(self.words.each, 1.0)

    def column_variance(self, scales: Scales) -> Floats:
        """(takes,) the same, with the folded interaction: of what the take's column stands for."""
        return self.take_variance(scales) + scales.interaction * (self.folded.listener >= 0)

    def utility_terms(self, takes: Ints, listeners: Ints) -> tuple[Ints, Ints]:
        """Row numbers and columns (each with coefficient 1) of what judged `takes` are worth to `listeners`."""
        pool, columns = self.evidence.pool, self.columns
        terms = np.full((4 + self.words.of_prompt.shape[1], len(takes)), -1, np.int64)
        terms[0] = columns.take[takes]
        if len(pool.prompts):
            terms[1] = np.where(self.folded.prompt[takes], -1, columns.prompt[pool.prompt_of[takes]])
        if len(pool.seeds):
            terms[2] = np.where(self.folded.seed[takes], -1, columns.seed[pool.seed_of[takes]])
        terms[3] = columns.interaction.find(listeners, takes)
        terms[4:] = self.word_columns(takes).T
        rows = np.broadcast_to(np.arange(len(takes)), terms.shape)
        present = terms >= 0
        return rows[present], terms[present]

    def word_columns(self, takes: Ints) -> Ints:
        """(takes, most of one) columns of the words of their prompts, -1 behind the last."""
        if not len(self.words.words):
            return np.full((len(takes), 0), -1, np.int64)
        prompts = self.evidence.pool.prompt_of[takes]
        numbers = np.where(prompts[:, None] >= 0, self.words.of_prompt[prompts], -1)
        return np.where(numbers >= 0, self.columns.word[numbers], -1)

    def prior_precision(self, scales: Scales) -> tuple[sparse.csr_array, float]:
        """(size, size) and its log determinant."""
        columns = self.columns
        diagonal = np.empty(self.size)
        known = columns.prompt >= 0
        diagonal[columns.prompt[known]] = 1 / self.prompt_variance(scales)[known]
        diagonal[columns.word] = 1 / self.word_variance(scales)
        diagonal[columns.seed[columns.seed >= 0]] = 1 / scales.seed
        judged = columns.take >= 0
        diagonal[columns.take[judged]] = 1 / self.column_variance(scales)[judged]
        diagonal[columns.interaction.columns] = 1 / scales.interaction
        for start in columns.cuts[columns.cuts >= 0]:
            diagonal[start : start + LEVELS - 1] = 1 / _THRESHOLD_VARIANCE
        for thresholds in (columns.reject, columns.tie):
            diagonal[thresholds[thresholds >= 0]] = 1 / _THRESHOLD_VARIANCE
        log_det = 0.0
        rows, cols, values = [], [], []
        for members in self._sessions:
            at, bins = columns.strictness[members], [self.evidence.time_bins[i] for i in members]
            number = np.array([one.number for one in bins], dtype=np.float64)
            drift = self.spread(scales) * scales.noise(bins[0].listener).drift
            covariance = drift**2 * drift_correlation(np.abs(number[:, None] - number))
            diagonal[at] = 1.0
            log_det -= float(np.linalg.slogdet(covariance)[1])
            rows.append(np.repeat(at, len(at)))
            cols.append(np.tile(at, len(at)))
            values.append((np.linalg.inv(covariance) - np.eye(len(at))).ravel())
        log_det += float(np.log(diagonal).sum())
        every = np.arange(self.size)
        matrix = sparse.coo_array(
            (np.concatenate([diagonal, *values]), (np.concatenate([every, *rows]), np.concatenate([every, *cols]))),
            shape=(self.size, self.size),
        )
        return matrix.tocsr(), log_det

    @cached_property
    def _sessions(self) -> list[Ints]:
        """The time bins of each session that have a column; where several share one, the first stands for them."""
        sessions: dict[tuple[int, str], list[int]] = {}
        seen = {-1}
        for i, one in enumerate(self.evidence.time_bins):
            if (column := int(self.columns.strictness[i])) not in seen:
                seen.add(column)
                sessions.setdefault((one.listener, one.session), []).append(i)
        return [np.array(members, dtype=np.int64) for members in sessions.values()]


def lay_out(evidence: Evidence, *, words: bool = True) -> Layout:
    """Find the columns that `evidence` needs; without `words` what prompts share is theirs alone."""
    pool = evidence.pool
    takes, listeners = len(pool), len(evidence.listeners)
    duels = evidence.kind == DUEL
    judged = np.zeros(takes, np.bool_)
    judged[evidence.take] = True
    judged[evidence.other[evidence.other >= 0]] = True
    has_prompt, prompt_alone = _effects(pool.prompt_of, len(pool.prompts), judged)
    has_seed, seed_alone = _effects(pool.seed_of, len(pool.seeds), judged)
    folded_listener, interactions = _interactions(evidence)

    width = 0

    def number(needed: Mask, each: int = 1) -> Ints:
        """The next columns, `each` for every one that is needed."""
        nonlocal width
        columns = np.where(needed, width + each * (np.cumsum(needed) - 1), -1)
        width += each * int(needed.sum())
        return columns

    seed = number(has_seed)
    touched = np.zeros(len(pool.prompts), np.bool_)
    touched[pool.prompt_of[judged & (pool.prompt_of >= 0)]] = True
    shared = PromptWords.of(pool.prompts, touched) if words else PromptWords.none(len(pool.prompts))
    word = number(np.ones(len(shared.words), np.bool_))
    rated = np.bincount(evidence.time_bin[~duels | evidence.lined], minlength=len(evidence.time_bins)) > 0
    groups = strictness_groups([(one.listener, one.session) for one in evidence.time_bins], rated)
    strictness = np.where(groups >= 0, width + groups, -1)
    width += int(groups.max(initial=-1)) + 1
    cuts, reject, tie = (
        number(np.bincount(evidence.listener[np.isin(evidence.kind, kinds)], minlength=listeners) > 0, each)
        for kinds, each in (((STAR, PICK, REJECT, NEITHER), LEVELS - 1), ((REJECT,), 1), ((DUEL,), 1))
    )

    interacting = interactions % max(takes, 1)
    coupling = Coupling(
        judged + np.bincount(interacting, minlength=takes),
        has_prompt.astype(np.int64),
        np.where(prompt_alone, -1, pool.prompt_of),
        (evidence.take[duels], evidence.other[duels]),
    )
    counted = np.ones(len(evidence), np.bool_)
    if coupling.dense_columns > MOST:
        counted[duels] = coupling.recent_duels()
    blocks_of = coupling.only(counted[duels]).eliminate()
    # Interactions go before their takes, and takes before their prompts: eliminated so, they fill in nothing.
    order = np.concatenate([blocks_of.of_take[interacting], blocks_of.of_take[judged], blocks_of.of_prompt[has_prompt]])
    places, blocks = Blocks.order(order)
    ends = len(interacting), len(interacting) + int(judged.sum())
    interaction_at, take_at, prompt_at = np.split(width + places, ends)
    prompt, take = np.full(len(pool.prompts), -1, np.int64), np.full(takes, -1, np.int64)
    prompt[has_prompt], take[judged] = prompt_at, take_at
    return Layout(
        evidence=evidence,
        columns=Columns(
            prompt=prompt,
            seed=seed,
            word=word,
            take=take,
            interaction=Interactions(takes, interactions, interaction_at),
            strictness=strictness,
            cuts=cuts,
            reject=reject,
            tie=tie,
        ),
        folded=Folded(prompt_alone, seed_alone, folded_listener),
        words=shared,
        blocks=blocks,
        dense=width + int((order < 0).sum()),
        size=width + len(order),
        counted=counted,
    )


def _interactions(evidence: Evidence) -> tuple[Ints, Ints]:
    """(takes,) the listener whose interaction is folded, or -1; and sorted listener * takes + take of all others."""
    takes = len(evidence.pool)
    folded = np.full(takes, -1, np.int64)
    if len(evidence.listeners) <= 1:
        return folded, np.zeros(0, np.int64)
    duels = evidence.kind == DUEL
    first = evidence.listener * takes + evidence.take
    second = (evidence.listener * takes + evidence.other)[evidence.other >= 0]
    pairs = np.unique(np.concatenate([first, second]))
    coupled = np.bincount(pairs % takes, minlength=takes) > 1
    coupled[evidence.take[duels]] = True
    coupled[evidence.other[duels]] = True
    alone = ~coupled[pairs % takes]
    folded[pairs[alone] % takes] = pairs[alone] // takes
    return folded, pairs[~alone]


def _effects(effect_of: Ints, effects: int, judged: Mask) -> tuple[Mask, Mask]:
    """(effects,) which are shared and touched, and (takes,) which takes have theirs alone."""
    members = np.bincount(effect_of[effect_of >= 0], minlength=effects)
    touched = np.bincount(effect_of[judged & (effect_of >= 0)], minlength=effects) > 0
    alone = effect_of < 0
    if effects:
        alone = alone | (members[effect_of] == 1)
    return (members > 1) & touched, alone
