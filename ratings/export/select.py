"""Which takes an export takes along, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from library.spelling import fold
from library.take import Take
from ratings.export.request import ExportRequest
from ratings.filtering.query import Query, Term
from ratings.history import History, TakeRatings
from ratings.ranking.ranking import RankedRow, rank


@dataclass(frozen=True)
class Choice:
    """A take to export, and why."""

    take: Take
    row: RankedRow | None
    """None where nobody has said how good it is."""
    ratings: TakeRatings


def select(
    takes: Iterable[Take], history: History, request: ExportRequest, ranked: Sequence[RankedRow] | None = None
) -> list[Choice]:
    """The takes that meet the request: those that were judged in the order of the ranking over all, then the others.

    `ranked` is that ranking, for who has it: it is what takes time.
    """
    by_id = {take.id: take for take in takes}
    rows = {str(row.key): row for row in (rank(by_id.values(), history) if ranked is None else ranked)}
    if request.takes is None:
        ids = [one for one in rows if history.ratings(one).picked or not history.ratings(one).rejected]
    else:
        named = dict.fromkeys(one for one in request.takes if one in by_id)
        ids = [*(one for one in rows if one in named), *(one for one in named if one not in rows)]
    wanted = fold(request.prompt) if request.prompt else None
    chosen: list[Choice] = []
    of_prompt: Counter[str] = Counter()
    for one in ids:
        take, ratings = by_id[one], history.ratings(one)
        if request.picks and not ratings.picked:
            continue
        if request.min_stars is not None and (ratings.stars is None or ratings.stars < request.min_stars):
            continue
        if wanted is not None and wanted not in fold(take.prompt or ""):
            continue
        if take.prompt is not None and request.per_prompt is not None:
            of_prompt[take.prompt] += 1
            if of_prompt[take.prompt] > request.per_prompt:
                continue
        chosen.append(Choice(take, rows.get(one), ratings))
        if request.count is not None and len(chosen) >= request.count:
            break
    return chosen


def takes_of_filter(found: Iterable[Take], history: History, *, rejected: bool) -> tuple[str, ...]:
    """Ids of the takes that a filter has found, without rejected ones that nobody picked unless they are asked for."""
    return tuple(
        take.id
        for take in found
        if rejected or history.ratings(take.id).picked or not history.ratings(take.id).rejected
    )


def asks_for_rejected(filter: str) -> bool:
    return Term("is", "rejected") in Query.parse(filter).terms
