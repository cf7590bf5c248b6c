"""Runs one job to its end and waits for it: generation without the app."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from queue import Empty, SimpleQueue

from library.jobs.events import Event, JobEnded, TakeFailed, TakeRemade, TakeSaved
from library.jobs.queue import GenerationQueue
from library.library import Library
from library.take import Recipe, Take

POLL_S = 0.1
GIVE_UP_S = 3.0
"""A cancelled job that has not ended by then is left to `GenerationQueue.close`."""


@dataclass(frozen=True)
class JobResult:
    """What became of a job's recipes, each by its index."""

    saved: dict[int, Take] = field(default_factory=dict)
    remade: dict[int, TakeRemade] = field(default_factory=dict)
    failed: dict[int, TakeFailed] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def takes(self) -> tuple[Take, ...]:
        """The finished takes in the order of their recipes."""
        return tuple(self.saved[index] for index in sorted(self.saved))

    @property
    def failures(self) -> tuple[TakeFailed, ...]:
        """What failed, in the order of the recipes."""
        return tuple(self.failed[index] for index in sorted(self.failed))


def run_and_wait(
    library: Library,
    recipes: Sequence[Recipe],
    on_event: Callable[[Event], None] = lambda _: None,
    *,
    parent: str | None = None,
    scratch: Path | None = None,
    device: str = "auto",
) -> JobResult:
    """Make the takes of `recipes` in the library and wait for them; failures are in the outcome.

    `on_event` is called on this thread, and what it raises ends the job. Ctrl-C stops the job and keeps what was
    finished. Raises GenerationError when there is nothing to make.
    """
    result, events = JobResult(), SimpleQueue[Event]()
    ended: list[JobEnded] = []

    def wait(until: float = math.inf) -> None:
        """Handle its events until it has ended, or it is so late by the monotonic clock."""
        while not ended and time.monotonic() < until:
            with suppress(Empty):
                handle(events.get(timeout=POLL_S))

    def handle(event: Event) -> None:
        match event:
            case TakeSaved(index=index, take=take):
                result.saved[index] = take
            case TakeRemade(index=index):
                result.remade[index] = event
            case TakeFailed(index=index):
                result.failed[index] = event
            case JobEnded():
                ended.append(event)
        on_event(event)

    queue = GenerationQueue(library, events.put)
    try:
        job = queue.submit(recipes, parent, scratch=scratch, device=device)
        with suppress(KeyboardInterrupt):
            wait()
        if not ended:
            queue.cancel(job)
            wait(time.monotonic() + GIVE_UP_S)
    finally:
        queue.close()
    return replace(result, cancelled=not ended or ended[0].cancelled)
