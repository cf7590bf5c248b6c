"""Learning variances and noise from the listener's own data: Laplace evidence, one number at a time on a grid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from ratings.model.evidence import DUEL, REJECT, STAR, Evidence
from ratings.model.laplace import Mode, find_mode
from ratings.model.layout import lay_out
from ratings.model.posterior import Posterior, carry
from ratings.model.scales import Ear, Scales

_Best = tuple[Mode, float]
_STEP = 2**0.25
"""Neighbours on the grid differ by this factor."""
_REPEATS = 20
"""Takes rated again (duels) that it takes to tell noise from quality: without, Laplace's evidence doubles the noise."""


_EARS = {"star": (0.5, 0.15, 3.0), "drift": (0.35, 0.05, 1.0), "reject": (0.3, 0.4, 3.0), "duel": (0.25, 0.1, 3.0)}
"""Of each noise: how widely its logarithm differs between listeners (a duel's: from that of stars), least and most."""


@dataclass(frozen=True)
class Knob:
    """One number of `Scales`: how to read and set it, and a log-normal prior on it."""

    name: str
    get: Callable[[Scales], float]
    set: Callable[[Scales, float], Scales]
    centre: Callable[[Scales], float]
    width: float
    """Standard deviation of the logarithm."""
    low: float
    high: float

    def log_prior(self, scales: Scales) -> float:
        """Up to a constant."""
        return -0.5 * float((np.log(self.get(scales) / self.centre(scales)) / self.width) ** 2)


def knobs(evidence: Evidence) -> Iterator[Knob]:
    """The numbers that `evidence` can say something about."""
    pool = evidence.pool
    if len(pool.prompts) > 1:
        yield Knob("prompt", lambda s: s.prompt, lambda s, v: replace(s, prompt=v), lambda _: 0.25, 0.7, 0.02, 0.65)
    if len(pool.seeds) > 1:
        yield Knob("seed", lambda s: s.seed, lambda s, v: replace(s, seed=v), lambda _: 0.05, 0.7, 0.005, 0.3)
    if len(evidence.listeners) > 1:
        yield Knob(
            "deviation", lambda s: s.deviation, lambda s, v: replace(s, deviation=v), lambda _: 0.15, 0.7, 0.01, 1.5
        )
    for who in range(len(evidence.listeners)):
        said = evidence.kind[evidence.listener == who]
        stars = evidence.take[(evidence.listener == who) & (evidence.kind == STAR)]
        names: tuple[str, ...] = ()
        if len(stars) - len(np.unique(stars)) >= _REPEATS:
            names += ("star", "drift", "reject") if REJECT in said else ("star", "drift")
        if names or np.count_nonzero(said == DUEL) >= _REPEATS:
            names += ("duel",)
        for name in names:
            yield _ear_knob(name, who)


def _ear_knob(name: str, who: int) -> Knob:
    def of(scales: Scales, which: str = name) -> float:
        return float(getattr(scales.ear(who), which))

    def to(scales: Scales, value: float) -> Scales:
        return scales.with_ear(who, replace(scales.ear(who), **{name: value}))

    # A noisy listener is one in duels too: a few duels of close takes alone would make their noise anything at all.
    centre = partial(of, which="star") if name == "duel" else lambda _: getattr(Ear(), name)
    width, low, high = _EARS[name]
    return Knob(f"{name} of {who}", of, to, centre, width, low, high)


def learn(evidence: Evidence, start: Posterior | None = None, rounds: int = 2) -> Posterior:
    """Fit with the likeliest scales: each number climbs its grid while the evidence (times its prior) grows.

    Type-II maximum likelihood with weak priors (MacKay 1992; Rasmussen & Williams 2006, ch. 5). Starts from `start`'s
    scales; a handful of listening minutes later few numbers move more than a step, so later calls cost a few fits.
    """
    layout = lay_out(evidence)
    scales = start.scales if start is not None else Scales()
    point = None if start is None else carry(start, layout)
    mode = find_mode(layout, scales, point)
    all_knobs = list(knobs(evidence))

    def score(mode: Mode) -> float:
        return mode.log_evidence + sum(knob.log_prior(mode.scales) for knob in all_knobs)

    value = score(mode)
    for _ in range(rounds):
        moved = False
        for knob in all_knobs:
            for factor in (_STEP, 1 / _STEP):
                better = _climb(score, mode, value, knob, factor)
                if better is not None:
                    mode, value = better
                    moved = True
                    break
        if not moved:
            break
    return Posterior(mode)


def _climb(score: Callable[[Mode], float], mode: Mode, value: float, knob: Knob, factor: float) -> _Best | None:
    """Step one number by `factor` as long as that helps; None when not even the first step does."""
    moved = False
    while knob.low <= (new := knob.get(mode.scales) * factor) <= knob.high:
        shared = mode.scales.prompt + mode.scales.seed
        if knob.name in ("prompt", "seed") and shared - knob.get(mode.scales) + new > 0.95:
            break
        trial = find_mode(mode.layout, knob.set(mode.scales, new), mode.x)
        if (trial_value := score(trial)) <= value:
            break
        mode, value, moved = trial, trial_value, True
    return (mode, value) if moved else None
