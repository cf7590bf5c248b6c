"""Ends the process groups of a user's commands when Earmark's own process dies before it could.

Run as `python -m library.processes.group_keeper`, by what runs commands. It ends when its input does.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

from msgspec import Struct

from library.processes.pipes import Pipes
from library.processes.program import Program


class Guard(Struct, frozen=True, tag="guard"):
    """That process group must not outlive the sender."""

    group: int


class Release(Struct, frozen=True, tag="release"):
    """That one has ended."""

    group: int


KEEPER = Program[Guard | Release, None](("-m", "library.processes.group_keeper"), Guard | Release, None)


def main() -> None:
    pipes: Pipes[Guard | Release, None] = Pipes(KEEPER)
    groups: set[int] = set()
    ended = threading.Event()

    def handle(command: Guard | Release) -> None:
        match command:
            case Guard(group=group):
                groups.add(group)
            case Release(group=group):
                groups.discard(group)

    pipes.listen(handle, ended.set)
    ended.wait()
    for group in groups:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    main()
