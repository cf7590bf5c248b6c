"""The processes that a test has started, by the system's own list."""

from __future__ import annotations

import os
from pathlib import Path


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it has not ended."""
    try:
        return _stat(pid)[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children_of(parent: int, program: str = "") -> list[int]:
    """The processes that `parent` has started and that run, oldest first; only those with `program` in their words."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        pid = int(path.name)
        try:
            words, (state, owner, *_) = (path / "cmdline").read_text(errors="replace"), _stat(pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        if state != "Z" and int(owner) == parent and program in words:
            found.append(pid)
    return sorted(found)


def child(program: str = "") -> int | None:
    """The newest of this process's own children, likewise; None if there is none."""
    return next(reversed(children_of(os.getpid(), program)), None)


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
