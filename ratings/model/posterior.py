"""What the judgements imply about every take, prompt and seed: one Gaussian, read off without N x N matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ratings.model.evidence import Evidence
from ratings.model.laplace import Mode, find_mode
from ratings.model.layout import LEVELS, Layout, drift_memory, lay_out
from ratings.model.scales import Ear, RatingError, Scales
from ratings.model.stopping import contenders

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

Z80 = 1.2815515655446004
"""Half an 80 % interval of a normal distribution, in standard deviations."""
_SEED = 20240229
"""Draws are the same each time: the same judgements give the same numbers."""
_DRAWN = 4_000_000
"""Values drawn for one simulation, at most, unless that were too few draws."""


@dataclass(frozen=True)
class Scores:
    """Means and standard deviations, in units of the spread of quality, zero for an average take."""

    names: tuple[str, ...] | tuple[int, ...]
    mean: Floats
    sd: Floats

    @property
    def low(self) -> Floats:
        """Lower end of the 80 % interval."""
        return self.mean - Z80 * self.sd

    @property
    def high(self) -> Floats:
        """Upper end of the 80 % interval."""
        return self.mean + Z80 * self.sd


@dataclass(frozen=True)
class Readout:
    """Linear functions of the unknowns: over the fitted columns, and over parts that no judgement touched."""

    fitted: sparse.csr_array
    """(rows, columns)"""
    free: sparse.csr_array
    """(rows, untouched parts), scaled by their prior standard deviations."""


@dataclass(frozen=True)
class Habits:
    """A listener's scale, at its likeliest."""

    ear: Ear
    cuts: Floats
    """(4,) cut-points between the stars."""
    reject: float
    """What is under this after a few seconds is rejected."""
    tie: float
    """Differences smaller than this are ties."""

    @staticmethod
    def of(ear: Ear, values: Floats) -> Habits:
        """From [four cut-points, rejection threshold, width of ties]; nearly equal cut-points are set in order."""
        steps = np.arange(LEVELS - 1) * 0.01
        cuts = np.maximum.accumulate(values[: LEVELS - 1] - steps) + steps
        return Habits(ear, cuts, float(values[LEVELS - 1]), max(float(values[LEVELS]), 1e-3))


_NEW_CUTS = np.array([-1.02, -0.31, 0.31, 1.02])
"""All stars alike often, with noise 0.7."""
_NEW_REJECT = -0.7
_NEW_TIE = 0.25
_USUAL_SPREAD = np.array([0.4, 0.3, 0.3, 0.4, 0.4, 0.1])


@dataclass(frozen=True)
class Posterior:
    """The fit of all judgements. Immutable; `focus.Focus` takes a session's new judgements in between two fits."""

    mode: Mode

    @property
    def layout(self) -> Layout:
        """The unknowns."""
        return self.mode.layout

    @property
    def evidence(self) -> Evidence:
        """What was fitted."""
        return self.mode.layout.evidence

    @property
    def scales(self) -> Scales:
        """Variances and noise that were assumed."""
        return self.mode.scales

    def take_scores(self) -> Scores:
        """Quality of every take of the pool, judged or not."""
        return self.scores(self.read_takes(np.arange(len(self.evidence.pool))), self.evidence.pool.takes)

    def prompt_effects(self) -> Scores:
        """What each prompt adds to its takes."""
        return self.scores(self.read_prompts(np.arange(len(self.evidence.pool.prompts))), self.evidence.pool.prompts)

    def seed_effects(self) -> Scores:
        """What each seed adds across prompts: does it win everywhere, or was it luck?"""
        return self.scores(self.read_seeds(np.arange(len(self.evidence.pool.seeds))), self.evidence.pool.seeds)

    def p_top(self, k: int) -> Floats:
        """(takes,) probability that each take of the pool is among the k best."""
        return self.chances(self.read_takes(np.arange(len(self.evidence.pool))), k)

    def chances(self, readout: Readout, k: int, scores: Scores | None = None) -> Floats:
        """(rows,) probability of each row to be among the k largest, by simulation from the joint posterior.

        `scores` are the readout's, where they are known already. Cost: some hundred draws of the shared unknowns, and
        of the rows that could make it at all (to four sigma).
        """
        rows = readout.fitted.shape[0]
        if not 0 < k < rows:
            return np.full(rows, float(k > 0))
        scores = scores or self.scores(readout)
        near = contenders(scores.mean, scores.sd, k, reach=4.0)
        through, left = self.mode.through(readout.fitted[near])
        alone = sparse.hstack([left, readout.free[near]], format="csr")
        used, columns = np.unique(alone.indices, return_inverse=True)
        alone = sparse.csr_array((alone.data, columns, alone.indptr), shape=(len(near), len(used)))
        random = np.random.default_rng(_SEED)
        work = max(len(near), self.layout.dense**2 // 400)
        draws = int(np.clip(_DRAWN // work, 500, 4000))
        at_once = int(np.clip(_DRAWN // (4 * max(len(near), self.layout.dense, len(used))), 1, draws))
        wins = np.zeros(len(near))
        for done in range(0, draws, at_once):
            count = min(at_once, draws - done)
            shared = self.mode.curvature.draw(random.standard_normal((self.layout.dense, count)))
            values = through @ shared + alone @ random.standard_normal((len(used), count)) + scores.mean[near, None]
            best = np.argpartition(values.T, len(near) - k, axis=1)[:, len(near) - k :]
            wins += np.bincount(best.ravel(), minlength=len(near))
        out = np.zeros(rows)
        out[near] = wins / draws
        return out

    def habits(self, listener: str) -> Habits:
        """The scale of a listener; of one who has judged nothing, what is assumed before the first judgement."""
        names = self.evidence.listeners
        who = names.index(listener) if listener in names else -1
        values = self.read_habits(who).fitted @ self.mode.mean + self.usual_habits(who)
        return Habits.of(self.scales.ear(who) if who >= 0 else Ear(), values)

    def read_habits(self, listener: int) -> Readout:
        """[four cut-points, rejection threshold, width of ties] of a listener, about their `usual` where unfitted."""
        layout = self.layout
        starts = [int(each[listener]) if listener >= 0 else -1 for each in (layout.cut, layout.reject, layout.tie)]
        columns = np.array([starts[0] + i if starts[0] >= 0 else -1 for i in range(LEVELS - 1)] + starts[1:])
        terms = _Terms(layout)
        terms.fit(columns >= 0, columns)
        terms.leave(columns < 0, terms.habits + np.arange(len(columns)), _USUAL_SPREAD)
        return terms.readout(len(columns))

    def usual_habits(self, listener: int) -> Floats:
        """(6,) what to add to `read_habits`: the usual where no judgement of this listener says anything."""
        layout = self.layout
        known = [listener >= 0 and each[listener] >= 0 for each in (layout.cut, layout.reject, layout.tie)]
        usual = np.concatenate([_NEW_CUTS, [_NEW_REJECT, _NEW_TIE]])
        return np.where(np.repeat(known, [LEVELS - 1, 1, 1]), 0.0, usual)

    def scores(self, readout: Readout, names: tuple[str, ...] | tuple[int, ...] = ()) -> Scores:
        """Mean and standard deviation of linear functions of the unknowns."""
        free = np.asarray(readout.free.multiply(readout.free).sum(axis=1)).ravel()
        return Scores(names, readout.fitted @ self.mode.mean, np.sqrt(self.mode.variances(readout.fitted) + free))

    def joint(self, readout: Readout) -> tuple[Floats, Floats]:
        """Mean (rows,) and covariance (rows, rows) of linear functions of the unknowns."""
        through, left = self.mode.through(readout.fitted)
        covariance: Floats = through @ (through @ self.mode.covariance).T
        for part in (left, readout.free):  # one at a time: each is as large as the result
            covariance += (part @ part.T).toarray()
        covariance += covariance.T
        covariance /= 2
        return readout.fitted @ self.mode.mean, covariance

    def read_takes(self, takes: Ints, listener: int | None = None) -> Readout:
        """Quality of `takes` (pool indices); with `listener` (an index, or -1 for a new one), as that one hears it."""
        layout, scales, pool = self.layout, self.scales, self.evidence.pool
        terms = _Terms(layout)
        own = layout.own_variance(scales)[takes]
        column, folded = layout.own[takes], layout.folded_listener[takes]
        share = np.where(folded >= 0, own / (own + scales.deviation), 1.0)
        fitted = column >= 0
        terms.fit(fitted, column, share)
        terms.leave(~fitted, terms.of_take(takes), np.sqrt(own))
        split = fitted & (folded >= 0)
        terms.leave(split, terms.of_split(takes), np.sqrt((1 - share) * own))
        for effect_of, columns, alone, variance, part in (
            (pool.prompt_of, layout.prompt, layout.prompt_alone, scales.prompt, terms.of_prompt),
            (pool.seed_of, layout.seed, layout.seed_alone, scales.seed, terms.of_seed),
        ):
            if len(columns):
                effect = effect_of[takes]
                shared = ~alone[takes]
                terms.fit(shared & (columns[effect] >= 0), columns[effect])
                terms.leave(shared & (columns[effect] < 0), part(effect), np.sqrt(variance))
        if listener is not None and (layout.several or listener < 0):
            column = (
                layout.deviation(np.full(len(takes), listener), takes) if listener >= 0 else np.full(len(takes), -1)
            )
            mine = split & (folded == listener)
            terms.fit(column >= 0, column)
            terms.fit(mine, layout.own[takes], 1 - share)
            terms.leave(mine, terms.of_split(takes), -np.sqrt((1 - share) * own))
            terms.leave((column < 0) & ~mine, terms.of_deviation(takes), np.sqrt(scales.deviation))
        return terms.readout(len(takes))

    def read_prompts(self, prompts: Ints) -> Readout:
        """Effects of prompts (pool indices)."""
        pool = self.evidence.pool
        return self._read_effects(prompts, pool.prompt_of, self.layout.prompt, self.scales.prompt, seeds=False)

    def read_seeds(self, seeds: Ints) -> Readout:
        """Effects of seeds (pool indices)."""
        return self._read_effects(seeds, self.evidence.pool.seed_of, self.layout.seed, self.scales.seed, seeds=True)

    def _read_effects(self, effects: Ints, effect_of: Ints, columns: Ints, variance: float, *, seeds: bool) -> Readout:
        layout, scales = self.layout, self.scales
        terms = _Terms(layout)
        part = terms.of_seed if seeds else terms.of_prompt
        terms.fit(columns[effects] >= 0, columns[effects])
        # An effect with one judged take is folded into that take's own part: it gets its share of it.
        alone = layout.seed_alone if seeds else layout.prompt_alone
        take_of = np.full(len(columns), -1, np.int64)
        single = np.flatnonzero(alone & (effect_of >= 0) & (layout.own >= 0))
        take_of[effect_of[single]] = single
        take = take_of[effects]
        folded = take >= 0
        own = layout.own_variance(scales)[take] + scales.deviation * (layout.folded_listener[take] >= 0)
        terms.fit(folded, layout.own[take], variance / own)
        left = np.where(folded, variance * (1 - variance / own), variance)
        terms.leave(columns[effects] < 0, part(effects), np.sqrt(np.maximum(left, 0.0)))
        return terms.readout(len(effects))

    def strictness(self, listener: int, sitting: str, parts: Sequence[int]) -> tuple[Floats, Floats]:
        """Mean (parts,) and covariance (parts, parts) of a listener's leniency in judged stretches of a sitting."""
        readouts = [self.read_strictness(listener, sitting, part) for part in parts]
        return self.joint(
            Readout(
                sparse.vstack([one.fitted for one in readouts], format="csr"),
                sparse.vstack([one.free for one in readouts], format="csr"),
            )
        )

    def read_strictness(self, listener: int, sitting: str, part: int) -> Readout:
        """The listener's strictness in a stretch of a sitting, heard or still to come."""
        layout = self.layout
        known = [
            (abs(one.part - part), int(layout.stretch[i]))
            for i, one in enumerate(self.evidence.stretches)
            if one.listener == listener and one.sitting == sitting and layout.stretch[i] >= 0
        ]
        gap, column = min(known, default=(0, -1))
        drift = self.scales.ear(max(listener, 0)).drift if listener >= 0 else Ear().drift
        kept = drift_memory(gap) if column >= 0 else 0.0
        terms = _Terms(layout)
        terms.fit(np.array([column >= 0]), np.array([column]), np.array([kept]))
        terms.leave(np.array([True]), np.array([terms.strictness]), drift * np.sqrt(1 - kept**2))
        return terms.readout(1)


class _Terms:
    """Collects the terms of a readout."""

    def __init__(self, layout: Layout) -> None:
        pool = layout.evidence.pool
        self._size = layout.size
        self._takes, self._prompts, self._seeds = len(pool), len(pool.prompts), len(pool.seeds)
        self.strictness = 3 * self._takes + self._prompts + self._seeds
        self.habits = self.strictness + 1
        self._fitted: list[tuple[Ints, Ints, Floats]] = []
        self._free: list[tuple[Ints, Ints, Floats]] = []

    def of_take(self, take: Ints) -> Ints:
        return take

    def of_split(self, take: Ints) -> Ints:
        return self._takes + take

    def of_deviation(self, take: Ints) -> Ints:
        return 2 * self._takes + take

    def of_prompt(self, prompt: Ints) -> Ints:
        return 3 * self._takes + prompt

    def of_seed(self, seed: Ints) -> Ints:
        return 3 * self._takes + self._prompts + seed

    def fit(self, where: NDArray[np.bool_], columns: Ints, values: Floats | float = 1.0) -> None:
        rows = np.flatnonzero(where)
        self._fitted.append((rows, columns[rows], np.broadcast_to(values, where.shape)[rows]))

    def leave(self, where: NDArray[np.bool_], parts: Ints, sd: Floats | float) -> None:
        rows = np.flatnonzero(where)
        self._free.append((rows, parts[rows], np.broadcast_to(sd, where.shape)[rows]))

    def readout(self, rows: int) -> Readout:
        def build(terms: list[tuple[Ints, Ints, Floats]], width: int) -> sparse.csr_array:
            at, columns, values = (np.concatenate(each) for each in zip(*terms, strict=True))
            return sparse.coo_array((values, (at, columns)), shape=(rows, width)).tocsr()

        return Readout(build(self._fitted, self._size), build(self._free, self.habits + LEVELS + 1))


def fit(evidence: Evidence, scales: Scales | None = None, start: Posterior | None = None) -> Posterior:
    """Fit all judgements; `start`, an earlier fit over the same pool, saves steps and changes nothing else.

    Cost: cubic in the prompts, seeds and takes in duels, linear in the rest (notes on size are with `layout`).
    """
    if not len(evidence.pool):
        raise RatingError("There are no takes to rank.", "Generate or import some first.")
    layout = lay_out(evidence)
    return Posterior(find_mode(layout, scales or Scales(), None if start is None else carry(start, layout)))


def carry(source: Posterior, layout: Layout) -> Floats | None:
    """The point of an earlier fit in the columns of `layout`, where both have them."""
    before, point = source.layout, source.mode.x
    if source.evidence.pool is not layout.evidence.pool or source.evidence.listeners != layout.evidence.listeners:
        return None
    x = np.zeros(layout.size)
    for old, new in ((before.prompt, layout.prompt), (before.seed, layout.seed), (before.own, layout.own)):
        both = (old >= 0) & (new >= 0)
        x[new[both]] = point[old[both]]
    names = {one: i for i, one in enumerate(before.evidence.stretches)}
    for i, one in enumerate(layout.evidence.stretches):
        if layout.stretch[i] >= 0 and one in names and before.stretch[names[one]] >= 0:
            x[layout.stretch[i]] = point[before.stretch[names[one]]]
    habits = (
        (before.cut, layout.cut, _NEW_CUTS),
        (before.reject, layout.reject, _NEW_REJECT),
        (before.tie, layout.tie, _NEW_TIE),
    )
    for old, new, usual in habits:
        width = np.size(usual)
        for who in np.flatnonzero(new >= 0):
            known = old[who] >= 0
            x[new[who] : new[who] + width] = point[old[who] : old[who] + width] if known else usual
    return x
