"""What the queue has sent to its worker process."""

from __future__ import annotations

import threading
from collections import defaultdict
from queue import SimpleQueue

from library.jobs.events import Cancel, Command, Drop, Listen, Order


class Inbox:
    """Commands as they come in: orders wait in line, cancellations count at once."""

    def __init__(self) -> None:
        self.orders: SimpleQueue[Order | None] = SimpleQueue()
        """None when there will be no more."""
        self._cancelled: set[int] = set()
        self.unwanted: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
        """By job, which of its takes are not to be made any more."""
        self.listened: defaultdict[int, frozenset[int]] = defaultdict(frozenset)
        """By job, which of its takes are being listened to."""
        self._closed = threading.Event()

    def cancelled(self, job: int) -> bool:
        return job in self._cancelled or self._closed.is_set()

    def handle(self, command: Command) -> None:
        """Note a command, on the thread it comes in."""
        match command:
            case Order():
                self._cancelled.discard(command.job)  # it was paused, and goes on
                self.orders.put(command)
            case Cancel(job=job):
                self._cancelled.add(job)
            case Drop(job=job, index=index):
                self.unwanted[job] |= {index}
            case Listen(job=job, index=index):
                self.listened[job] = frozenset({index})

    def close(self) -> None:
        """There will be no more: all that is under way is to stop."""
        self._closed.set()
        self.orders.put(None)
