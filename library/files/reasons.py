"""Why a file could not be read or written, and what a user can do about it."""

from __future__ import annotations

import errno
from pathlib import Path

from library.errors import LibraryError, UnconfirmedError
from library.files.reading import UnfitFileError


def unconfirmed(path: Path, error: UnconfirmedError) -> LibraryError:
    """The LibraryError that says why nothing is written to `path`, which the disk would not confirm."""
    reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else None
    return LibraryError(f"{path} can't be written: the disk didn't confirm it ({reason}).", error.remedy)


def unwritable(path: Path, error: OSError) -> LibraryError:
    """The LibraryError that says why `path` could not be written, and what to do."""
    return LibraryError(f"{path} couldn't be written: {error.strerror or error}.", writing_remedy(error))


def unreadable(path: Path, error: OSError) -> LibraryError:
    """The LibraryError that says why `path` could not be read, and what to do."""
    remedy = {
        errno.EACCES: "Give yourself permission to read it.",
        errno.EPERM: "Give yourself permission to read it.",
        errno.EISDIR: "Move that folder away, then run `earmark doctor --repair`.",
        errno.EIO: "Back up that disk now: it may be failing.",
    }.get(error.errno or 0, "")
    if isinstance(error, UnfitFileError):
        remedy = "Replace it with a regular file, or remove it."
    return LibraryError(f"{path} can't be read: {error.strerror or error}.", remedy)


def writing_remedy(error: OSError) -> str:
    """What to do where something could not be written; empty where nobody knows."""
    allow = "Give yourself permission to write there, or choose another library with --library."
    return {
        errno.ENOSPC: "Free some space on that disk, then try again.",
        errno.EDQUOT: "Your disk quota is used up: free some space, then try again.",
        errno.EACCES: allow,
        errno.EPERM: allow,
        errno.EROFS: "That disk is read-only: choose another library with --library.",
        errno.EIO: "Back up that disk now: it may be failing.",
    }.get(error.errno or 0, "")
