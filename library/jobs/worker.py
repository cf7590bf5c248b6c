"""The worker process: takes orders on its standard input, makes takes, sends events on its standard output.

Run as `python -m library.jobs.worker`, by the queue. It ends when its input does, that is, with its parent.
"""

from __future__ import annotations

import os

from library.jobs.events import WORKER
from library.jobs.inbox import Inbox
from library.processes.pipes import Pipes

NICENESS = 5
"""Generating must not starve the process that plays."""


def main() -> None:
    pipes = Pipes(WORKER)
    os.nice(NICENESS)
    inbox = Inbox()
    pipes.listen(inbox.handle, inbox.close)
    # Heavy, and free to print: only now that the pipes are safe.
    from library.jobs.executor import OrderExecutor

    executor = OrderExecutor()
    while (order := inbox.orders.get()) is not None:
        executor.carry_out(order, pipes.send, inbox)


if __name__ == "__main__":
    main()
