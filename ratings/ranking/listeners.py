"""Who judged, how much, and how far each is to be trusted: in numbers, as learned."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from ratings.errors import ListenerError
from ratings.history import History
from ratings.logs.listeners import listener_name
from ratings.model.reliability import agreement_with_others
from ratings.model.scales import ListenerNoise
from ratings.ranking.ranking import RankedTakes

_NAMED = 20
"""Listeners that an error names, at most."""


class RankedListener(Struct, frozen=True):
    """One listener; None where too little is known."""

    listener: str
    answers: int
    """Of those that the ranking goes by."""
    noise: float | None
    """Standard deviation of a star rating, in units of the spread of what takes are worth to this listener."""
    drift: float | None
    """Standard deviation of the strictness within a session, in the same units."""
    agreement: float | None
    """Krippendorff's ordinal alpha of this listener's stars and the others': 1 is agreement, 0 is chance."""


def known_listener(text: str, history: History) -> str:
    """The listener of that name. Raises ListenerError for one who has judged nothing."""
    name = listener_name(text)
    names = sorted(history.listeners())
    if name not in names:
        some = ", ".join(names[:_NAMED]) + ", …" * (len(names) > _NAMED)
        raise ListenerError(f"{name} has judged nothing here.", f"Those who have: {some}." if names else "")
    return name


def rank_listeners(ranked: RankedTakes) -> list[RankedListener]:
    """Who said most first."""
    if ranked.posterior is None:
        return []
    posterior, evidence, assumed = ranked.posterior, ranked.posterior.evidence, ListenerNoise()
    found = []
    for listener in ranked.listeners:
        who = evidence.listeners.index(listener)
        noise, alpha = posterior.noise(who), agreement_with_others(evidence, who)
        learned = (noise.star, noise.drift) != (assumed.star, assumed.drift)
        found.append(
            RankedListener(
                listener=listener,
                answers=int(np.count_nonzero(evidence.listener == who)),
                noise=noise.star if learned else None,
                drift=noise.drift if learned else None,
                agreement=None if np.isnan(alpha) else alpha,
            )
        )
    return found
