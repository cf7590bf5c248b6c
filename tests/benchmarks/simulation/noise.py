"""Whether the noise that is learned is the listeners' own, from twenty repeats on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from msgspec import structs

from ratings.judgement import AnyJudgement
from ratings.model.evidence import TakePool
from ratings.model.learn_scales import fit_judgements
from tests.benchmarks.simulation.families import FAMILIES
from tests.benchmarks.simulation.listeners import SimulatedMind, Sitting

LEVELS = (0.2, 0.3, 0.5, 0.7, 1.0, 1.5, 2.0, 2.5)
"""Standard deviations, about which listeners differ by up to 20 %."""
CASES = ("alone", "with duels", "among five")
_REPEATS, _DUELS, _TAKES_OF_FIVE = 20, 20, 60


def learned_over_true(case: str, noise: float, number: int) -> tuple[float, float]:
    """Of a listener after one pass and twenty repeats, in units of the spread of what takes are worth to that listener.

    Among five: of the first of five of different noise, each with as much taste of their own as they share.
    """
    family = replace(FAMILIES["on the priors"], star_noise=noise, duel_noise=noise, reject_under=None)
    if case == "among five":
        family = replace(family, prompts=_TAKES_OF_FIVE // family.seeds)
    mind = SimulatedMind(family, number)
    shared = mind.quality
    said: list[AnyJudgement] = []
    for who in range(5 if case == "among five" else 1):
        level = LEVELS[(LEVELS.index(noise) + 2 * who) % len(LEVELS)]
        one = SimulatedMind(replace(family, star_noise=level), 1000 * who + number)
        if case == "among five":
            own = np.random.default_rng((7, who, number)).normal(size=len(shared))
            one.quality = (shared + own) / 2**0.5
        mind = one if who == 0 else mind
        said += _hear(one, number, f"l{who}", duels=case == "with duels")
    posterior = fit_judgements(TakePool.of(mind.takes), said)
    return posterior.noise(posterior.evidence.listeners.index("l0")).star, mind.star_noise


def _hear(mind: SimulatedMind, number: int, name: str, *, duels: bool) -> list[AnyJudgement]:
    sitting, rng = Sitting(mind), np.random.default_rng((6, number))
    for take in rng.permutation(len(mind.takes)):
        sitting.rate(int(take))
    for take in rng.permutation(len(mind.takes))[:_REPEATS]:
        sitting.rate(int(take))
    for _ in range(_DUELS if duels else 0):
        a, b = rng.choice(len(mind.takes), 2, replace=False)
        sitting.compare(int(a), int(b))
    return [structs.replace(one, listener=name, session=name, id=f"{name}{one.id}") for one in sitting.said]
