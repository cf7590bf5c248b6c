"""Pairs of takes of one prompt of which one is better: what training on preferences wants."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ndtr

from library.take import Take
from ratings.history import History
from ratings.judgement import Duel
from ratings.model.stars import StarScale
from ratings.ranking.ranking import RankedTakes

Strategy: TypeAlias = Literal["duel", "posterior"]

MOST_OF_A_PROMPT = 300
"""Takes of one prompt that are compared, those about which most is known: pairs grow with the square of them."""


@dataclass(frozen=True)
class Pair:
    """Two takes of one prompt."""

    prompt: str
    chosen: str
    """Id of the better take."""
    rejected: str
    strategy: Strategy
    """Somebody heard the two against each other and said so; or all judgements together imply it."""
    margin: float
    """By how many stars the model takes the chosen one to be better: below zero where a duel went against all else."""
    certainty: float
    """The model's probability that the chosen one is better."""


def find_pairs(takes: Iterable[Take], history: History, least_certainty: float) -> list[Pair]:
    """Pairs among the judged ones of `takes`: those of duels first, then the surest.

    A duel that somebody won is a pair whatever the model thinks of it, unless as many duels of these two went the other
    way. Any other pair is one where the model is sure enough: at least `least_certainty`, over 0.5. Raises RatingError.
    """
    ranked = RankedTakes.judged(takes, history)
    won = _won_duels(history)
    pairs = list(_compare(ranked, won, least_certainty))
    return sorted(pairs, key=lambda pair: (pair.strategy, -round(pair.certainty, 9), pair.chosen, pair.rejected))


def _won_duels(history: History) -> Counter[tuple[str, str]]:
    """How many more duels the first of two won than the second."""
    won: Counter[tuple[str, str]] = Counter()
    for event in history.live():
        if isinstance(event, Duel) and event.winner != "tie":
            ends = (event.take, event.other) if event.winner == "take" else (event.other, event.take)
            won[ends] += 1
            won[ends[::-1]] -= 1
    return won


def _compare(ranked: RankedTakes, won: Counter[tuple[str, str]], least_certainty: float) -> Iterator[Pair]:
    if (posterior := ranked.posterior) is None:
        return
    scale = StarScale.of(posterior)
    of_prompt = defaultdict[str, list[int]](list)
    for place, take in enumerate(ranked.takes):
        if take.prompt is not None:
            of_prompt[take.prompt].append(place)
    for prompt, places in of_prompt.items():
        if len(places) < 2:
            continue
        at = np.array(places, dtype=np.int64)
        if len(at) > MOST_OF_A_PROMPT:
            spread = posterior.scores(posterior.take_predictor(at)).sd
            at = at[np.sort(np.argsort(spread, kind="stable")[:MOST_OF_A_PROMPT])]
        mean, covariance = posterior.joint(posterior.take_predictor(at))
        stars, variance = scale.stars(mean), np.diag(covariance)
        for one, other in combinations(range(len(at)), 2):
            ids = ranked.takes[at[one]].id, ranked.takes[at[other]].id
            lead = won[ids]
            if lead < 0 or (lead == 0 and mean[one] < mean[other]):
                one, other, ids = other, one, ids[::-1]  # noqa: PLW2901 - the better one first
            width = np.sqrt(max(variance[one] + variance[other] - 2 * covariance[one, other], 1e-12))
            certainty = float(ndtr((mean[one] - mean[other]) / width))
            if lead or certainty >= least_certainty:
                strategy: Strategy = "duel" if lead else "posterior"
                yield Pair(prompt, *ids, strategy, float(stars[one] - stars[other]), certainty)
