"""The program's standard streams: closed ones lead nowhere, and what C libraries print never reaches the terminal."""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path


def settle_streams() -> None:
    """Make sure that there are an output and an error stream, and that the latter is Python's alone.

    libmpg123, ALSA and others complain on file descriptor 2 of what they are told in other ways too. In a list that is
    noise; over the app, which Textual draws through `sys.__stderr__`, it would stay on the screen.
    """
    # Closed by whoever started us: what is printed goes nowhere.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        return
    ours = fcntl.fcntl(sys.stderr.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    stream = os.fdopen(ours, "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)
    sys.stderr = sys.__stderr__ = stream  # type: ignore[misc]
