"""The reading gate: plain files only, never waited for, never more bytes than were asked for."""

from __future__ import annotations

import errno
import os
import stat
from io import BufferedReader
from pathlib import Path

_PLAIN = os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_LEAST = 1 << 16
"""Bytes that are asked for at once where a file claims to have none: the kernel's own say so of all."""


class UnfitFileError(OSError):
    """What has the name is no plain file, or larger than it may be. `strerror` says so in the middle of a sentence."""


def open_plain(name: Path | str, *, within: int | None = None, follow: bool = True) -> int:
    """A descriptor to read the plain file `name`, which is in the folder of descriptor `within` if that is given.

    Neither a pipe nor a device is ever waited for. Without `follow` the name must not be a link's. Raises OSError.
    """
    try:
        handle = os.open(name, _PLAIN if follow else _PLAIN | os.O_NOFOLLOW, dir_fd=within)
    except OSError as error:
        if error.errno == errno.ELOOP and not follow:
            raise UnfitFileError(errno.ELOOP, "it is a link", str(name)) from None
        if error.errno == errno.ENXIO:
            raise UnfitFileError(errno.ENXIO, "it is a pipe or a device, not a file", str(name)) from None
        raise
    mode = os.fstat(handle).st_mode
    if stat.S_ISREG(mode):
        return handle
    os.close(handle)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(name))
    raise UnfitFileError(errno.ENXIO, "it is a pipe or a device, not a file", str(name))


def open_file(path: Path | str) -> BufferedReader:
    """The plain file at `path`, or where that link leads, to read. Raises OSError; ValueError for what is no path."""
    return os.fdopen(open_plain(path), "rb")


def read_file(path: Path | str, limit: int) -> bytes:
    """All of the plain file at `path`, or where that link leads: at most `limit` bytes. Raises OSError."""
    return read_all(open_plain(path), limit, path)


def list_folder(path: Path | str) -> list[os.DirEntry[str]]:
    """All that is in the folder at `path`, or where that link leads, by name. Raises OSError."""
    with os.scandir(path) as entries:
        return sorted(entries, key=lambda entry: entry.name)


def read_all(handle: int, limit: int, name: Path | str) -> bytes:
    """All that is in an open file, which is closed; `name` is for errors. Raises UnfitFileError for over `limit` bytes.

    A file that grows meanwhile is read no further than that, and one of holes is not read at all.
    """
    try:
        size = os.fstat(handle).st_size
        parts, there, whole = list[bytes](), 0, False
        while size <= limit and not whole:
            asked = max(size - there, _LEAST) + 1
            parts.append(os.read(handle, asked))
            there += len(parts[-1])
            size, whole = max(size, there), len(parts[-1]) < asked  # as only the end of a plain file has it
    finally:
        os.close(handle)
    if size > limit:
        raise UnfitFileError(errno.EFBIG, f"it is too large ({size >> 20:,} MB)", str(name))
    return parts[0] if len(parts) == 1 else b"".join(parts)
