"""The program's standard streams: closed or of any encoding they take its words, and those of C libraries never."""

from __future__ import annotations

import fcntl
import io
import os
import sys
from pathlib import Path
from typing import TextIO


def writes_everything(stream: TextIO) -> bool:
    """Whether the stream's encoding has all characters, as one of Unicode's has."""
    return stream.encoding.lower().startswith("utf")


def settle_streams() -> None:
    """Make sure that output and error stream are there and take any text, and that the latter is ours alone.

    libmpg123, ALSA and others complain on file descriptor 2 of what they are told in other ways too. In a list that is
    noise; over the app, which Textual draws through `sys.__stderr__`, it would stay on the screen.
    """
    # Closed by whoever started us: what is printed goes nowhere.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    if isinstance(sys.stdout, io.TextIOWrapper) and not writes_everything(sys.stdout):
        sys.stdout.reconfigure(errors="replace")
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
        return
    ours = fcntl.fcntl(sys.stderr.fileno(), fcntl.F_DUPFD_CLOEXEC, 3)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    stream = os.fdopen(ours, "w", buffering=1, encoding=sys.stderr.encoding, errors=sys.stderr.errors)
    sys.stderr = sys.__stderr__ = stream  # type: ignore[misc]
