"""All that is known of a library now, as the ranking shows it: places, grid, both scales, and how steady ears are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from library.take import Take
from ratings.history import History
from ratings.judgement import AnyJudgement
from ratings.model.arrays import Floats
from ratings.model.evidence import Evidence
from ratings.model.reliability import agreement, consistency, sides
from ratings.ranking.ranking import By, Grid, RankedRow, RankedTakes
from ratings.ranking.sound_scale import sound_history

Scale: TypeAlias = Literal["composition", "sound"]

ORDER: tuple[By, ...] = ("take", "prompt", "seed")
TOP = 10
"""How many places the chance and the line are about; half the rows where there are fewer than twice that."""
ENOUGH = 8
"""Takes rated on both scales from which on they are compared."""
TOGETHER = 0.6
"""Rank correlation from which on the two scales say much the same."""


@dataclass(frozen=True)
class ListenerReliability:
    """How far to trust one listener, in sentences."""

    listener: str
    judgements: int
    words: tuple[str, ...]


@dataclass(frozen=True)
class Leaderboard:
    """One fit a scale, read off in every way."""

    scale: Scale
    ranks: dict[By, list[RankedRow]]
    tops: dict[By, int]
    """The n of each ranking's p_top."""
    grid: Grid
    others: dict[str, float]
    """Scores of takes on the scale that is not ranked by, where they are rated there."""
    ears: tuple[ListenerReliability, ...]
    agreement: str | None
    """How far the listeners say the same; None for one alone."""
    both: str | None
    """How the two scales go together; None where too few takes were rated on both."""

    @staticmethod
    def of(takes: Sequence[Take], history: History, scale: Scale = "composition") -> Leaderboard:
        """Work it out, for a thread. Raises RatingError if a fit fails."""
        sound = sound_history(history)
        front, behind = (history, sound) if scale == "composition" else (sound, history)
        standing = RankedTakes.of(takes, front)
        ranks, tops = {}, {}
        for by in ORDER:
            ranks[by], tops[by] = standing.rank(by=by, top=TOP), TOP
            if 0 < len(ranks[by]) < 2 * TOP:
                # "In the best ten of eleven" says nothing: ask about the better half.
                tops[by] = max(1, len(ranks[by]) // 2)
                ranks[by] = standing.rank(by=by, top=tops[by])
        others = _scores([take for take in takes if behind.verdict(take.id).rated], behind) if len(sound) else {}
        evidence = None if standing.posterior is None else standing.posterior.evidence
        several = evidence is not None and len(evidence.listeners) > 1
        return Leaderboard(
            scale=scale,
            ranks=ranks,
            tops=tops,
            grid=standing.grid(),
            others=others,
            ears=_ears(evidence, front.live()) if evidence is not None else (),
            agreement=agreement(evidence).words if evidence is not None and several else None,
            both=_together({str(row.key): row.score for row in ranks["take"]}, others),
        )


def _scores(takes: Sequence[Take], history: History) -> dict[str, float]:
    return {str(row.key): row.score for row in RankedTakes.of(takes, history).rank()}


def _ears(evidence: Evidence, said: Sequence[AnyJudgement]) -> tuple[ListenerReliability, ...]:
    found = []
    for place, listener in enumerate(evidence.listeners):
        count = int((evidence.listener == place).sum())
        swayed = sides(said, listener)
        words = (consistency(evidence, listener).words, *([swayed.words] if swayed.duels else []))
        found.append(ListenerReliability(listener, count, words))
    return tuple(sorted(found, key=lambda one: (-one.judgements, one.listener)))


def _together(scores: dict[str, float], others: dict[str, float]) -> str | None:
    """Spearman's rank correlation of the two scales, in a sentence."""
    both = [take for take in scores if take in others]
    if len(both) < ENOUGH:
        return None
    rho = _rank_correlation([scores[take] for take in both], [others[take] for take in both])
    if rho >= TOGETHER:
        says = "what is well produced is mostly what is well composed here, or the sound sways you"
    elif rho <= -TOGETHER:
        says = "what is well composed is mostly what is badly produced"
    else:
        says = "good composition and good sound are two different things here"
    return f"Of {len(both)} takes rated for both, {says} (rank correlation {rho:.2f})."


def _rank_correlation(one: Sequence[float], other: Sequence[float]) -> float:
    """Spearman's rho, equal values sharing the mean of their ranks; 0 where all are equal."""
    first, second = _mean_ranks(one), _mean_ranks(other)
    if min(np.ptp(first), np.ptp(second)) == 0:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _mean_ranks(values: Sequence[float]) -> Floats:
    rounded = np.round(np.array(values, dtype=np.float64), 6)
    ordered = np.sort(rounded)
    out: Floats = (np.searchsorted(ordered, rounded, "left") + np.searchsorted(ordered, rounded, "right")) / 2
    return out
