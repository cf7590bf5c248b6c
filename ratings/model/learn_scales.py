"""How large variances and noise are, learned from the listeners' own judgements by the evidence for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.arrays import Floats
from ratings.model.design import Design
from ratings.model.evidence import DUEL, PICK, REJECT, STAR, Evidence, TakeFactors, TakePool, build_evidence
from ratings.model.laplace import LaplaceFit
from ratings.model.layout import lay_out
from ratings.model.newton import fit_laplace
from ratings.model.posterior import Posterior, fit
from ratings.model.scales import ListenerNoise, Scales
from ratings.model.take_integrals import TakeIntegrals

_STEP = 2**0.25
"""Neighbours on the grid differ by this factor."""
_REPEATS = 12
"""Takes rated again that it takes to tell noise from quality, where few takes share a prompt."""
_DUELS = 20
_PRIORS = {
    "prompt": (0.7, 0.01, 0.65),
    "seed": (0.7, 0.005, 0.3),
    "interaction": (1.0, 0.01, 12.0),
    "words": (1.2, 0.05, 0.9),
    "star": (0.45, 0.1, 4.0),
    "drift": (0.35, 0.03, 1.2),
    "reject": (0.3, 0.3, 4.0),
    "duel": (0.25, 0.1, 4.0),
}
"""Of each number: how widely its logarithm differs from the usual (a duel's: from that of stars), least and most."""
_STAR = 0.6
"""The usual noise of stars of those who have been measured: a little less than is assumed of the unknown."""
_DIFFERENCE = 0.05
"""Step by which the evidence's gradient is taken, in units of the priors' widths."""
_LONGEST = 1.0
"""Step of the climb, at most, in the same units."""
_STEPS, _HALVINGS = 12, 4
_SETTLED = 5e-3
"""Gain in log evidence that is not worth another step."""


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


def learn(evidence: Evidence) -> Posterior:
    """Fit with the likeliest scales, by type-II maximum likelihood with weak priors (MacKay 1992).

    Each listener's noise from that listener's ratings alone, which others' taste can't spoil; with one listener the
    shares of prompt and seed too. What is left climbs a grid while Laplace's evidence (times its prior) grows.
    """
    scales, duels, shares = Scales(), list[Hyperparameter](), True
    alone = len(evidence.listeners) == 1
    for who in range(len(evidence.listeners)):
        own = _ratings_of(evidence, who)
        if len(own) - len(np.unique(own.take)) >= _REPEATS:
            found = learn_own(own)
            scales = (found if alone else scales).with_noise(who, found.noise(0))
            shares = not alone
        if np.count_nonzero(evidence.kind[evidence.listener == who] == DUEL) >= _DUELS:
            duels.append(Hyperparameter("duel", who))
    levels = zip(("prompt", "seed", "interaction"), _levels(evidence), strict=True)
    design = Design.of(lay_out(evidence))
    words = [Hyperparameter("words")] if design.layout.words.words else []
    numbers = [*(Hyperparameter(name) for name, several in levels if several and shares), *words, *duels]
    best = _Scored.of(fit_laplace(design, scales), numbers)
    for number in numbers:
        for factor in (_STEP, 1 / _STEP):
            if (climbed := _climb(best, numbers, number, factor)) is not best:
                best = climbed
                break
    return Posterior(best.fit)


def learn_own(own: Evidence) -> Scales:
    """The likeliest noise of stars, rejects and strictness of one listener, and shares of prompts and seeds.

    All of them climb together: noise of one kind is easily taken for that of another. A duel is as noisy as stars.
    """
    integrals = TakeIntegrals.of(own)
    names = ["star", "drift"] + ["reject"] * bool(np.any(own.kind == REJECT))
    names += [name for name, several in zip(("prompt", "seed"), _levels(own), strict=False) if several]
    width, low, high = np.array([_PRIORS[name] for name in names]).T
    usual = np.log([getattr(ListenerNoise(star=_STAR), name, None) or getattr(Scales(), name) for name in names])

    def scales(logs: Floats) -> Scales:
        found = dict(zip(names, np.exp(logs).tolist(), strict=True))
        shares = {name: found.pop(name) for name in ("prompt", "seed") if name in found}
        return Scales(**shares, noises=(ListenerNoise(**found, duel=found["star"]),))

    def cost(units: Floats) -> float:
        return 0.5 * float(units @ units) - integrals.log_evidence(scales(usual + width * units))

    bounds = (np.log([low, high]) - usual) / width
    return scales(usual + width * _descend(cost, integrals, *bounds))


def _descend(cost: Callable[[Floats], float], integrals: TakeIntegrals, low: Floats, high: Floats) -> Floats:
    """The least cost near zero, in units in which the prior's curvature is one: BFGS with short steps.

    Every evaluation starts from the integrals at the best point so far: from those of a point far off they would not
    be found again.
    """
    at = np.zeros(len(low))
    value, bend = cost(at), np.eye(len(at))
    here = integrals.state

    def slope() -> Floats:
        out = np.zeros(len(at))
        for i in range(len(at)):
            integrals.state = here
            away = _DIFFERENCE if at[i] + _DIFFERENCE <= high[i] else -_DIFFERENCE
            out[i] = (cost(at + away * np.eye(len(at))[i]) - value) / away
        return out

    gradient = slope()
    for _ in range(_STEPS):
        step = -np.linalg.solve(bend, gradient)
        step *= min(1.0, _LONGEST / np.abs(step).max())
        for _ in range(_HALVINGS):
            new = np.clip(at + step, low, high)
            integrals.state = here
            found = cost(new)
            if found < value:
                break
            step = step / 2
        else:
            break
        moved, gain, before = new - at, value - found, gradient
        at, value, here = new, found, integrals.state
        if gain < _SETTLED:
            break
        gradient = slope()
        turned = gradient - before
        if (agree := float(moved @ turned)) > 1e-3 * float(moved @ moved):
            along = bend @ moved
            bend += np.outer(turned, turned) / agree - np.outer(along, along) / float(moved @ along)
    return at


def _levels(evidence: Evidence) -> tuple[bool, bool, bool]:
    """Whether there are several prompts, seeds, listeners."""
    return len(evidence.pool.prompts) > 1, len(evidence.pool.seeds) > 1, len(evidence.listeners) > 1


def _ratings_of(evidence: Evidence, who: int) -> Evidence:
    """What one listener said of single takes."""
    rows = np.flatnonzero((evidence.listener == who) & np.isin(evidence.kind, (STAR, REJECT, PICK)))
    bins, time_bin = np.unique(evidence.time_bin[rows], return_inverse=True)
    time_bins = tuple(evidence.time_bins[i]._replace(listener=0) for i in bins)
    return Evidence(
        evidence.pool, evidence.listeners[who : who + 1], time_bins,
        evidence.kind[rows], evidence.take[rows], evidence.other[rows], evidence.outcome[rows],
        np.zeros(len(rows), np.int64), time_bin, evidence.first[rows], evidence.blind[rows],
    )  # fmt: skip


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


EARLY: Final = 300
"""Judgements of the first days that variances and noise are learned from, over all listeners."""
_ENOUGH = 20
"""With fewer there is nothing to learn."""
_LADDER = 1.03
_EACH = 100


def learn_from_beginning(pool: TakePool, judgements: Sequence[AnyJudgement]) -> tuple[tuple[str, ...], Scales]:
    """Listeners and scales, learned from the first judgements: cheap, and the same for the same judgements.

    The beginning of a history is a fair sample whatever was heard next because of it, which a choice of takes or of
    judgements would not be (Rubin 1976). It grows in steps of 3 %, up to `EARLY` (each listener's share of it,
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
    scales = Scales(learned.prompt, learned.seed, learned.interaction, words=learned.words)
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
    return evidence.listeners, learn(evidence).scales
