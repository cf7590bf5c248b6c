"""Which takes an export takes along, best first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from library.spelling import fold
from library.take import Take
from ratings.export.request import ExportRequest
from ratings.history import History, TakeRatings
from ratings.ranking.ranking import RankedRow, rank


@dataclass(frozen=True)
class Choice:
    """A take to export, and why."""

    take: Take
    row: RankedRow
    ratings: TakeRatings


def select(takes: Iterable[Take], history: History, request: ExportRequest) -> list[Choice]:
    """The judged takes that meet the request, in the order of the ranking over all takes."""
    by_id = {take.id: take for take in takes}
    wanted = fold(request.prompt) if request.prompt else None
    chosen: list[Choice] = []
    of_prompt: Counter[str] = Counter()
    for row in rank(by_id.values(), history):
        take, ratings = by_id[str(row.key)], history.ratings(str(row.key))
        if (ratings.rejected or request.picks) and not ratings.picked:
            continue
        if request.min_stars is not None and (ratings.stars is None or ratings.stars < request.min_stars):
            continue
        if wanted is not None and wanted not in fold(take.prompt or ""):
            continue
        if take.prompt is not None and request.per_prompt is not None:
            of_prompt[take.prompt] += 1
            if of_prompt[take.prompt] > request.per_prompt:
                continue
        chosen.append(Choice(take, row, ratings))
        if request.count is not None and len(chosen) >= request.count:
            break
    return chosen
