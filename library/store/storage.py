"""Crash-safe files: what a call has written survives a kill, a power cut and a full disk."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from tinydb.storages import Storage

from library.errors import DamagedFileError, LibraryError, UnconfirmedError

_NO_FOLDER_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EBADF}


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all. Raises LibraryError as `replacing` does."""
    with replacing(path) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, *, sync: bool = True) -> Iterator[BinaryIO]:
    """A new file, which takes the place of `path` at the end: temporary file, fsync, rename, fsync of the folder.

    Without `sync` the last is the caller's to do, once for many. Raises UnconfirmedError where the disk would not
    confirm the rename, else LibraryError for every OSError: what was at `path` is untouched then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    placed = False
    try:
        with temporary.open("xb") as file:
            _hold(file)
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        placed = True
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        if not placed:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
    if sync:
        sync_folder(path.parent)


def _hold(file: BinaryIO) -> None:
    """Lock a file for as long as it is open, where the disk knows locks: whatever its date, it is being written."""
    with contextlib.suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Whether a living process is writing this temporary file, or it can't be told. Raises FileNotFoundError."""
    try:
        with path.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        raise
    except OSError as error:
        return error.errno not in (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)
    return False


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable, as far as its disk can. Raises UnconfirmedError.

    Some network and removable disks know no such thing for folders, which is no failure: they promise nothing.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_FOLDER_SYNC:
            raise UnconfirmedError(
                f"What was written to {folder} is there, but the disk does not confirm it: {error.strerror or error}.",
                _remedy(error) or "Look after that disk: what it holds may not outlast a power cut.",
            ) from error


def make_folder(folder: Path) -> None:
    """Create `folder` and its parents, each durable in its parent. Raises LibraryError, never an UnconfirmedError.

    One that is there already is made durable all the same: whoever created it may have been killed before they did.
    Where that fails nothing is in it yet that the caller wanted to write, and nobody must be told that it is there.
    """
    there = os.path.isdir(folder)  # noqa: PTH112 - which raises nothing where we may not look
    if not there:
        make_folder(folder.parent)
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise unwritable(folder, error) from error
    if not there or os.access(folder.parent, os.R_OK):
        try:
            sync_folder(folder.parent)
        except UnconfirmedError as error:
            raise unconfirmed(folder, error) from error


def unconfirmed(path: Path, error: UnconfirmedError) -> LibraryError:
    """The LibraryError that says why nothing is written to `path`, which the disk would not confirm."""
    reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else None
    return LibraryError(f"{path} can't be written to: the disk does not confirm it ({reason}).", error.remedy)


def unwritable(path: Path, error: OSError) -> LibraryError:
    """The LibraryError that says why `path` could not be written, and what to do."""
    return LibraryError(f"{path} could not be written: {error.strerror or error}.", _remedy(error))


def unreadable(path: Path, error: OSError) -> LibraryError:
    """The LibraryError that says why `path` could not be read, and what to do."""
    remedy = {
        errno.EACCES: "Give yourself permission to read it.",
        errno.EPERM: "Give yourself permission to read it.",
        errno.EISDIR: "Move that folder away, then run `earmark doctor --repair`.",
        errno.EIO: "Look after that disk, and copy what is on it.",
    }.get(error.errno or 0, "")
    return LibraryError(f"{path} can't be read: {error.strerror or error}.", remedy)


def _remedy(error: OSError) -> str:
    allow = "Give yourself permission to write there, or name another library with --library."
    return {
        errno.ENOSPC: "Free some space on that disk, then try again.",
        errno.EDQUOT: "Your disk quota is used up: free some space, then try again.",
        errno.EACCES: allow,
        errno.EPERM: allow,
        errno.EROFS: "That disk is read-only: name another library with --library.",
        errno.EIO: "Look after that disk, and copy what is on it.",
    }.get(error.errno or 0, "")


class CrashSafeStorage(Storage):
    """TinyDB storage for a file that this process alone writes.

    The last durable bytes are kept, so that a write never reads the disk again, and so that a write that failed
    leaves no trace in what the next one saves.
    """

    def __init__(self, path: Path) -> None:
        """Raises LibraryError for a file that is there and can't be read."""
        super().__init__()
        self._path = path
        try:
            self._durable = path.read_bytes()
        except FileNotFoundError:
            self._durable = b""
        except OSError as error:
            raise unreadable(path, error) from error

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables of the file, None when there are none yet. Raises DamagedFileError."""
        if not self._durable:
            return None
        try:
            return msgspec.json.decode(self._durable, type=dict[str, dict[str, Any]])
        except msgspec.DecodeError as error:
            raise DamagedFileError(f"{self._path} is damaged: {error}.") from error

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace the file by `data`; durable on return. Raises LibraryError."""
        encoded = msgspec.json.encode(data)
        try:
            write_durably(self._path, encoded)
        except UnconfirmedError:
            # It holds the data all the same, and the next write must not take that away again.
            self._durable = encoded
            raise
        self._durable = encoded
