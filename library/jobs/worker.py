"""The worker process: takes orders on its standard input, makes takes, tells events on its standard output.

Run as `python -m library.jobs.worker`, by the queue. It ends when its input does, that is, with its parent.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import BinaryIO

import msgspec

from library.jobs.events import Cancel, Command, Drop, Event, Listen, Order

GRACE_S = 2.0
"""What is being written may be finished within this time after the parent has gone."""
NICENESS = 5
"""Generating must not starve the process that plays."""


class Wire:
    """The pipes to the queue, kept where nothing else in this process can reach them."""

    def __init__(self) -> None:
        """Take over file descriptors 0 and 1: whatever a library prints goes to stderr, what it reads is nothing."""
        self.commands: BinaryIO = os.fdopen(os.dup(0), "rb")
        self._events = os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._encode = msgspec.json.Encoder().encode
        self._lock = threading.Lock()

    def tell(self, event: Event) -> None:
        """Send `event` to the queue. A parent that is gone ends this process."""
        data = memoryview(self._encode(event) + b"\n")
        with self._lock:
            try:
                while data:
                    data = data[os.write(self._events, data) :]
            except BrokenPipeError:
                os._exit(0)


class Inbox:
    """Commands as they come in: orders wait in line, cancellations count at once."""

    def __init__(self, source: BinaryIO) -> None:
        self.orders: SimpleQueue[Order | None] = SimpleQueue()
        """None when there will be no more."""
        self._source = source
        self._cancelled: set[int] = set()
        self._unwanted: dict[int, frozenset[int]] = {}
        self._listened: dict[int, frozenset[int]] = {}
        self._closed = threading.Event()
        threading.Thread(target=self._read, name="inbox", daemon=True).start()

    def cancelled(self, job: int) -> bool:
        """Whether that job is to stop."""
        return job in self._cancelled or self._closed.is_set()

    def unwanted(self, job: int) -> frozenset[int]:
        """Which of that job's takes are not to be made any more."""
        return self._unwanted.get(job, frozenset())

    def listened(self, job: int) -> frozenset[int]:
        """Which of that job's takes are being listened to."""
        return self._listened.get(job, frozenset())

    def _read(self) -> None:
        decode = msgspec.json.Decoder(Command).decode
        for line in self._source:
            try:
                command = decode(line)
            except msgspec.MsgspecError as error:
                sys.stderr.write(f"It was sent what is no command ({error}).\n")
                sys.stderr.flush()
                os._exit(1)  # nobody would listen any more
            match command:
                case Order() as order:
                    self.orders.put(order)
                case Cancel(job=job):
                    self._cancelled.add(job)
                case Drop(job=job, index=index):
                    self._unwanted[job] = self.unwanted(job) | {index}
                case Listen(job=job, index=index):
                    self._listened[job] = frozenset({index})
        self._closed.set()
        self.orders.put(None)
        overdue = threading.Timer(GRACE_S, os._exit, (0,))
        overdue.daemon = True
        overdue.start()


def main() -> None:
    """Serve orders until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which then cancels.
    wire = Wire()
    os.nice(NICENESS)
    inbox = Inbox(wire.commands)
    # Heavy, and free to print: only now that the pipes are safe.
    from library.jobs.workbench import Workbench

    bench: Workbench | None = None
    while (order := inbox.orders.get()) is not None:
        root = Path(order.library)
        if bench is None or bench.root != root:
            bench = Workbench(root)
        bench.carry_out(order, wire.tell, inbox)


if __name__ == "__main__":
    main()
