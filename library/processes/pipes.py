"""A child process's side of the pipes to its parent."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Generic

import msgspec

from library.processes.program import Command, Program, Report

GRACE_S = 2.0
"""What a child is doing when its parent goes may take so long to finish."""
TERMINAL_SIGNALS = (signal.SIGINT, signal.SIGHUP)
"""Sent to every process of a terminal at once: for the parent to answer, who then ends its children."""


class Pipes(Generic[Command, Report]):
    """The pipes to the parent, kept where nothing else in this process can reach them. To be made first of all."""

    def __init__(self, program: Program[Command, Report]) -> None:
        """Take over file descriptors 0 and 1: whatever a library prints goes to stderr, what it reads is nothing."""
        for number in TERMINAL_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TERMINAL_SIGNALS)  # `Child` holds them back until here
        self._program = program
        self._commands = os.fdopen(os.dup(0), "rb")
        self._reports = os.dup(1)
        os.dup2(2, 1)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._encode = msgspec.json.Encoder().encode
        self._lock = threading.Lock()

    def send(self, report: Report) -> None:
        """Send a report, from any thread. A parent that is gone misses it; its end comes in through `listen`."""
        data = memoryview(self._encode(report) + b"\n")
        with self._lock, suppress(BrokenPipeError):
            while data:
                data = data[os.write(self._reports, data) :]

    def listen(self, handle: Callable[[Command], None], at_end: Callable[[], None]) -> None:
        """Pass every command to `handle`, on a thread of its own, and call `at_end` when there will be no more.

        This process ends GRACE_S later at the latest, whatever it is doing. It ends at once at what is no command.
        """
        threading.Thread(target=self._receive, args=(handle, at_end), name="commands", daemon=True).start()

    def _receive(self, handle: Callable[[Command], None], at_end: Callable[[], None]) -> None:
        decode: Callable[[bytes], Command] = msgspec.json.Decoder(self._program.commands).decode
        for line in self._commands:
            if not line.endswith(b"\n"):
                break  # cut off by the parent's death
            try:
                command = decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                sys.stderr.write(f"It was sent what is no command ({error}).\n")
                sys.stderr.flush()
                os._exit(1)
            handle(command)
        overdue = threading.Timer(GRACE_S, os._exit, (0,))
        overdue.daemon = True
        overdue.start()
        at_end()
