"""TinyDB on files that survive a kill, a power cut and a full disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from tinydb.storages import Storage

from library.errors import DamagedFileError, UnconfirmedError
from library.files.decoding import NotJsonError, decode_json
from library.files.reasons import unreadable
from library.library import Library

_TABLES: msgspec.json.Decoder[dict[str, dict[str, Any]]] = msgspec.json.Decoder(dict[str, dict[str, Any]])


class CrashSafeStorage(Storage):
    """TinyDB storage for a file of a library that this process alone writes.

    The last durable bytes are kept, so that a write never reads the disk again, and so that a write that failed
    leaves no trace in what the next one saves.
    """

    def __init__(self, library: Library, path: Path) -> None:
        """Raises LibraryError for a file that is there and can't be read."""
        super().__init__()
        self._library = library
        self._path = path
        try:
            self._durable = library.read(path)
        except FileNotFoundError:
            self._durable = b""
        except OSError as error:
            raise unreadable(path, error) from error

    def read(self) -> dict[str, dict[str, Any]] | None:
        """All tables of the file, None when there are none yet. Raises DamagedFileError."""
        if not self._durable:
            return None
        try:
            return decode_json(self._durable, _TABLES)
        except NotJsonError as error:
            raise DamagedFileError(f"{self._path} is damaged: {error}.") from error

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Replace the file by `data`; durable on return. Raises LibraryError."""
        try:
            encoded = msgspec.json.encode(data)
        except OverflowError as error:  # a number that was read is more than can be written
            raise DamagedFileError(f"{self._path} contains a number that's too large.") from error
        try:
            self._library.write(self._path, encoded)
        except UnconfirmedError:
            # It holds the data all the same, and the next write must not take that away again.
            self._durable = encoded
            raise
        self._durable = encoded
