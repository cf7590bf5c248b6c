"""Variances and noise at a bounded cost: learned from the beginning of what was said."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from ratings.history import takes_of
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Stars
from ratings.model.evidence import Origin, Pool, gather
from ratings.model.learning import learn
from ratings.model.posterior import Posterior, fit
from ratings.model.scales import Scales

EARLY: Final = 200
"""Judgements of the first days that variances and noise are learned from, over all listeners."""
_ENOUGH = 20
"""With fewer there is nothing to learn."""
_LADDER = 1.25
_EACH = 40


def learn_early(pool: Pool, judgements: Sequence[AnyJudgement]) -> tuple[tuple[str, ...], Scales]:
    """Listeners and scales, learned from the first judgements: cheap, and the same for the same judgements.

    The beginning of a history is a fair sample whatever was heard next because of it, which a choice of takes or of
    judgements would not be (Rubin 1976). It grows in steps of a quarter, up to `EARLY` (each listener's share of it,
    but at least some), so that what was learned holds for many judgements to come, and is remembered by content.
    With few judgements: no listeners, and what is assumed of everyone.
    """
    told = [one for one in judgements if one.take in pool.index and isinstance(one, Stars | Reject | Pick | Duel)]
    by_listener: dict[str, list[AnyJudgement]] = {}
    for one in told:
        by_listener.setdefault(one.listener, []).append(one)
    most = max(EARLY // max(len(by_listener), 1), _EACH)
    sample = [one for said in by_listener.values() for one in said[: _step(min(len(said), most))]]
    if len(sample) < _ENOUGH:
        return (), Scales()
    takes = dict.fromkeys(take for one in sample for take in takes_of(one) if take in pool.index)
    return _learned(tuple(pool.origin(take) for take in takes), tuple(sample))


def fit_said(pool: Pool, judgements: Sequence[AnyJudgement]) -> Posterior:
    """The posterior of all that was said, with scales learned from its beginning. Raises RatingError without takes."""
    evidence = gather(pool, judgements)
    listeners, learned = learn_early(pool, judgements)
    scales = Scales(learned.prompt, learned.seed, learned.deviation)
    for place, listener in enumerate(evidence.listeners):
        if listener in listeners:
            scales = scales.with_ear(place, learned.ear(listeners.index(listener)))
    return fit(evidence, scales)


def _step(count: int) -> int:
    """The highest step of the ladder that is not over `count`."""
    return int(_LADDER ** int(np.log(count + 0.5) / np.log(_LADDER))) if count else 0


@lru_cache(maxsize=8)
def _learned(takes: tuple[Origin, ...], judgements: tuple[AnyJudgement, ...]) -> tuple[tuple[str, ...], Scales]:
    evidence = gather(takes, judgements)
    return evidence.listeners, learn(evidence, rounds=1).scales
