"""How long it takes to make music here, from how long it took."""

from __future__ import annotations

import time
from collections.abc import Callable

from library.generators import registry
from library.jobs.events import Event, JobEnded, JobProgress, TakeSaved


class TimeEstimate:
    """Learns from the queue's events, and remembers for every generator and model what a second of music cost last.

    Loading a model does not count. A job of many takes is quicker for each than one of a single take, so that this is
    a rough word for how long a job may take, not a promise.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: dict[int, float] = {}
        self._made: dict[int, tuple[str, float]] = {}
        self._paces: dict[str, float] = {}

    def learn(self, event: Event) -> None:
        now = self._clock()
        match event:
            case JobProgress(job=job, done=0):
                self._begun[job] = now
            case JobProgress(job=job):
                self._begun.setdefault(job, now)
            case TakeSaved(job=job, take=take) if take.recipe is not None and take.parent is None:
                _, seconds = self._made.get(job, ("", 0.0))
                self._made[job] = (_key(take.recipe.generator, take.recipe.model), seconds + take.duration_s)
            case JobEnded(job=job):
                begun, made = self._begun.pop(job, None), self._made.pop(job, None)
                if begun is not None and made is not None and made[1] > 0 and now > begun:
                    self._paces[made[0]] = (now - begun) / made[1]

    def estimate_s(self, generator: str, model: str | None, music_s: float) -> float | None:
        """Seconds it may take to make that much music, None where none was made yet."""
        pace = self._paces.get(_key(generator, model))
        return None if pace is None else pace * music_s


def _key(generator: str, model: str | None) -> str:
    spec = registry.find_spec(generator)
    return f"{generator} {model if spec is None else spec.full_model(model)}"
