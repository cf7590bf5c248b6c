"""Families of listeners and of takes: most lie off the model's priors, as people do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from ratings.model.arrays import Floats

Shape: TypeAlias = Callable[[np.random.Generator, int], Floats]
"""Of what takes differ by beyond prompt and seed; its spread is set to one afterwards."""


def _normal(rng: np.random.Generator, takes: int) -> Floats:
    return rng.normal(size=takes)


def _heavy(rng: np.random.Generator, takes: int) -> Floats:
    return rng.standard_t(3, takes)


def _skewed(rng: np.random.Generator, takes: int) -> Floats:
    return np.exp(0.8 * rng.normal(size=takes))


def _two_groups(rng: np.random.Generator, takes: int) -> Floats:
    return np.where(rng.random(takes) < 0.5, -1.0, 1.0) + 0.35 * rng.normal(size=takes)


def _gems(rng: np.random.Generator, takes: int) -> Floats:
    """12 in 100 are gems, the rest duds."""
    out = 0.35 * rng.normal(size=takes)
    out[rng.permutation(takes)[: round(0.12 * takes)]] += 2.5
    return out


@dataclass(frozen=True)
class Pace:
    """Seconds of listening."""

    first_s: float = 12.0
    again_s: float = 8.0
    reject_s: float = 4.0
    decide_s: float = 2.0
    """Of a duel, beyond hearing both."""


@dataclass(frozen=True)
class Family:
    """Takes and a listener. Noise is in units of the spread of quality, which is one."""

    name: str
    prompts: int = 20
    seeds: int = 5
    prompt_share: float = 0.25
    seed_share: float = 0.05
    shape: Shape = _normal
    star_noise: float = 0.7
    duel_noise: float = 0.7
    reject_noise: float = 1.0
    sticking: float = 0.0
    """Share of the variance of the noise that comes back whenever the take is heard."""
    mid_scale: float = 1.0
    """How many times the noise is at the middle of the scale, and one over it at the ends."""
    drift: float = 0.25
    mood: float = 0.0
    """Change of strictness after 15 minutes."""
    tired: float = 1.0
    """How many times the noise is after 20 minutes."""
    slips: float = 0.02
    levels: tuple[int, ...] = (1, 2, 3, 4, 5)
    """The stars that are given."""
    reject_under: float | None = -0.15
    """None for a listener who never rejects."""
    side: float = 0.1
    neither: bool = False
    """Whether neither is said to be good where both are heard as worth fewer than three stars."""
    circles: float = 0.0
    """Spread of what each pair of takes adds to its duels: taste that no order fits."""
    pace: Pace = Pace()
    minutes: tuple[int, ...] = (10, 15, 20, 25, 30, 40)
    """When ways are compared; the last is the end."""

    @property
    def takes(self) -> int:
        return self.prompts * self.seeds


_REFERENCE = Family("on the priors")
_OFF = (
    Family("heavy tails", shape=_heavy),
    Family("skewed", shape=_skewed),
    Family("two groups", shape=_two_groups),
    Family("12 gems, the rest duds", shape=_gems),
    Family("prompts make no difference", prompt_share=0.0, seed_share=0.0),
    Family("prompts make most of it", prompt_share=0.6),
    Family("steady, noise 0.3", star_noise=0.3, duel_noise=0.3),
    Family("noisy, 1.2", star_noise=1.2, duel_noise=1.2),
    Family("noise mid-scale", mid_scale=1.5),
    Family("noise that sticks to the take", sticking=0.5),
    Family("stars 3 to 5 only", levels=(3, 4, 5), reject_under=-0.5),
    Family("stars 1 and 5 only", levels=(1, 5), reject_under=-0.5),
    Family("rejects 70 %", reject_under=0.65),
    Family("never rejects", reject_under=None),
    Family("strong drift", drift=0.6),
    Family("mood falls after 15 minutes", mood=-0.7),
    Family("tired after 20 minutes", tired=1.7),
    Family("mis-keys, 7 %", slips=0.07),
    Family("duels by side", side=0.6),
    Family("duels in circles", circles=0.7),
    Family("says that neither is good", neither=True),
)
_SLOW = replace(_REFERENCE, name="25 s a hearing", pace=Pace(25.0, 20.0, 8.0, 4.0), minutes=(20, 30, 40, 50, 60, 80))
_LARGE = replace(_REFERENCE, name="300 takes", prompts=30, seeds=10, minutes=(30, 45, 60, 75, 90))

FAMILIES = {family.name: family for family in (_REFERENCE, *_OFF)}
"""Of 100 takes at the usual pace: what is pooled."""
APART = {family.name: family for family in (_SLOW, _LARGE)}
"""At other minutes, so not pooled with those."""
