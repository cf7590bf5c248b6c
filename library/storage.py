"""Crash-safe files: what a call has written survives a kill, a power cut and a full disk."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
from pathlib import Path
from typing import Any

import msgspec
from tinydb.storages import Storage

from library.errors import DamagedFileError, LibraryError


def write_durably(path: Path, data: bytes) -> None:
    """Put `data` at `path`, whole or not at all: temporary file, fsync, rename, fsync of the folder.

    Raises LibraryError when the disk is full or the folder can't be written; the old file is untouched then.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise unwritable(path, error) from error


def sync_folder(folder: Path) -> None:
    """Make renames and new names in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path) -> None:
    """Create `folder` and its parents, each durable in its parent. Raises LibraryError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    try:
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)
    except OSError as error:
        raise unwritable(folder, error) from error


def unwritable(path: Path, error: OSError) -> LibraryError:
    """The LibraryError that says why `path` could not be written, and what to do."""
    remedies = {
        "ENOSPC": "Free some space on that disk, then try again.",
        "EDQUOT": "Your disk quota is used up: free some space, then try again.",
        "EACCES": "Give yourself permission to write there, or name another library with --library.",
        "EPERM": "Give yourself permission to write there, or name another library with --library.",
        "EROFS": "That disk is read-only: name another library with --library.",
    }
    code = errno.errorcode.get(error.errno or 0, "")
    return LibraryError(f"{path} could not be written: {error.strerror or error}.", remedies.get(code, ""))


class CrashSafeStorage(Storage):
    """TinyDB storage for a file that this process alone writes.

    The last durable bytes are kept, so that a write never reads the disk again, and so that a write that failed
    leaves no trace in what the next one saves.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._durable = path.read_bytes() if path.exists() else b""

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
        write_durably(self._path, encoded)
        self._durable = encoded
