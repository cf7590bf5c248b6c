"""Runs one job to its end and waits for it: generation without the app."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING

import msgspec

from library.jobs.events import Event, JobEnded, TakeFailed, TakeRemade, TakeSaved
from library.jobs.queue import GenerationQueue
from library.jobs.wishes import Held
from library.library import Library
from library.take import Recipe, Take

if TYPE_CHECKING:
    from library.jobs.to_come import Unmade

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
    finished; the rest stays asked for. Raises GenerationError when there is nothing to make.
    """
    return _wait_for(
        library, lambda queue: [queue.submit(recipes, parent, scratch=scratch, device=device)], [0], on_event
    )


def resume_and_wait(
    library: Library, wishes: Sequence[tuple[Held, Unmade]], on_event: Callable[[Event], None] = lambda _: None
) -> JobResult:
    """Go on with wishes as `run_and_wait` does; the indices of the outcome count through what was missing of all."""
    firsts = [0, *accumulate(len(unmade.missing) for _, unmade in wishes)]
    return _wait_for(library, lambda queue: [queue.resume(held, unmade) for held, unmade in wishes], firsts, on_event)


def _wait_for(
    library: Library,
    submit: Callable[[GenerationQueue], Sequence[int]],
    firsts: Sequence[int],
    on_event: Callable[[Event], None],
) -> JobResult:
    """Wait for the jobs that `submit` puts in line; the recipes of each count on from its number in `firsts`."""
    result, events = JobResult(), SimpleQueue[Event]()
    jobs: dict[int, int] = {}
    running = set[int]()
    cancelled: list[bool] = []

    def wait(until: float = math.inf) -> None:
        """Handle events until all has ended, or it is so late by the monotonic clock."""
        while running and time.monotonic() < until:
            with suppress(Empty):
                handle(events.get(timeout=POLL_S))

    def handle(event: Event) -> None:
        match event:
            case TakeSaved(index=index, take=take):
                result.saved[jobs[event.job] + index] = take
            case TakeRemade(index=index):
                result.remade[jobs[event.job] + index] = event
            case TakeFailed(index=index):
                at = jobs[event.job] + index
                result.failed[at] = msgspec.structs.replace(event, index=at)
            case JobEnded(job=job):
                running.discard(job)
                cancelled.append(event.cancelled)
        on_event(event)

    queue = GenerationQueue(library, events.put)
    try:
        jobs.update(zip(submit(queue), firsts, strict=False))
        running.update(jobs)
        with suppress(KeyboardInterrupt):
            wait()
        if running:
            for job in list(running):
                queue.cancel(job, keep=True)
            wait(time.monotonic() + GIVE_UP_S)
    finally:
        queue.close()
    return replace(result, cancelled=bool(running) or any(cancelled))
