"""A worker's context for generators that are tried without one."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from library.generators.api import Progress


class Context:
    """Notes what it is told; stops once `stop` says so."""

    device = "auto"
    previews = False

    def __init__(self, stop: Callable[[], bool] = lambda: False, drafts: dict | None = None) -> None:
        self.reports: list[Progress] = []
        self.told: list[str] = []
        self.stop = stop
        self.drafts = drafts or {}
        self.dropped: set[int] = set()
        self.reported = threading.Event()

    def parent(self, index: int) -> None:
        return None

    def tell(self, words: str) -> None:
        if words not in self.told:
            self.told.append(words)

    def report(self, progress: Progress) -> None:
        self.reports.append(progress)
        self.reported.set()

    def cancelled(self) -> bool:
        return self.stop()

    def unwanted(self) -> frozenset[int]:
        return frozenset(self.dropped)

    def draft(self, sound: str) -> tuple[np.ndarray, int]:
        return self.drafts[sound]

    def tokens(self, sound: str) -> None:
        return None
