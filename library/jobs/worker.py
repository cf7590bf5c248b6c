"""The worker process: takes orders on its standard input, makes takes, sends events on its standard output.

Run as `python -m library.jobs.worker`, by the queue. It ends when its input does, that is, with its parent.
"""

from __future__ import annotations

import os
import threading
from pathlib import Path
from queue import SimpleQueue

from library.jobs.events import WORKER, Cancel, Command, Drop, Listen, Order
from library.processes.pipes import Pipes

NICENESS = 5
"""Generating must not starve the process that plays."""


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


def main() -> None:
    """Serve orders until the input ends."""
    pipes = Pipes(WORKER)
    os.nice(NICENESS)
    inbox = Inbox()
    pipes.listen(inbox.handle, inbox.close)
    # Heavy, and free to print: only now that the pipes are safe.
    from library.jobs.executor import OrderExecutor

    executor: OrderExecutor | None = None
    while (order := inbox.orders.get()) is not None:
        root = Path(order.library)
        if executor is None or executor.library.root != root:
            executor = OrderExecutor(root)
        executor.carry_out(order, pipes.send, inbox)


if __name__ == "__main__":
    main()
