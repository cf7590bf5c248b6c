"""A session's view of the posterior: the takes of one selection, kept up to date after each judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.linalg import blas

from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.evidence import DUEL, PICK, REJECT, STAR
from ratings.model.layout import CHANCES, LEVELS, drift_memory
from ratings.model.posterior import Habits, Posterior, Readout, Scores
from ratings.model.scales import Ear, RatingError
from ratings.model.stopping import chances, expected_regret
from ratings.model.truncated import matched

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


_HABITS = LEVELS + 1
"""Places in the state of a listener's habits: four cut-points, rejection threshold, width of ties."""


@dataclass(frozen=True)
class Effects:
    """Prompt or seed effects as linear functions of a focus's state, plus what the state says nothing about."""

    names: tuple[str, ...] | tuple[int, ...]
    rows: sparse.csr_array
    """(effects, state)"""
    left: Floats
    """(effects,) variance"""


@dataclass(frozen=True)
class Focus:
    """A Gaussian over [quality of the selection, one listener's opinions, prompts, seeds, habits, strictness now].

    Opinions have places of their own only when several listeners judged. `update` takes one judgement in by
    assumed-density filtering (Minka 2001): the truncated normal is replaced by the normal with its mean and variance.
    Values are immutable; all indices are positions in `names`.
    """

    names: tuple[str, ...]
    """Ids of the selection."""
    mean: Floats
    """(state,)"""
    covariance: Floats
    """(state, state)"""
    ear: Ear
    heard: NDArray[np.bool_]
    """(takes,) whether this listener has judged each take, in whatever session."""
    opinions: int
    """Where the listener's opinions start in the state; 0 where they are the qualities themselves."""
    rejects: bool
    """Whether this listener is known to reject, so that a first hearing without a rejection says something."""
    part: int
    """The stretch of the sitting whose strictness is in the state."""
    prompts: Effects
    seeds: Effects

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each take."""
        return {name: i for i, name in enumerate(self.names)}

    @cached_property
    def habits(self) -> Habits:
        """The listener's scale as the last fit had it."""
        return Habits.of(self.ear, self.mean[-1 - _HABITS : -1])

    @property
    def quality(self) -> Floats:
        """(takes,) means."""
        return self.mean[: len(self)]

    @property
    def spread(self) -> Floats:
        """(takes, takes) covariance of quality."""
        return self.covariance[: len(self), : len(self)]

    def take_scores(self) -> Scores:
        """Quality of each take of the selection."""
        return Scores(self.names, self.quality.copy(), np.sqrt(np.diag(self.spread)))

    def prompt_effects(self) -> Scores:
        """What each prompt of the selection adds to its takes."""
        return self._effects(self.prompts)

    def seed_effects(self) -> Scores:
        """What each seed of the selection adds across prompts."""
        return self._effects(self.seeds)

    def p_top(self, k: int, draws: int = 2000) -> Floats:
        """(takes,) probability of being among the k best of the selection."""
        return chances(self.quality, self.spread, k, draws)

    def expected_regret(self, k: int, draws: int = 1000) -> float:
        """How far, a take, the k that look best fall short of the k best."""
        return expected_regret(self.quality, self.spread, k, draws)

    def _effects(self, effects: Effects) -> Scores:
        through = effects.rows @ self.covariance
        variance = np.asarray(effects.rows.multiply(through).sum(axis=1)).ravel() + effects.left
        return Scores(effects.names, effects.rows @ self.mean, np.sqrt(np.maximum(variance, 0.0)))

    def update(self, judgement: AnyJudgement) -> Focus:
        """Take one judgement in; itself, when the judgement says nothing of rank or of this selection."""
        if not isinstance(judgement, Stars | Reject | Pick | Duel) or judgement.take not in self.index:
            return self
        take = self.index[judgement.take]
        if isinstance(judgement, Stars):
            return self.hear(STAR, take, outcome=judgement.stars)
        if isinstance(judgement, Reject):
            return self.hear(REJECT, take)
        if isinstance(judgement, Pick):
            return self.hear(PICK, take)
        if judgement.other not in self.index or judgement.other == judgement.take:
            return self
        outcome = {"take": 1, "tie": 0, "other": -1}[judgement.winner]
        return self.hear(DUEL, take, self.index[judgement.other], outcome)

    def hear(self, kind: int, take: int, other: int = -1, outcome: int = 0) -> Focus:
        """Take in stars (outcome 1 to 5), a reject, a pick, or a duel (1 take, 0 tie, -1 other)."""
        habits, strictness = self.habits, len(self.mean) - 1
        first = kind != DUEL and not self.heard[take]
        at, cut, reject, tie = self.opinions + take, strictness - 6, strictness - 2, strictness - 1
        felt = [(at, 1.0), (strictness, 1.0)]
        after = self
        if kind == DUEL:
            gap = [(at, 1.0), (self.opinions + other, -1.0)]
            bounds = {1: (0.0, np.inf), 0: (-habits.tie, habits.tie), -1: (-np.inf, 0.0)}[outcome]
            after = after.absorb([*gap, (tie, -float(outcome))], *bounds, kind)
        elif kind == STAR:
            # An interval's width is taken as known; where it lies is as uncertain as the middle of its cut-points.
            edges = [(cut + outcome - 2, habits.cuts[outcome - 2])] if outcome > 1 else []
            edges += [(cut + outcome - 1, habits.cuts[outcome - 1])] if outcome < LEVELS else []
            middle = sum(value for _, value in edges) / len(edges)
            low = edges[0][1] - middle if outcome > 1 else -np.inf
            high = edges[-1][1] - middle if outcome < LEVELS else np.inf
            after = after.absorb([*felt, *((place, -1 / len(edges)) for place, _ in edges)], low, high, kind)
            if first and self.rejects:
                after = after.absorb([*felt, (reject, -1.0)], 0.0, np.inf, REJECT)
        elif kind == PICK:
            after = after.absorb([*felt, (cut + LEVELS - 2, -1.0)], 0.0, np.inf, kind)
        else:
            after = after.absorb([*felt, (reject, -1.0)], -np.inf, 0.0, kind)
        heard = self.heard
        if not heard[take] or (other >= 0 and not heard[other]):
            heard = heard.copy()
            heard[[take] if other < 0 else [take, other]] = True
        return replace(after, heard=heard, rejects=self.rejects or kind == REJECT)

    def absorb(self, terms: Sequence[tuple[int, float]], low: float, high: float, kind: int) -> Focus:
        """Take in that the sum of `terms` (place, sign), with the noise of this kind of judgement, fell between."""
        gain = np.zeros(len(self.mean))
        for at, sign in terms:
            gain += sign * self.covariance[at]
        value = sum(sign * self.mean[at] for at, sign in terms)
        habits = slice(len(self.mean) - 1 - _HABITS, len(self.mean) - 1)
        noise = (self.ear.star, self.ear.reject, self.ear.duel, self.ear.reject)[kind]
        total = noise**2 + sum(sign * gain[at] for at, sign in terms)
        scale = float(np.sqrt(total))
        alpha, beta = matched((low - value) / scale, (high - value) / scale, self.ear.lapse, float(CHANCES[kind]))
        covariance = blas.dger(-beta / total, gain, gain, a=self.covariance.T).T
        # Habits are considered but left as they are until the next fit (Schmidt's filter): one answer at a time cannot
        # tell both ends of an interval, and would walk the cut-points into each other.
        covariance[habits, habits] = self.covariance[habits, habits]
        gain[habits] = 0.0
        return replace(self, mean=self.mean + gain * (alpha / scale), covariance=covariance)

    def move_on(self, part: int) -> Focus:
        """Go to a later stretch of the sitting: what is known of the strictness fades."""
        if part <= self.part:
            return self
        kept = drift_memory(part - self.part)
        mean, covariance = self.mean.copy(), self.covariance.copy()
        mean[-1] *= kept
        covariance[-1, :] *= kept
        covariance[:, -1] *= kept
        covariance[-1, -1] += self.ear.drift**2 * (1 - kept**2)
        return replace(self, mean=mean, covariance=covariance, part=part)


def focus(posterior: Posterior, takes: Sequence[str], listener: str, sitting: str = "", part: int = 0) -> Focus:
    """The view of `takes` (ids) for a sitting of `listener`, at stretch `part` of it.

    Memory and the cost of an update grow with the square of the selection: 500 takes need 4 MB and about 1 ms.
    Raises RatingError for an empty selection or a take that is not in the pool.
    """
    evidence, layout, scales = posterior.evidence, posterior.layout, posterior.scales
    pool = evidence.pool
    missing = [take for take in takes if take not in pool.index]
    if missing or not takes:
        raise RatingError(f"{missing[0]} is not among the takes." if missing else "There are no takes to choose from.")
    chosen = np.array(list(dict.fromkeys(pool.index[take] for take in takes)), dtype=np.int64)
    count = len(chosen)
    who = evidence.listeners.index(listener) if listener in evidence.listeners else -1
    own_opinions = layout.several or (who < 0 and len(evidence.listeners) > 0)
    prompts = np.unique(pool.prompt_of[chosen][pool.prompt_of[chosen] >= 0])
    seeds = np.unique(pool.seed_of[chosen][pool.seed_of[chosen] >= 0])
    shared_prompts = np.setdiff1d(prompts, pool.prompt_of[layout.prompt_alone & (pool.prompt_of >= 0)])
    shared_seeds = np.setdiff1d(seeds, pool.seed_of[layout.seed_alone & (pool.seed_of >= 0)])

    readouts = [posterior.read_takes(chosen)]
    if own_opinions:
        readouts.append(posterior.read_takes(chosen, who))
    readouts += [posterior.read_prompts(shared_prompts), posterior.read_seeds(shared_seeds)]
    readouts += [posterior.read_habits(who), posterior.read_strictness(who, sitting, part)]
    stacked = Readout(
        sparse.vstack([one.fitted for one in readouts], format="csr"),
        sparse.vstack([one.free for one in readouts], format="csr"),
    )
    mean, covariance = posterior.joint(stacked)
    mean[-1 - _HABITS : -1] += posterior.usual_habits(who)

    size, opinions = len(mean), count if own_opinions else 0
    prompt_at = np.full(len(pool.prompts), -1, np.int64)
    prompt_at[shared_prompts] = opinions + count + np.arange(len(shared_prompts))
    seed_at = np.full(len(pool.seeds), -1, np.int64)
    seed_at[shared_seeds] = opinions + count + len(shared_prompts) + np.arange(len(shared_seeds))
    by_prompt = _Kin(prompts, pool.prompts, pool.prompt_of, prompt_at, scales.prompt)
    by_seed = _Kin(seeds, pool.seeds, pool.seed_of, seed_at, scales.seed)
    own = layout.own_variance(scales)

    said = evidence.listener == who
    heard = np.zeros(len(pool), np.bool_)
    heard[evidence.take[said]] = True
    others = evidence.other[said]
    heard[others[others >= 0]] = True
    return Focus(
        names=tuple(pool.takes[take] for take in chosen),
        mean=mean,
        covariance=covariance,
        ear=scales.ear(who) if who >= 0 else Ear(),
        heard=heard[chosen],
        opinions=opinions,
        rejects=bool(np.any(evidence.kind[said] == REJECT)),
        part=part,
        prompts=_effects(by_prompt, by_seed, chosen, own, size),
        seeds=_effects(by_seed, by_prompt, chosen, own, size),
    )


@dataclass(frozen=True)
class _Kin:
    """Takes that share a prompt, or a seed."""

    wanted: Ints
    names: tuple[str, ...] | tuple[int, ...]
    of: Ints
    """(pool,)"""
    at: Ints
    """Place in the state of each effect, -1 where it has none."""
    variance: float


def _effects(kin: _Kin, others: _Kin, chosen: Ints, own: Floats, size: int) -> Effects:
    """Effects that have a place are read there; one of a single take gets its share of that take's own part."""
    entries: list[tuple[int, int, float]] = []
    left = np.zeros(len(kin.wanted))
    holder = {int(kin.of[take]): i for i, take in enumerate(chosen)}
    for row, effect in enumerate(kin.wanted):
        if kin.at[effect] >= 0:
            entries.append((row, int(kin.at[effect]), 1.0))
            continue
        place = holder[int(effect)]
        take = chosen[place]
        share = kin.variance / float(own[take])
        left[row] = kin.variance * (1 - share)
        entries.append((row, place, share))
        shared = int(others.at[others.of[take]]) if others.of[take] >= 0 else -1
        if shared >= 0:  # the own part is what quality has beyond the shared effects
            entries.append((row, shared, -share))
    rows, columns, values = zip(*entries, strict=True) if entries else ((), (), ())
    matrix = sparse.coo_array((np.array(values, np.float64), (rows, columns)), shape=(len(kin.wanted), size)).tocsr()
    names = tuple(kin.names[effect] for effect in kin.wanted)
    return Effects(cast("tuple[str, ...] | tuple[int, ...]", names), matrix, left)
