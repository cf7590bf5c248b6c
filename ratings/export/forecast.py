"""What an export would write, worked out before anything is written."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace

from library.store.catalog import Catalog
from ratings.browse import View
from ratings.export.request import ExportRequest
from ratings.export.run import names_in
from ratings.export.select import asks_for_rejected, select, takes_of_filter
from ratings.filtering.query import Query
from ratings.history import History
from ratings.ranking.ranking import RankedRow, rank


@dataclass(frozen=True)
class Forecast:
    """How much goes, and how it will be called."""

    takes: int
    seconds: float
    names: list[str]
    """In an empty folder, best first."""


class Forecaster:
    """Foretells exports of a library, one after the other; ranks it once for each state of the judgements."""

    def __init__(self, catalog: Catalog, history: History, view: View) -> None:
        self._catalog, self._history, self._view = catalog, history, view
        self._ranked: tuple[tuple[int, int], list[RankedRow]] | None = None
        self._lock = threading.Lock()

    def naming(self, request: ExportRequest) -> ExportRequest:
        """`request` with the takes that its filter finds, if it has one."""
        if not request.filter:
            return request
        found = self._view.rows(Query.parse(request.filter))
        ids = takes_of_filter(found, self._history, rejected=asks_for_rejected(request.filter))
        return replace(request, takes=ids)

    def foretell(self, request: ExportRequest) -> Forecast:
        """May take a second, on a thread of its own. Raises ExportError and RatingError."""
        with self._lock:
            state = (self._history.version, len(self._catalog))
            if self._ranked is None or self._ranked[0] != state:
                self._ranked = (state, rank(list(self._catalog), self._history))
            request = self.naming(request)
            choices = select(self._catalog, self._history, request, self._ranked[1])
        return Forecast(len(choices), sum(one.take.duration_s for one in choices), names_in(choices, request))
