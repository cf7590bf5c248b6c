"""A listener that remembers, and recipes long enough to be interrupted."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from library.jobs.events import Command, Event, JobEnded
from library.jobs.queue import GenerationQueue
from library.library import Library
from library.processes.program import Program
from library.take import Recipe
from tests.processes import child

DEADLINE_S = 90.0
Kind = TypeVar("Kind")


class Recorder:
    """Remembers every event, with the time it came and the thread it came on."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.times: list[float] = []
        self.threads: set[str] = set()
        self.on: Callable[[Event], object] = lambda _: None
        """Called at once, on that thread."""
        self._news = threading.Condition()

    def __call__(self, event: Event) -> None:
        self.on(event)
        with self._news:
            self.events.append(event)
            self.times.append(time.monotonic())
            self.threads.add(threading.current_thread().name)
            self._news.notify_all()

    def of(self, kind: type[Kind], job: int | None = None) -> list[Kind]:
        return [e for e in self.events if isinstance(e, kind) and job in (None, e.job)]

    def wait(self, condition: Callable[[], object]) -> None:
        with self._news:
            assert self._news.wait_for(condition, DEADLINE_S), self.events[-3:]

    def wait_for_end(self, job: int) -> JobEnded:
        self.wait(lambda: self.of(JobEnded, job))
        return self.of(JobEnded, job)[0]


def program(script: str) -> Program[Command, Event]:
    """A worker that is that script."""
    return Program(("-c", script), Command, Event)


def worker() -> int | None:
    """The process id of this process's worker, while there is one."""
    return child("library.jobs.worker")


def cpu_s(pid: int) -> float:
    """Seconds that a process has worked, whatever else the machine did; 0 where the system doesn't tell."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def jobs(root: Path, recorder: Recorder) -> Iterator[GenerationQueue]:
    queue = GenerationQueue(Library(root), recorder)
    yield queue
    queue.close()


def sketch(seed: int = 1, duration_s: float = 0.5, prompt: str = "slow dreamy pad") -> Recipe:
    return Recipe(generator="sketch", prompt=prompt, seed=seed, duration_s=duration_s)


@pytest.fixture
def make_recipe() -> Callable[..., Recipe]:
    return sketch
