"""What the queue has sent to its worker process."""

from __future__ import annotations

import threading
from queue import SimpleQueue

from library.jobs.events import Cancel, Command, Drop, Listen, Order


class Inbox:
    """Commands as they come in: orders wait in line, cancellations count at once."""

    def __init__(self) -> None:
        self.orders: SimpleQueue[Order | None] = SimpleQueue()
        """None when there will be no more."""
        self._cancelled: set[int] = set()
        self._unwanted: dict[int, frozenset[int]] = {}
        self._listened: dict[int, frozenset[int]] = {}
        self._closed = threading.Event()

    def cancelled(self, job: int) -> bool:
        """Whether that job is to stop."""
        return job in self._cancelled or self._closed.is_set()

    def unwanted(self, job: int) -> frozenset[int]:
        """Which of that job's takes are not to be made any more."""
        return self._unwanted.get(job, frozenset())

    def listened(self, job: int) -> frozenset[int]:
        """Which of that job's takes are being listened to."""
        return self._listened.get(job, frozenset())

    def handle(self, command: Command) -> None:
        """Note a command, on the thread it comes in."""
        match command:
            case Order() as order:
                self.orders.put(order)
            case Cancel(job=job):
                self._cancelled.add(job)
            case Drop(job=job, index=index):
                self._unwanted[job] = self.unwanted(job) | {index}
            case Listen(job=job, index=index):
                self._listened[job] = frozenset({index})

    def close(self) -> None:
        """There will be no more: all that is under way is to stop."""
        self._closed.set()
        self.orders.put(None)
