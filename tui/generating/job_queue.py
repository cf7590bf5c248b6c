"""The app's generation queue: made when it is first needed, its events brought to the event loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from library.library import Library
from library.take import Recipe

if TYPE_CHECKING:
    from library.jobs.events import Command, Event, TakeFailed
    from library.jobs.job import JobState
    from library.jobs.queue import GenerationQueue
    from library.jobs.to_come import Unmade
    from library.jobs.wishes import Held
    from library.processes.program import Program


@dataclass
class JobNews(Message):
    """Something happened to a job. Posted from the queue's thread."""

    event: Event


class JobQueue:
    """Starts nothing until it is asked for a queue; its worker process starts with the first job."""

    def __init__(
        self, library: Library, post: Callable[[JobNews], object], program: Program[Command, Event] | None = None
    ) -> None:
        """`post` takes events on any thread; `program` is another worker, for tests."""
        self._library = library
        self._post = post
        self._program = program
        self._queue: GenerationQueue | None = None
        self._parents: dict[int, list[str | None]] = {}
        """The takes that those of a job extend, or continue."""
        self._devices: dict[int, str] = {}
        self._stumbles: set[tuple[int, str]] = set()

    @property
    def queue(self) -> GenerationQueue:
        if self._queue is None:
            from library.jobs.events import WORKER
            from library.jobs.queue import GenerationQueue

            program = self._program or WORKER
            self._queue = GenerationQueue(
                self._library, lambda event: self._post(JobNews(event)), previews=True, program=program
            )
        return self._queue

    def submit(self, recipes: Sequence[Recipe], parent: str | Sequence[str] | None, device: str = "auto") -> int:
        """See GenerationQueue.submit."""
        job = self.queue.submit(recipes, parent=parent, device=device)
        self._devices[job] = device
        self._parents[job] = [parent] * len(recipes) if parent is None or isinstance(parent, str) else list(parent)
        return job

    def resume(self, held: Held, unmade: Unmade) -> int:
        """See GenerationQueue.resume."""
        job, parent = self.queue.resume(held, unmade), unmade.parent
        self._devices[job] = unmade.wish.device
        self._parents[job] = [parent] * len(unmade.missing) if isinstance(parent, str | None) else list(parent)
        return job

    def pause(self, job: int) -> None:
        """Have that job wait, or go on if it does."""
        if (state := next((state for state in self.states() if state.job == job), None)) is not None:
            self.queue.pause(job, paused=not state.paused)

    def stop(self, job: int, index: int | None = None) -> Callable[[], bool]:
        """Stop that job, or one take of it. Returns what puts in line again what was still to be made."""
        state = next((state for state in self.states() if state.job == job), None)
        missing = [] if state is None else [at for at in state.missing if index in (None, at)]
        if index is None:
            self.queue.cancel(job)
        else:
            self.queue.drop(job, index)

        def put_back() -> bool:
            if state is not None and missing:
                parents = [self._parents[job][at] for at in missing] if job in self._parents else [None]
                known = [parent for parent in parents if parent is not None]
                recipes = [state.recipes[at] for at in missing]
                device = self._devices.get(job, "auto")
                self.submit(recipes, known if len(known) == len(recipes) else None, device)
            return bool(missing)

        return put_back

    def states(self) -> tuple[JobState, ...]:
        return () if self._queue is None else self._queue.jobs()

    @property
    def unmade(self) -> int:
        """How many takes are asked for and not made."""
        return sum(len(state.recipes) - state.finished for state in self.states())

    def is_news(self, stumbled: TakeFailed) -> bool:
        """Whether it is the first of its job to stumble over that: a whole grid may."""
        known = (stumbled.job, stumbled.what) in self._stumbles
        self._stumbles.add((stumbled.job, stumbled.what))
        return not known

    def close(self) -> None:
        if self._queue is not None:
            self._queue.close()
