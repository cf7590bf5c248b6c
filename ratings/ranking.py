"""Best to worst, by take, by prompt and by seed: mean stars, shrunk by how little is known."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
from msgspec import Struct

from library.take import Take
from ratings.history import UNJUDGED, History, Verdict
from ratings.shrinkage import Floats, fit_takes, p_top, sums

By = Literal["take", "prompt", "seed"]

Z80 = 1.2816
"""Standard deviations either side that hold 80 %."""


class Row(Struct, frozen=True, gc=False):
    """A place in the ranking. Scores are on the scale of stars, 1 to 5, intervals hold 80 %."""

    rank: int
    key: str | int
    """Id of the take, the prompt, or the seed."""
    score: float
    low: float
    high: float
    p_top: float
    """Probability of being among the best n."""
    stars: float | None
    """Mean of the stars as given; None where there are none."""
    judgements: int
    takes: tuple[str, ...]
    """Ids of the takes behind it."""


class Cell(Struct, frozen=True, gc=False):
    """The takes of one prompt and one seed. Without judgements the score is what prompt and seed let expect."""

    takes: tuple[str, ...]
    score: float
    low: float
    high: float
    judgements: int


class Grid(Struct, frozen=True):
    """Prompts × seeds."""

    prompts: tuple[str, ...]
    """In the order in which they first came."""
    seeds: tuple[int, ...]
    """Upwards."""
    cells: dict[tuple[str, int], Cell]
    """Where there are takes."""


def rank(
    takes: Iterable[Take], history: History, *, by: By = "take", top: int = 10, unjudged: bool = False
) -> list[Row]:
    """All takes (prompts, seeds) with judgements, best first; with `unjudged`, the others too, by what to expect.

    A prompt's (seed's) score is what a new take of it can be expected to get. Takes without a prompt (seed) have no
    part in that ranking. `top` is the n of p_top. The same judgements give the same numbers each time.

    Duels move their two takes towards a star's difference, in one step, in the light of all else; the chains of
    inference that duels allow, and listeners' different scales, take the full posterior.
    """
    verdicts = {take: history.verdict(take) for take in history.judged()}
    chosen = [take for take in takes if unjudged or verdicts.get(take.id, UNJUDGED).rated]
    if not chosen:
        return []
    fit = fit_takes(chosen, history)
    if by == "take":
        keys: Sequence[str | int] = [take.id for take in chosen]
        members: Sequence[Sequence[str]] = [(take.id,) for take in chosen]
        score, variance = fit.score, fit.variance
    else:
        effect = fit.prompts if by == "prompt" else fit.seeds
        keys, members = effect.keys, [[chosen[i].id for i in group] for group in effect.members()]
        score, variance = fit.mean + effect.score, effect.variance
    spread = np.sqrt(variance)
    # Equal scores stay in the order of the takes.
    order = np.argsort(-score, kind="stable")
    numbers = (np.clip(score, 1, 5), *_interval(score, spread), p_top(score, spread, top))
    rows = zip(order.tolist(), *(values[order].tolist() for values in numbers), strict=True)
    return [
        Row(place, keys[i], shown, low, high, p_top, *_said(members[i], verdicts), tuple(members[i]))
        for place, (i, shown, low, high, p_top) in enumerate(rows, 1)
    ]


def _said(takes: Sequence[str], verdicts: dict[str, Verdict]) -> tuple[float | None, int]:
    """Mean stars and number of judgements over some takes."""
    known = [verdicts[take] for take in takes if take in verdicts]
    if not known:
        return None, 0
    stars = [verdict.stars for verdict in known if verdict.stars is not None]
    return (sum(stars) / len(stars) if stars else None), sum(verdict.judgements for verdict in known)


def grid(takes: Iterable[Take], history: History) -> Grid:
    """The takes that have both prompt and seed, as a grid; a cell of several takes shows their mean."""
    chosen = [take for take in takes if take.prompt is not None and take.seed is not None]
    if not chosen:
        return Grid((), (), {})
    fit = fit_takes(chosen, history)
    places: dict[tuple[str, int], list[int]] = {}
    for i, take in enumerate(chosen):
        places.setdefault((take.prompt or "", take.seed or 0), []).append(i)
    verdicts = {take: history.verdict(take) for take in history.judged()}
    of = np.empty(len(chosen), dtype=np.intp)
    for cell, group in enumerate(places.values()):
        of[group] = cell
    counts = np.bincount(of)
    means = sums(of, fit.score, len(places)) / counts
    spread = np.sqrt(sums(of, fit.variance, len(places))) / counts
    numbers = zip(*(values.tolist() for values in (np.clip(means, 1, 5), *_interval(means, spread))), strict=True)
    cells = {}
    for (key, group), (score, low, high) in zip(places.items(), numbers, strict=True):
        ids = tuple(chosen[i].id for i in group)
        cells[key] = Cell(ids, score, low, high, _said(ids, verdicts)[1])
    return Grid(tuple(dict.fromkeys(p for p, _ in places)), tuple(sorted({s for _, s in places})), cells)


def _interval(score: Floats, spread: Floats) -> tuple[Floats, Floats]:
    return np.clip(score - Z80 * spread, 1, 5), np.clip(score + Z80 * spread, 1, 5)
