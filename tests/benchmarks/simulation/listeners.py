"""Simulated listeners with known taste: what they would say, and how long it takes them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ratings.model.evidence import TakeFactors, TakePool

PROMPT, SEED, OWN = 0.25, 0.05, 0.70
FIRST_S, AGAIN_S, REJECT_S = 12.0, 8.0, 4.0
DRIFT_SD, DRIFT_MEMORY_MIN = 0.25, 20.0
LAPSES = 0.02
HORIZON_MIN = 400


@dataclass(frozen=True)
class Condition:
    """What is varied between benchmarks."""

    prompts: int = 20
    seeds: int = 5
    star_noise: float = 0.7
    duel_noise: float = 0.7

    @property
    def takes(self) -> int:
        return self.prompts * self.seeds


class Listener:
    """One listener and the takes of one pool; everything follows from (condition, number).

    Quality has variance 0.25 (prompt) + 0.05 (seed) + 0.70 (take). Noise differs by up to 20 % between listeners, the
    scale's thresholds are their own, strictness drifts (Ornstein-Uhlenbeck), 2 % of answers are lapses.
    The n-th hearing of a take has the same noise whatever policy asks for it.
    """

    def __init__(self, condition: Condition, number: int) -> None:
        rng = np.random.default_rng((20260, number))
        self.pool = TakePool.of(
            [
                TakeFactors(f"{p:010x}{s:010x}", f"prompt {p}", s)
                for p in range(condition.prompts)
                for s in range(condition.seeds)
            ]
        )
        takes = condition.takes
        u, w = rng.normal(0, PROMPT**0.5, condition.prompts), rng.normal(0, SEED**0.5, condition.seeds)
        self.quality = u[self.pool.prompt_of] + w[self.pool.seed_of] + rng.normal(0, OWN**0.5, takes)
        own = rng.uniform(0.8, 1.2)
        self.star_noise, self.duel_noise, self.early_noise = (
            own * condition.star_noise,
            own * condition.duel_noise,
            own * 1.0,
        )
        self.cuts = np.array([-1.0, -0.35, 0.35, 1.0]) * rng.uniform(0.8, 1.25) + rng.normal(0, 0.25)
        self.cuts += np.sort(rng.uniform(-0.12, 0.12, 4))
        self.reject_under = -0.15 + rng.normal(0, 0.2)
        kept = np.exp(-1 / DRIFT_MEMORY_MIN)
        drift = np.empty(HORIZON_MIN)
        drift[0] = rng.normal(0, DRIFT_SD)
        for minute in range(1, HORIZON_MIN):
            drift[minute] = kept * drift[minute - 1] + rng.normal(0, DRIFT_SD * np.sqrt(1 - kept**2))
        self._drift = drift
        self._early = rng.normal(0, 1, takes)
        self._noise = rng.normal(0, 1, (takes, 200))
        self._lapse = rng.random((takes, 200))
        self._duels = np.random.default_rng((20261, number))
        self._times = np.zeros(takes, np.int64)
        self.minutes = 0.0

    def begin(self) -> None:
        """Forget all hearings: a new policy starts."""
        self._times[:] = 0
        self.minutes = 0.0
        self._duels = np.random.default_rng((20261, int(self._duels.bit_generator.seed_seq.entropy[1])))

    def rate(self, take: int, *, may_reject: bool) -> int:
        """Stars, or 0 for a rejection (at a first hearing, after four seconds)."""
        n = int(self._times[take])
        feels = self.quality[take] + self._drift[min(int(self.minutes), HORIZON_MIN - 1)]
        if may_reject and n == 0 and feels + self.early_noise * self._early[take] < self.reject_under:
            self._times[take] += 1
            self.minutes += REJECT_S / 60
            return 0
        self._times[take] += 1
        self.minutes += (FIRST_S if n == 0 else AGAIN_S) / 60
        lapse = self._lapse[take, n % 200]
        if lapse < LAPSES:
            return 1 + int(lapse / LAPSES * 5)
        return 1 + int(np.searchsorted(self.cuts, feels + self.star_noise * self._noise[take, n % 200]))

    def compare(self, a: int, b: int) -> int:
        """1, 0 (tie) or -1; `a` stands on the favoured side half of the time."""
        for take in (a, b):
            self.minutes += (FIRST_S if self._times[take] == 0 else AGAIN_S) / 60
            self._times[take] += 1
        rng = self._duels
        noise, lapse, side = rng.normal(), rng.random(), rng.integers(2)
        if lapse < LAPSES:
            return int(rng.integers(-1, 2))
        difference = self.quality[a] - self.quality[b] + self.duel_noise * noise + (0.1 if side else -0.1)
        return 0 if abs(difference) < 0.25 else int(np.sign(difference))
