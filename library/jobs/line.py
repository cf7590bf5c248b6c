"""The jobs of a queue: the one that runs, and those in line. Asked on one thread and changed on another."""

from __future__ import annotations

import threading
from collections import deque

from library.jobs.job import Job, JobState


class Line:
    """`lock` is held to change a job, or for several steps that must see the same jobs."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.active: Job | None = None
        self._waiting: deque[Job] = deque()

    def put(self, job: Job, *, first: bool = False) -> None:
        with self.lock:
            self._waiting.appendleft(job) if first else self._waiting.append(job)

    def take_next(self) -> Job | None:
        """Let the first of those that aren't paused run; None where there is none."""
        with self.lock:
            self.active = next((job for job in self._waiting if not job.paused), None)
            if self.active is not None:
                self._waiting.remove(self.active)
            return self.active

    def all(self) -> list[Job]:
        """The one that runs, then those in line."""
        with self.lock:
            return [*([] if self.active is None else [self.active]), *self._waiting]

    def find(self, number: int) -> Job | None:
        return next((job for job in self.all() if job.order.job == number), None)

    def remove(self, job: Job) -> None:
        """Take a job that waits out of the line."""
        with self.lock:
            self._waiting.remove(job)

    def move(self, number: int, by: int) -> bool:
        """Move a job that waits so many places towards the end; whether that changed anything."""
        with self.lock:
            job, before = self.find(number), list(self._waiting)
            if job is None or job is self.active:
                return False
            at = before.index(job)
            self._waiting.remove(job)
            self._waiting.insert(max(0, at + by), job)
            return before != list(self._waiting)

    def states(self) -> tuple[JobState, ...]:
        with self.lock:
            return tuple(job.state(active=job is self.active) for job in self.all())
