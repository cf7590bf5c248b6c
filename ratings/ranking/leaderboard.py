"""What is known of a library now: places, grid, both scales, and how reliable the listeners are."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from library.take import Take
from ratings.history import History, sound_history
from ratings.judgement import AnyJudgement
from ratings.model.evidence import Evidence, build_evidence
from ratings.model.reliability import Agreement, Consistency, Sides, agreement, consistency, sides
from ratings.model.stopping import places
from ratings.ranking.choices import MADE, RANKED_BY, List, Scale
from ratings.ranking.factors import factors_of
from ratings.ranking.ranking import Grid, RankedRow, RankedTakes, rank
from ratings.ranking.word_effects import WordEffect, word_effects

TOP: Final = 10
"""How many places the chance and the line are about; half the rows where there are fewer than twice that."""


@dataclass(frozen=True)
class ListenerReliability:
    """How far to trust one listener."""

    listener: str
    judgements: int
    consistency: Consistency
    sides: Sides


@dataclass(frozen=True)
class ScaleCorrelation:
    """How composition and sound go together."""

    takes: int
    """Rated on both scales."""
    rho: float
    """Spearman's, equal scores sharing the mean of their ranks; 0 where all are equal."""


@dataclass(frozen=True)
class Leaderboard:
    """One fit a scale, read off in every way."""

    scale: Scale
    listener: str | None
    """Whose ranking it is; None for that of all who judged."""
    ranks: dict[List, list[RankedRow]]
    tops: dict[List, int]
    """The n of each ranking's p_top."""
    words: tuple[WordEffect, ...]
    """What the words of prompts do, by that ranking."""
    grid: Grid
    seeds_matter: bool
    """Whether a seed means something with any of the takes, or none has one."""
    others: dict[str, float]
    """Scores of takes on the scale that is not ranked by, where they are rated there."""
    listeners: tuple[ListenerReliability, ...]
    """Who judged most first."""
    agreement: Agreement | None
    """None for one listener alone."""
    correlation: ScaleCorrelation | None
    """None where no take was rated on both scales."""

    @staticmethod
    def of(
        takes: Sequence[Take],
        history: History,
        scale: Scale = "composition",
        listener: str | None = None,
        seedless: Collection[str] = (),
    ) -> Leaderboard:
        """Work it out, for a thread; of one `listener` by what that one said. Raises RatingError if a fit fails.

        Seeds of takes of generators that are `seedless` mean nothing.
        """
        everyone = history if scale == "composition" else sound_history(history)
        own = history if listener is None else history.of(listener)
        sound = sound_history(own)
        front, behind = (own, sound) if scale == "composition" else (sound, own)
        seeded = [take for take in takes if take.seed is not None]
        ranked = RankedTakes.of(takes, front)
        ranks: dict[List, list[RankedRow]] = {}
        tops: dict[List, int] = {}
        for by in RANKED_BY:
            ranks[by] = ranked.rank(by=by, top=TOP, reach=None if by == "take" else TOP, seedless=seedless)
            tops[by] = places(TOP, len(ranks[by]))
        ranks[MADE] = _by_factors(ranked, ranks["take"])
        tops[MADE] = len(ranks[MADE])
        others = {str(row.key): row.score for row in rank(takes, behind)} if len(sound) else {}
        evidence = None if ranked.posterior is None else ranked.posterior.evidence
        if evidence is not None and listener is not None:
            evidence = build_evidence(evidence.pool, everyone.live())
        return Leaderboard(
            scale=scale,
            listener=listener,
            ranks=ranks,
            tops=tops,
            words=word_effects(ranked.posterior),
            grid=ranked.grid(TOP),
            seeds_matter=not seeded or any(take.generator not in seedless for take in seeded),
            others=others,
            listeners=_listeners(evidence, everyone.live()) if evidence is not None else (),
            agreement=agreement(evidence) if evidence is not None and len(evidence.listeners) > 1 else None,
            correlation=_correlation({str(row.key): row.score for row in ranks["take"]}, others),
        )


def _by_factors(ranked: RankedTakes, rows: Sequence[RankedRow]) -> list[RankedRow]:
    """The values of every factor of which the ranked takes have more than one, factor by factor."""
    judged = {row.key for row in rows}
    factors = factors_of(take for take in ranked.takes if take.id in judged)
    ranks = (ranked.rank(by=factor, top=1) for factor in factors)
    return [row for values in ranks if len(values) > 1 for row in values]


def _listeners(evidence: Evidence, judgements: Sequence[AnyJudgement]) -> tuple[ListenerReliability, ...]:
    found = [
        ListenerReliability(
            listener,
            int((evidence.listener == place).sum()),
            consistency(evidence, listener),
            sides(judgements, listener),
        )
        for place, listener in enumerate(evidence.listeners)
    ]
    return tuple(sorted(found, key=lambda one: (-one.judgements, one.listener)))


def _correlation(scores: dict[str, float], others: dict[str, float]) -> ScaleCorrelation | None:
    both = [take for take in scores if take in others]
    if not both:
        return None
    one, other = (np.round([each[take] for take in both], 6) for each in (scores, others))
    if np.ptp(one) == 0 or np.ptp(other) == 0:
        return ScaleCorrelation(len(both), 0.0)
    from scipy.stats import spearmanr  # half a second to import

    return ScaleCorrelation(len(both), float(spearmanr(one, other).statistic))
