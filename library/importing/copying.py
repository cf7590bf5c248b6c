"""Copies of sound files, durable under their final name or not there at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from library.errors import AudioError, LibraryError
from library.files.reading import open_file
from library.library import Library

_CHUNK = 1 << 20


def copy_durably(source: Path, library: Library, target: Path) -> Path:
    """Copy `source` to `target` in the library; the folder is the caller's to sync, once for many.

    Raises AudioError where the source can't be read (any more), LibraryError where the target can't be written.
    """
    try:
        reading = open_file(source)
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error
    with reading, library.folder(target.parent) as folder, folder.replacing(target.name, sync=False) as writing:
        while data := _read(reading):
            writing.write(data)
    return target


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(_CHUNK)
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error


def remove_copies(library: Library, copies: Iterable[Path]) -> None:
    """Take away copies whose takes never came to be."""
    for copy in copies:
        with contextlib.suppress(LibraryError):
            library.remove(copy)
