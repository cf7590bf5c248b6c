"""A session's view of the posterior: the takes of one selection, kept up to date after each judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.linalg import blas

from ratings.errors import RatingError
from ratings.judgement import AnyJudgement
from ratings.model.arrays import Floats, Mask
from ratings.model.evidence import (
    DUEL,
    GOOD,
    GUESS_RATES,
    LEVELS,
    NEITHER,
    PICK,
    REJECT,
    STAR,
    Observation,
    observation_of,
)
from ratings.model.posterior import THRESHOLDS, LinearPredictor, Posterior, Thresholds
from ratings.model.scales import ListenerNoise, drift_correlation
from ratings.model.stopping import PickDoubt, doubt_of_picks
from ratings.model.truncated import moment_match

_STICKS, _MOST_NOISE = 0.1, 1.0
"""What sticks, as a share of the variance of the noise of stars; and of what variance at most."""
_FORETOLD = 0.5
"""How much is believed of what was foretold of a take. Both were measured by how far sessions of many kinds of
listeners fell short of what was told (tests/benchmarks/bench_listening.py)."""


@dataclass(frozen=True)
class StateIndex:
    """Where each part stands in the state: [quality, thresholds, strictness now]."""

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
class OnlinePosterior:
    """A Gaussian over the qualities of a selection and what else a session of one listener can tell.

    Where others have judged too, quality is what takes are worth to this listener, in units of its spread: a session
    finds the best by one's own ear, and others only foretell it.


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
    draws_line: bool
    """Whether this listener is known to say that neither of two is good, so that a win says something of the winner."""
    time_bin: int
    """The time bin of the session whose strictness is in the state."""

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
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

    def doubt(self, k: int, draws: int = 1000) -> PickDoubt:
        """How far the k that look best may be from the k best.

        What sticks to a take for as long as the sitting lasts, a mood, a surprise, what was heard before it, comes back
        whenever it is heard: that much stays in doubt however often it is. And how much prompts matter is known badly:
        of what was not heard, only a part of what its prompt and others foretell is believed.
        """
        variance = np.diag(self.quality_covariance)
        stuck = _STICKS * min(self.noise.star**2, _MOST_NOISE)
        sticks = np.diag(stuck * np.clip(1 - variance, 0, 1) * self.judged)
        expected = np.where(self.judged, 1.0, _FORETOLD) * self.quality
        return doubt_of_picks(expected, self.quality_covariance + sticks, k, draws)

    def update(self, judgement: AnyJudgement) -> OnlinePosterior:
        """Take one judgement in; itself, when the judgement says nothing of rank or of this selection."""
        observed = observation_of(judgement, self.index)
        return self if observed is None else self.observe(observed)

    def observe(self, observed: Observation) -> OnlinePosterior:
        """Take in an answer, of takes by their positions in `names`."""
        kind, take, other, outcome = observed
        state, first = self.state, other < 0 and not self.judged[take]
        value = [(take, 1.0), (state.strictness, 1.0)]
        after = self
        if kind == DUEL:
            tie = self.thresholds.tie
            gap = [(take, 1.0), (other, -1.0), (state.tie, -float(outcome))]
            bounds = {1: (0.0, np.inf), 0: (-tie, tie), -1: (-np.inf, 0.0)}[outcome]
            after = after.given(gap, *bounds, kind)
            if outcome and self.draws_line:
                after = after.given(self._over_line(take if outcome > 0 else other), 0.0, np.inf, NEITHER)
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
        elif kind == NEITHER:
            for each in sorted((take, other)):  # whichever of them was called the other
                after = after.given(self._over_line(each), -np.inf, 0.0, kind)
        elif kind == PICK:
            after = after.given([*value, (state.cuts + LEVELS - 2, -1.0)], 0.0, np.inf, kind)
        else:
            after = after.given([*value, (state.reject, -1.0)], -np.inf, 0.0, kind)
        judged = self.judged.copy()
        judged[[take] if other < 0 else [take, other]] = True
        rejects, draws_line = self.rejects or kind == REJECT, self.draws_line or kind == NEITHER
        return replace(after, judged=judged, rejects=rejects, draws_line=draws_line)

    def _over_line(self, take: int) -> list[tuple[int, float]]:
        """The terms of how far a take is over what is good, to this listener now."""
        return [(take, 1.0), (self.state.strictness, 1.0), (self.state.cuts + GOOD - 2, -1.0)]

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
        raise RatingError(f"{missing[0]} isn't among the takes." if missing else "There are no takes to choose from.")
    chosen = np.array(list(dict.fromkeys(pool.index[take] for take in takes)), dtype=np.int64)
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    others = layout.several_listeners or (who < 0 and len(evidence.listeners) > 0)

    predictors = [
        posterior.take_predictor(chosen, who if others else None),
        posterior.threshold_predictor(who),
        posterior.strictness_predictor(who, session, time_bin),
    ]
    mean, covariance = posterior.joint(LinearPredictor.stack(predictors))
    state = StateIndex(len(mean))
    assumed = posterior.prior_thresholds(who)
    if others:
        unit = np.full(len(mean), 1 / posterior.scales.own_spread)
        unit[state.thresholds][assumed != 0] = 1.0  # they are in those units
        unit[state.strictness] = 1 / layout.spread(posterior.scales)
        mean, covariance = mean * unit, covariance * unit[:, None] * unit
    mean[state.thresholds] += assumed

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
        draws_line=bool(np.any(evidence.kind[mine] == NEITHER)),
        time_bin=time_bin,
    )
