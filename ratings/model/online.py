"""A session's view of the posterior: the takes of one selection, kept up to date after each judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from scipy.linalg import blas

from ratings.errors import RatingError
from ratings.judgement import AnyJudgement
from ratings.model.arrays import Floats, Ints, Mask
from ratings.model.evidence import DUEL, GUESS_RATES, LEVELS, PICK, REJECT, STAR, Observation, observation_of
from ratings.model.posterior import (
    THRESHOLDS,
    Factor,
    FactorName,
    Levels,
    LinearPredictor,
    Posterior,
    Scores,
    Thresholds,
)
from ratings.model.scales import ListenerNoise, drift_correlation
from ratings.model.stopping import doubt_of_picks, top_probabilities
from ratings.model.truncated import moment_match


@dataclass(frozen=True)
class StateIndex:
    """Where each part stands in the state: [quality, utility, prompts, seeds, thresholds, strictness now].

    Utility is quality as the listener hears it; with one listener it is quality itself, and has no places of its own.
    """

    utility: int
    """Of the first take; 0 where utilities are the qualities."""
    size: int

    @property
    def strictness(self) -> int:
        return self.size - 1

    @property
    def cuts(self) -> int:
        """Of the first of four cut-points; the rejection threshold and the width of ties follow."""
        return self.size - 1 - THRESHOLDS

    @property
    def reject(self) -> int:
        return self.cuts + LEVELS - 1

    @property
    def tie(self) -> int:
        return self.cuts + LEVELS

    @property
    def thresholds(self) -> slice:
        return slice(self.cuts, self.strictness)


@dataclass(frozen=True)
class Effects:
    """Prompt or seed effects as linear functions of the state, plus what the state says nothing about."""

    names: Levels
    rows: sparse.csr_array
    """(effects, state)"""
    left: Floats
    """(effects,) variance"""


@dataclass(frozen=True)
class OnlinePosterior:
    """A Gaussian over the qualities of a selection and what else a session of one listener can tell.

    `update` takes one judgement in by assumed-density filtering (Minka 2001): the truncated normal is replaced by the
    normal with its mean and variance. Values are immutable; all take indices are positions in `names`.
    """

    names: tuple[str, ...]
    """Ids of the selection."""
    state: StateIndex
    mean: Floats
    """(state,)"""
    covariance: Floats
    """(state, state)"""
    noise: ListenerNoise
    judged: Mask
    """(takes,) whether this listener has judged each take, in whatever session."""
    rejects: bool
    """Whether this listener is known to reject, so that a first hearing without a rejection says something."""
    time_bin: int
    """The time bin of the session whose strictness is in the state."""
    factors: dict[FactorName, Effects]

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each take."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def thresholds(self) -> Thresholds:
        """The listener's scale as the last fit had it."""
        return Thresholds.of(self.mean[self.state.thresholds])

    @property
    def quality(self) -> Floats:
        """(takes,) means."""
        return self.mean[: len(self)]

    @property
    def quality_covariance(self) -> Floats:
        """(takes, takes)"""
        return self.covariance[: len(self), : len(self)]

    @cached_property
    def utility(self) -> Ints:
        """(takes,) place in the state of each take's utility."""
        return self.state.utility + np.arange(len(self))

    def take_scores(self) -> Scores:
        """Quality of each take of the selection."""
        return Scores(self.names, self.quality.copy(), np.sqrt(np.diag(self.quality_covariance)))

    def effects(self, name: FactorName) -> Scores:
        """What each prompt of the selection adds to its takes, or each seed across prompts."""
        effects = self.factors[name]
        through = effects.rows @ self.covariance
        variance = np.asarray(effects.rows.multiply(through).sum(axis=1)).ravel() + effects.left
        return Scores(effects.names, effects.rows @ self.mean, np.sqrt(np.maximum(variance, 0.0)))

    def p_top(self, k: int, draws: int = 2000) -> Floats:
        """(takes,) probability of being among the k best of the selection."""
        return top_probabilities(self.quality, self.quality_covariance, k, draws)

    def expected_regret(self, k: int, draws: int = 1000) -> float:
        """How far, a take, the k that look best fall short of the k best."""
        return doubt_of_picks(self.quality, self.quality_covariance, k, draws).regret

    def update(self, judgement: AnyJudgement) -> OnlinePosterior:
        """Take one judgement in; itself, when the judgement says nothing of rank or of this selection."""
        observed = observation_of(judgement, self.index)
        return self if observed is None else self.observe(observed)

    def observe(self, observed: Observation) -> OnlinePosterior:
        """Take in an answer, of takes by their positions in `names`."""
        kind, take, other, outcome = observed
        state, first = self.state, kind != DUEL and not self.judged[take]
        value = [(state.utility + take, 1.0), (state.strictness, 1.0)]
        after = self
        if kind == DUEL:
            tie = self.thresholds.tie
            gap = [(state.utility + take, 1.0), (state.utility + other, -1.0), (state.tie, -float(outcome))]
            bounds = {1: (0.0, np.inf), 0: (-tie, tie), -1: (-np.inf, 0.0)}[outcome]
            after = after.given(gap, *bounds, kind)
        elif kind == STAR:
            # An interval's width is taken as known; where it lies is as uncertain as the middle of its cut-points.
            edges = [level for level in (outcome - 1, outcome) if 0 < level < LEVELS]
            cuts = [self.thresholds.cuts[level - 1] for level in edges]
            middle = sum(cuts) / len(cuts)
            low = cuts[0] - middle if outcome > 1 else -np.inf
            high = cuts[-1] - middle if outcome < LEVELS else np.inf
            after = after.given(
                [*value, *((state.cuts + level - 1, -1 / len(cuts)) for level in edges)], low, high, kind
            )
            if first and self.rejects:
                after = after.given([*value, (state.reject, -1.0)], 0.0, np.inf, REJECT)
        elif kind == PICK:
            after = after.given([*value, (state.cuts + LEVELS - 2, -1.0)], 0.0, np.inf, kind)
        else:
            after = after.given([*value, (state.reject, -1.0)], -np.inf, 0.0, kind)
        judged = self.judged.copy()
        judged[[take] if other < 0 else [take, other]] = True
        return replace(after, judged=judged, rejects=self.rejects or kind == REJECT)

    def given(self, terms: Sequence[tuple[int, float]], low: float, high: float, kind: int) -> OnlinePosterior:
        """Given that the sum of `terms` (place, coefficient), with the noise of this kind of answer, fell between."""
        gain = np.zeros(len(self.mean))
        for at, sign in terms:
            gain += sign * self.covariance[at]
        value = sum(sign * self.mean[at] for at, sign in terms)
        total = self.noise.by_kind[kind] ** 2 + sum(sign * gain[at] for at, sign in terms)
        scale = float(np.sqrt(total))
        guess_rate = float(GUESS_RATES[kind])
        alpha, beta = moment_match((low - value) / scale, (high - value) / scale, self.noise.lapse, guess_rate)
        covariance = blas.dger(-beta / total, gain, gain, a=self.covariance.T).T
        # Thresholds are considered but left as they are until the next fit (Schmidt's filter): one answer at a time
        # cannot tell both ends of an interval, and would walk the cut-points into each other.
        thresholds = self.state.thresholds
        covariance[thresholds, thresholds] = self.covariance[thresholds, thresholds]
        gain[thresholds] = 0.0
        return replace(self, mean=self.mean + gain * (alpha / scale), covariance=covariance)

    def advance(self, time_bin: int) -> OnlinePosterior:
        """Go to a later time bin of the session: what is known of the strictness fades."""
        if time_bin <= self.time_bin:
            return self
        kept = float(drift_correlation(time_bin - self.time_bin))
        at, mean, covariance = self.state.strictness, self.mean.copy(), self.covariance.copy()
        mean[at] *= kept
        covariance[at, :] *= kept
        covariance[:, at] *= kept
        covariance[at, at] += self.noise.drift**2 * (1 - kept**2)
        return replace(self, mean=mean, covariance=covariance, time_bin=time_bin)


def online_posterior(
    posterior: Posterior, takes: Sequence[str], listener: str, session: str = "", time_bin: int = 0
) -> OnlinePosterior:
    """The view of `takes` (ids) for a session of `listener`, at a time bin of it.

    Memory and the cost of an update grow with the square of the selection: 500 takes need 4 MB and about 1 ms.
    Raises RatingError for an empty selection or a take that is not in the pool.
    """
    evidence, layout = posterior.evidence, posterior.layout
    pool = evidence.pool
    missing = [take for take in takes if take not in pool.index]
    if missing or not takes:
        raise RatingError(f"{missing[0]} is not among the takes." if missing else "There are no takes to choose from.")
    chosen = np.array(list(dict.fromkeys(pool.index[take] for take in takes)), dtype=np.int64)
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    own_utility = layout.several_listeners or (who < 0 and len(evidence.listeners) > 0)
    factors = posterior.factors
    shared = {name: np.setdiff1d(_levels(each, chosen), each.level_of[each.folded]) for name, each in factors.items()}

    predictors = [posterior.take_predictor(chosen)]
    if own_utility:
        predictors.append(posterior.take_predictor(chosen, who))
    predictors += [posterior.effect_predictor(name, shared[name]) for name in factors]
    predictors += [posterior.threshold_predictor(who), posterior.strictness_predictor(who, session, time_bin)]
    mean, covariance = posterior.joint(LinearPredictor.stack(predictors))

    start = len(chosen) * (2 if own_utility else 1)
    places: dict[FactorName, Ints] = {}
    for name, factor in factors.items():
        places[name] = np.full(len(factor.levels), -1, np.int64)
        places[name][shared[name]] = start + np.arange(len(shared[name]))
        start += len(shared[name])
    state = StateIndex(len(chosen) if own_utility else 0, len(mean))
    mean[state.thresholds] += posterior.prior_thresholds(who)

    mine = evidence.listener == who
    judged = np.zeros(len(pool), np.bool_)
    judged[evidence.take[mine]] = True
    judged[evidence.other[mine & (evidence.other >= 0)]] = True
    return OnlinePosterior(
        names=tuple(pool.takes[take] for take in chosen),
        state=state,
        mean=mean,
        covariance=covariance,
        noise=posterior.noise(who),
        judged=judged[chosen],
        rejects=bool(np.any(evidence.kind[mine] == REJECT)),
        time_bin=time_bin,
        factors={name: _effects(posterior, name, chosen, places, len(mean)) for name in factors},
    )


def _levels(factor: Factor, takes: Ints) -> Ints:
    """The levels that `takes` have."""
    levels = factor.level_of[takes]
    return np.unique(levels[levels >= 0])


def _effects(
    posterior: Posterior, name: FactorName, chosen: Ints, places: dict[FactorName, Ints], size: int
) -> Effects:
    """Effects that have a place are read there; one of a single take gets its share of that take's own effect."""
    factor, crossed = posterior.factors[name], posterior.factors["seed" if name == "prompt" else "prompt"]
    levels, crossed_at = _levels(factor, chosen), places[crossed.name]
    variance = posterior.layout.take_variance(posterior.scales)
    entries: list[tuple[int, int, float]] = []
    left = np.zeros(len(levels))
    holder = {int(factor.level_of[take]): i for i, take in enumerate(chosen)}
    for row, level in enumerate(levels.tolist()):
        if (at := int(places[name][level])) >= 0:
            entries.append((row, at, 1.0))
            continue
        place = holder[level]
        take = chosen[place]
        share = factor.variance / float(variance[take])
        left[row] = factor.variance * (1 - share)
        entries.append((row, place, share))
        if crossed.level_of[take] >= 0 and (at := int(crossed_at[crossed.level_of[take]])) >= 0:
            entries.append((row, at, -share))  # a take's own effect is what quality has beyond the shared effects
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = sparse.coo_array((np.array(values, np.float64), (rows, columns)), shape=(len(levels), size)).tocsr()
    return Effects(tuple(factor.levels[level] for level in levels), matrix, left)
