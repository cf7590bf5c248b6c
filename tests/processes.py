"""The processes that a test has started, by the system's own list."""

from __future__ import annotations

import os
import select
from pathlib import Path

_BEGUN = 19
"""Where /proc/PID/stat, behind the name, has the time of the start."""


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return _stat(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def await_end(pid: int, patience_s: float = 60.0) -> None:
    """Return once that process, which need not be a child, has ended."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended, _, _ = select.select([handle], [], [], patience_s)
        assert ended, f"process {pid} goes on"
    finally:
        os.close(handle)


def children_of(parent: int, program: str = "") -> list[int]:
    """The processes that `parent` has started and that run, oldest first; only those with `program` in their words."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        try:
            words, status = (path / "cmdline").read_text(errors="replace"), _stat(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if status[0] != "Z" and int(status[1]) == parent and program in words:
            found.append((int(status[_BEGUN]), pid))  # numbers begin anew, so they don't tell which is newer
    return [pid for _, pid in sorted(found)]


def child(program: str = "") -> int | None:
    """The newest of this process's own children, likewise; None if there is none."""
    return next(reversed(children_of(os.getpid(), program)), None)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
