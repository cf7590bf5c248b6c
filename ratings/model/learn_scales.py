"""How large variances and noise are, learned from the listeners' own judgements: Laplace evidence on a grid."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.design import Design
from ratings.model.evidence import DUEL, REJECT, STAR, Evidence, TakeFactors, TakePool, build_evidence
from ratings.model.laplace import LaplaceFit
from ratings.model.layout import lay_out
from ratings.model.newton import fit_laplace
from ratings.model.posterior import Posterior, fit
from ratings.model.scales import Scales

_STEP = 2**0.25
"""Neighbours on the grid differ by this factor."""
_REPEATS = 20
"""Takes rated again (duels) that it takes to tell noise from quality: without, Laplace's evidence doubles the noise."""
_PRIORS = {
    "prompt": (0.7, 0.02, 0.65),
    "seed": (0.7, 0.005, 0.3),
    "interaction": (1.0, 0.01, 12.0),
    "star": (0.5, 0.15, 3.0),
    "drift": (0.35, 0.05, 1.0),
    "reject": (0.3, 0.4, 3.0),
    "duel": (0.25, 0.1, 3.0),
}
"""Of each number: how widely its logarithm differs from the usual (a duel's: from that of stars), least and most."""


class Hyperparameter(NamedTuple):
    """One number of `Scales`, or of a listener's noise in them, with a log-normal prior on it."""

    name: str
    listener: int = -1
    """Whose noise it is of; -1 for nobody's."""

    def get(self, scales: Scales) -> float:
        return float(getattr(scales if self.listener < 0 else scales.noise(self.listener), self.name))

    def set(self, scales: Scales, value: float) -> Scales:
        if self.listener < 0:
            return replace(scales, **{self.name: value})  # type: ignore[arg-type]
        return scales.with_noise(self.listener, replace(scales.noise(self.listener), **{self.name: value}))

    def log_prior(self, scales: Scales) -> float:
        """Up to a constant."""
        # A noisy listener is one in duels too: a few duels of close takes alone would make their noise anything at all.
        centre = scales.noise(self.listener).star if self.name == "duel" else self.get(Scales())
        return -0.5 * float((np.log(self.get(scales) / centre) / _PRIORS[self.name][0]) ** 2)


def hyperparameters(evidence: Evidence) -> Iterator[Hyperparameter]:
    """The numbers that `evidence` can say something about."""
    several = evidence.pool.prompts, evidence.pool.seeds, evidence.listeners
    for name, levels in zip(("prompt", "seed", "interaction"), several, strict=True):
        if len(levels) > 1:
            yield Hyperparameter(name)
    for who in range(len(evidence.listeners)):
        kinds = evidence.kind[evidence.listener == who]
        stars = evidence.take[(evidence.listener == who) & (evidence.kind == STAR)]
        names: tuple[str, ...] = ()
        if len(stars) - len(np.unique(stars)) >= _REPEATS:
            names += ("star", "drift", "reject") if REJECT in kinds else ("star", "drift")
        if names or np.count_nonzero(kinds == DUEL) >= _REPEATS:
            names += ("duel",)
        for name in names:
            yield Hyperparameter(name, who)


def learn(evidence: Evidence, rounds: int = 2) -> Posterior:
    """Fit with the likeliest scales: each number climbs its grid while the evidence (times its prior) grows.

    Type-II maximum likelihood with weak priors (MacKay 1992; Rasmussen & Williams 2006, ch. 5).
    """
    numbers = list(hyperparameters(evidence))
    best = _Scored.of(fit_laplace(Design.of(lay_out(evidence)), Scales()), numbers)
    for _ in range(rounds):
        before = best
        for number in numbers:
            for factor in (_STEP, 1 / _STEP):
                if (climbed := _climb(best, numbers, number, factor)) is not best:
                    best = climbed
                    break
        if best is before:
            break
    return Posterior(best.fit)


class _Scored(NamedTuple):
    fit: LaplaceFit
    score: float
    """Log evidence plus log prior."""

    @staticmethod
    def of(found: LaplaceFit, numbers: Sequence[Hyperparameter]) -> _Scored:
        return _Scored(found, found.log_evidence + sum(number.log_prior(found.scales) for number in numbers))


def _climb(best: _Scored, numbers: Sequence[Hyperparameter], number: Hyperparameter, factor: float) -> _Scored:
    """Step one number by `factor` as long as that helps; the same when not even the first step does."""
    _, low, high = _PRIORS[number.name]
    while low <= (new := number.get(best.fit.scales) * factor) <= high:
        shared = best.fit.scales.prompt + best.fit.scales.seed
        if number.name in ("prompt", "seed") and shared - number.get(best.fit.scales) + new > 0.95:
            break
        scales = number.set(best.fit.scales, new)
        trial = _Scored.of(fit_laplace(best.fit.design, scales, best.fit.mode), numbers)
        if trial.score <= best.score:
            break
        best = trial
    return best


EARLY: Final = 200
"""Judgements of the first days that variances and noise are learned from, over all listeners."""
_ENOUGH = 20
"""With fewer there is nothing to learn."""
_LADDER = 1.25
_EACH = 40


def learn_from_beginning(pool: TakePool, judgements: Sequence[AnyJudgement]) -> tuple[tuple[str, ...], Scales]:
    """Listeners and scales, learned from the first judgements: cheap, and the same for the same judgements.

    The beginning of a history is a fair sample whatever was heard next because of it, which a choice of takes or of
    judgements would not be (Rubin 1976). It grows in steps of a quarter, up to `EARLY` (each listener's share of it,
    but at least some), so that what was learned holds for many judgements to come, and is remembered by content.
    With few judgements: no listeners, and what is assumed of everyone.
    """
    observed = [one for one in judgements if one.take in pool.index and isinstance(one, Stars | Reject | Pick | Duel)]
    by_listener: dict[str, list[AnyJudgement]] = {}
    for one in observed:
        by_listener.setdefault(one.listener, []).append(one)
    most = max(EARLY // max(len(by_listener), 1), _EACH)
    sample = [one for own in by_listener.values() for one in own[: _step(min(len(own), most))]]
    if len(sample) < _ENOUGH:
        return (), Scales()
    takes = dict.fromkeys(take for one in sample for take in takes_of(one) if take in pool.index)
    return _learned(tuple(pool.factors(take) for take in takes), tuple(sample))


def fit_judgements(pool: TakePool, judgements: Sequence[AnyJudgement]) -> Posterior:
    """The posterior of all judgements, with scales learned from the first of them. Raises RatingError without takes."""
    evidence = build_evidence(pool, judgements)
    listeners, learned = learn_from_beginning(pool, judgements)
    scales = Scales(learned.prompt, learned.seed, learned.interaction)
    for place, listener in enumerate(evidence.listeners):
        if listener in listeners:
            scales = scales.with_noise(place, learned.noise(listeners.index(listener)))
    return fit(evidence, scales)


def _step(count: int) -> int:
    """The highest step of the ladder that is not over `count`."""
    return int(_LADDER ** int(np.log(count + 0.5) / np.log(_LADDER))) if count else 0


@lru_cache(maxsize=8)
def _learned(takes: tuple[TakeFactors, ...], judgements: tuple[AnyJudgement, ...]) -> tuple[tuple[str, ...], Scales]:
    evidence = build_evidence(takes, judgements)
    return evidence.listeners, learn(evidence, rounds=1).scales
