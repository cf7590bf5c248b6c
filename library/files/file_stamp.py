"""What tells a file as it is from any other, and from itself at another time."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple


class FileStamp(NamedTuple):
    """A file that was written to has another one, whatever its size and date: no program can set `changed_ns` back."""

    device: int
    inode: int
    size: int
    modified_ns: int
    """When its contents last changed, in nanoseconds since 1970, as far as programs say so."""
    changed_ns: int
    """When its inode last changed: also where bytes came in place, under the date that the file has elsewhere."""

    @classmethod
    def of(cls, status: os.stat_result) -> FileStamp:
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


def stamp_of(path: Path | str) -> FileStamp | None:
    """The stamp of the file at `path`, or where that link leads; None where it can't be looked at."""
    try:
        return FileStamp.of(os.stat(path))  # noqa: PTH116 - thousands of them, some of them text
    except (OSError, ValueError):
        return None
