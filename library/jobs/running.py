"""Runs one job to its end and waits for it: generation without the app."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.jobs.events import Ended, Event, Landed, Remade, Stumbled
from library.jobs.queue import Queue
from library.take import Recipe, Take

POLL_S = 0.1
GIVE_UP_S = 3.0
"""A cancelled job that has not ended by then is left to `Queue.close`."""


@dataclass(frozen=True)
class Outcome:
    """What became of a job's recipes, each by its index."""

    landed: dict[int, Take] = field(default_factory=dict)
    remade: dict[int, Remade] = field(default_factory=dict)
    stumbled: dict[int, Stumbled] = field(default_factory=dict)
    cancelled: bool = False

    @property
    def takes(self) -> tuple[Take, ...]:
        """The finished takes in the order of their recipes."""
        return tuple(self.landed[index] for index in sorted(self.landed))

    @property
    def failures(self) -> tuple[Stumbled, ...]:
        """What failed, in the order of the recipes."""
        return tuple(self.stumbled[index] for index in sorted(self.stumbled))


def run(
    root: Path,
    recipes: Sequence[Recipe],
    on_event: Callable[[Event], None] = lambda _: None,
    *,
    parent: str | None = None,
    scratch: Path | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Make the takes of `recipes` in the library at `root` and wait for them; failures are in the outcome.

    `on_event` is called on another thread. Ctrl-C and `cancelled` stop the job and keep what was finished.
    Raises GenerationError when there is nothing to make.
    """
    outcome = Outcome()
    ended = threading.Event()
    stopped = False

    def take_in(event: Event) -> None:
        nonlocal stopped
        match event:
            case Landed(index=index, take=take):
                outcome.landed[index] = take
            case Remade(index=index):
                outcome.remade[index] = event
            case Stumbled(index=index):
                outcome.stumbled[index] = event
        on_event(event)
        if isinstance(event, Ended):
            stopped = event.cancelled
            ended.set()

    work = Queue(root, take_in)
    try:
        job = work.submit(recipes, parent, scratch=scratch)
        try:
            while not ended.wait(POLL_S) and not cancelled():
                pass
        except KeyboardInterrupt:
            stopped = True
        if not ended.is_set():
            work.cancel(job)
            ended.wait(GIVE_UP_S)
    finally:
        work.close()
    return Outcome(outcome.landed, outcome.remade, outcome.stumbled, stopped or not ended.is_set())
