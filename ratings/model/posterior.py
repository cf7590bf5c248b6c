"""What the judgements imply about every take, prompt and seed: one Gaussian, read off without N x N matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Literal, TypeAlias

import numpy as np
from scipy import sparse

from ratings.errors import RatingError
from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.design import Design
from ratings.model.evidence import LEVELS, Evidence
from ratings.model.laplace import LaplaceFit
from ratings.model.layout import Layout, lay_out
from ratings.model.newton import fit_laplace
from ratings.model.scales import ListenerNoise, Scales, drift_correlation

Z80 = 1.2815515655446004
"""Half an 80 % interval of a normal distribution, in standard deviations."""
_GEMS = 1.3
"""Measured by what 80 % intervals of the best held where quality was skewed, or a few gems among duds."""

FactorName: TypeAlias = Literal["prompt", "seed"]


@dataclass(frozen=True)
class Scores:
    """Means, standard deviations and 80 % intervals, zero for an average take."""

    mean: Floats
    sd: Floats
    unit: float = 1.0
    """The spread of what is scored."""

    @property
    def low(self) -> Floats:
        return self.mean - Z80 * self.sd

    @property
    def high(self) -> Floats:
        """Farther off for the very best: those that earn the most stars whenever they are heard may be worth far more.

        That quality is normal says how much, and of a few gems among many duds it says too little.
        """
        far = 1 + _GEMS * np.maximum(self.mean / self.unit - 1, 0)
        return self.mean + Z80 * far * self.sd


@dataclass(frozen=True)
class Factor:
    """What takes share: a random effect with a level for each prompt, or each seed."""

    levels: tuple[str, ...] | tuple[int, ...]
    level_of: Ints
    """(takes,) -1 where it is unknown."""
    columns: Ints
    """(levels,) -1 where no judgement touches the effect."""
    folded: Mask
    """(takes,) whose take effect holds this one."""
    variance: Floats
    """(levels,) of what it has beyond its words."""


@dataclass(frozen=True)
class LinearPredictor:
    """Linear functions of the unknowns: over the fitted columns, and over parts that no judgement touched."""

    fitted: sparse.csr_array
    """(rows, columns)"""
    prior_only: sparse.csr_array
    """(rows, untouched parts), scaled by their prior standard deviations."""

    @staticmethod
    def stack(predictors: Sequence[LinearPredictor]) -> LinearPredictor:
        return LinearPredictor(
            sparse.vstack([one.fitted for one in predictors], format="csr"),
            sparse.vstack([one.prior_only for one in predictors], format="csr"),
        )


@dataclass(frozen=True)
class Thresholds:
    """A listener's scale, at its likeliest."""

    cuts: Floats
    """(4,) cut-points between the stars."""
    reject: float
    """What is under this after a few seconds is rejected."""
    tie: float
    """Differences smaller than this are ties."""

    @staticmethod
    def of(values: Floats) -> Thresholds:
        """From [four cut-points, rejection threshold, width of ties]; nearly equal cut-points are set in order."""
        steps = np.arange(LEVELS - 1) * 0.01
        cuts = np.maximum.accumulate(values[: LEVELS - 1] - steps) + steps
        return Thresholds(cuts, float(values[LEVELS - 1]), max(float(values[LEVELS]), 1e-3))


THRESHOLDS = LEVELS + 1
"""How many a listener has."""
_PRIOR_MEAN = np.array([-1.02, -0.31, 0.31, 1.02, -0.7, 0.25])
"""All stars alike often, with noise 0.7."""
_PRIOR_SD = np.array([0.4, 0.3, 0.3, 0.4, 0.4, 0.1])


@dataclass(frozen=True)
class Posterior:
    """The fit of all judgements. Immutable; `OnlinePosterior` takes in a session's new judgements between two fits."""

    laplace: LaplaceFit

    @property
    def layout(self) -> Layout:
        return self.laplace.layout

    @property
    def evidence(self) -> Evidence:
        return self.layout.evidence

    @property
    def scales(self) -> Scales:
        return self.laplace.scales

    @cached_property
    def factors(self) -> dict[FactorName, Factor]:
        pool, columns, folded, scales = self.evidence.pool, self.layout.columns, self.layout.folded, self.scales
        return {
            "prompt": Factor(
                pool.prompts, pool.prompt_of, columns.prompt, folded.prompt, self.layout.prompt_variance(scales)
            ),
            "seed": Factor(pool.seeds, pool.seed_of, columns.seed, folded.seed, np.full(len(pool.seeds), scales.seed)),
        }

    def noise(self, listener: int) -> ListenerNoise:
        """Of a listener by index in units of `own_spread`; of a new one, -1, what is assumed."""
        return self.scales.noise(listener) if listener >= 0 else ListenerNoise()

    def scores(self, predictor: LinearPredictor, unit: float = 1.0) -> Scores:
        """Mean and standard deviation of linear functions of the unknowns, whose prior spread is `unit`."""
        untouched = np.asarray(predictor.prior_only.multiply(predictor.prior_only).sum(axis=1)).ravel()
        variance = self.laplace.variances(predictor.fitted) + untouched
        return Scores(predictor.fitted @ self.laplace.mean, np.sqrt(variance), unit)

    def joint(self, predictor: LinearPredictor) -> tuple[Floats, Floats]:
        """Mean (rows,) and covariance (rows, rows) of linear functions of the unknowns."""
        through, left = self.laplace.project(predictor.fitted)
        covariance: Floats = through @ (through @ self.laplace.covariance).T
        for part in (left, predictor.prior_only):  # one at a time: each is as large as the result
            covariance += (part @ part.T).toarray()
        covariance += covariance.T
        covariance /= 2
        return predictor.fitted @ self.laplace.mean, covariance

    def take_predictor(self, takes: Ints, listener: int | None = None) -> LinearPredictor:
        """Quality of `takes` (pool indices); with `listener` (an index, or -1 for a new one), what they are to that."""
        layout, scales = self.layout, self.scales
        rows = _PredictorBuilder(layout)
        variance = layout.take_variance(scales)[takes]
        column, folded = layout.columns.take[takes], layout.folded.listener[takes]
        share = np.where(folded >= 0, variance / (variance + scales.interaction), 1.0)
        judged = column >= 0
        rows.add_fitted(judged, column, share)
        rows.add_prior(~judged, "take", takes, np.sqrt(variance))
        split = judged & (folded >= 0)
        rows.add_prior(split, "split", takes, np.sqrt((1 - share) * variance))
        for name, factor in self.factors.items():
            if len(factor.levels):
                level, shared = factor.level_of[takes], ~factor.folded[takes]
                touched = factor.columns[level] >= 0
                rows.add_fitted(shared & touched, factor.columns[level])
                rows.add_prior(shared & ~touched, name, level, np.sqrt(factor.variance[level]))
        rows.add_words(layout.word_columns(takes))
        if listener is not None and (layout.several_listeners or listener < 0):
            unknown = np.full(len(takes), -1)
            own = layout.columns.interaction.find(unknown + 1 + listener, takes) if listener >= 0 else unknown
            theirs = split & (folded == listener)
            rows.add_fitted(own >= 0, own)
            rows.add_fitted(theirs, column, 1 - share)
            rows.add_prior(theirs, "split", takes, -np.sqrt((1 - share) * variance))
            rows.add_prior((own < 0) & ~theirs, "interaction", takes, np.sqrt(scales.interaction))
        return rows.build(len(takes))

    def effect_predictor(self, name: FactorName, levels: Ints) -> LinearPredictor:
        """Effects of prompts, those of their words in them, or of seeds (pool indices)."""
        factor, columns = self.factors[name], self.factors[name].columns[levels]
        rows = _PredictorBuilder(self.layout)
        rows.add_fitted(columns >= 0, columns)
        # An effect with one judged take is folded into that take's effect: it gets its share of it.
        take_of = np.full(len(factor.levels), -1, np.int64)
        single = np.flatnonzero(factor.folded & (factor.level_of >= 0) & (self.layout.columns.take >= 0))
        take_of[factor.level_of[single]] = single
        take = take_of[levels]
        folded = take >= 0
        variance = factor.variance[levels]
        share = variance / self.layout.column_variance(self.scales)[take]
        rows.add_fitted(folded, self.layout.columns.take[take], share)
        left = np.where(folded, variance * (1 - share), variance)
        rows.add_prior(columns < 0, name, levels, np.sqrt(np.maximum(left, 0.0)))
        if name == "prompt":
            rows.add_words(self._columns_of(self.layout.words.of_prompt[levels]))
        return rows.build(len(levels))

    def text_predictor(self, texts: Sequence[str]) -> LinearPredictor:
        """What their words let expect of prompts that are not there."""
        rows = _PredictorBuilder(self.layout)
        rows.add_words(self._columns_of(self.layout.words.of_texts(texts)))
        return rows.build(len(texts))

    def text_variance(self, texts: Sequence[str]) -> Floats:
        """(texts,) prior variance of what each of these prompts has beyond that."""
        words = self.layout.words
        return self.scales.prompt * (1 - self.scales.words * words.fullness(words.of_texts(texts)))

    def word_predictor(self) -> LinearPredictor:
        """Of each word, by how much prompts with it are better than the average one, all else alike.

        In place of words that are never beside it, as one tempo of another, comes the word itself.
        """
        words, columns = self.layout.words, self.layout.columns.word
        fitted = sparse.csr_array((len(columns), self.layout.size))
        if len(columns):
            at, other = np.indices(words.contrasts.shape).reshape(2, -1)
            terms = (words.contrasts.ravel(), (at, columns[other]))
            fitted = sparse.coo_array(terms, shape=(len(columns), self.layout.size)).tocsr()
        return LinearPredictor(fitted, _PredictorBuilder(self.layout).build(len(columns)).prior_only)

    def _columns_of(self, numbers: Ints) -> Ints:
        word = self.layout.columns.word
        return np.where(numbers >= 0, word[numbers], -1) if len(word) else numbers

    def thresholds(self, listener: str) -> Thresholds:
        """The scale of a listener; of one who has judged nothing, what is assumed before the first judgement."""
        names = self.evidence.listeners
        who = names.index(listener) if listener in names else -1
        return Thresholds.of(self.threshold_predictor(who).fitted @ self.laplace.mean + self.prior_thresholds(who))

    def threshold_predictor(self, listener: int) -> LinearPredictor:
        """[four cut-points, rejection threshold, width of ties] of a listener, about their prior where unfitted."""
        columns = self._threshold_columns(listener)
        rows = _PredictorBuilder(self.layout)
        rows.add_fitted(columns >= 0, columns)
        rows.add_prior(columns < 0, "thresholds", np.arange(THRESHOLDS), _PRIOR_SD)
        return rows.build(THRESHOLDS)

    def prior_thresholds(self, listener: int) -> Floats:
        """(6,) what to add to `threshold_predictor`: the prior mean where no judgement of this listener tells more."""
        return np.where(self._threshold_columns(listener) >= 0, 0.0, _PRIOR_MEAN)

    def _threshold_columns(self, listener: int) -> Ints:
        """(6,) -1 where the evidence says nothing of them."""
        columns = self.layout.columns
        if listener < 0:
            return np.full(THRESHOLDS, -1)
        cuts, reject, tie = (int(each[listener]) for each in (columns.cuts, columns.reject, columns.tie))
        return np.array([*(cuts + i if cuts >= 0 else -1 for i in range(LEVELS - 1)), reject, tie])

    def strictness(self, listener: int, session: str, time_bins: Sequence[int]) -> tuple[Floats, Floats]:
        """Mean (bins,) and covariance (bins, bins) of a listener's leniency in judged time bins of a session."""
        rows = [self.strictness_predictor(listener, session, time_bin) for time_bin in time_bins]
        return self.joint(LinearPredictor.stack(rows))

    def strictness_predictor(self, listener: int, session: str, time_bin: int) -> LinearPredictor:
        """The listener's leniency in a time bin of a session, judged or still to come."""
        known = [
            (abs(one.number - time_bin), column)
            for one, column in zip(self.evidence.time_bins, self.layout.columns.strictness.tolist(), strict=True)
            if one.listener == listener and one.session == session and column >= 0
        ]
        gap, column = min(known, default=(0, -1))
        kept = float(drift_correlation(gap)) if column >= 0 else 0.0
        rows = _PredictorBuilder(self.layout)
        rows.add_fitted(np.array([column >= 0]), np.array([column]), kept)
        left = self.layout.spread(self.scales) * self.noise(listener).drift * np.sqrt(1 - kept**2)
        rows.add_prior(np.array([True]), "strictness", np.zeros(1, np.int64), left)
        return rows.build(1)


_Part: TypeAlias = Literal["take", "split", "interaction", "prompt", "seed", "strictness", "thresholds"]
_Terms: TypeAlias = list[tuple[Ints, Ints, Floats]]


class _PredictorBuilder:
    """Collects the terms of a linear predictor. The same part in several rows is the same unknown in all."""

    def __init__(self, layout: Layout) -> None:
        pool = layout.evidence.pool
        parts: dict[_Part, int] = {
            "take": len(pool),
            "split": len(pool),  # how a take's column divides between its own effect and a folded interaction
            "interaction": len(pool),
            "prompt": len(pool.prompts),
            "seed": len(pool.seeds),
            "strictness": 1,
            "thresholds": THRESHOLDS,
        }
        self._columns = layout.size
        *starts, self._parts = accumulate(parts.values(), initial=0)
        self._start = dict(zip(parts, starts, strict=True))
        self._fitted: _Terms = []
        self._prior: _Terms = []

    def add_fitted(self, where: Mask, columns: Ints, coefficient: Floats | float = 1.0) -> None:
        """Where it says so, a fitted column."""
        rows = np.flatnonzero(where)
        self._fitted.append((rows, columns[rows], np.broadcast_to(coefficient, where.shape)[rows]))

    def add_prior(self, where: Mask, part: _Part, index: Ints, sd: Floats | float) -> None:
        """Where it says so, a part of which only the prior is known."""
        rows = np.flatnonzero(where)
        self._prior.append((rows, self._start[part] + index[rows], np.broadcast_to(sd, where.shape)[rows]))

    def add_words(self, columns: Ints) -> None:
        """(rows, some) columns of each row's words, -1 for none."""
        for each in columns.T:
            self.add_fitted(each >= 0, each)

    def build(self, rows: int) -> LinearPredictor:
        def matrix(terms: _Terms, width: int) -> sparse.csr_array:
            if not terms:
                return sparse.csr_array((rows, width))
            at, columns, values = (np.concatenate(each) for each in zip(*terms, strict=True))
            return sparse.coo_array((values, (at, columns)), shape=(rows, width)).tocsr()

        return LinearPredictor(matrix(self._fitted, self._columns), matrix(self._prior, self._parts))


def fit(evidence: Evidence, scales: Scales | None = None) -> Posterior:
    """Fit all judgements. Cost: cubic in prompts, seeds and takes in duels, linear in the rest (see `layout`)."""
    if not len(evidence.pool):
        raise RatingError("There are no takes to rank.", "Generate or import some first.")
    return Posterior(fit_laplace(Design.of(lay_out(evidence)), scales or Scales()))
