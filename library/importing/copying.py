"""Copies of sound files, durable under their final name or not there at all."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from library.errors import AudioError
from library.files.durable import replacing

_CHUNK = 1 << 20


def copy_durably(source: Path, target: Path) -> Path:
    """Copy `source` to `target`; the folder is the caller's to sync, once for many.

    Raises AudioError where the source can't be read (any more), LibraryError where the target can't be written.
    """
    try:
        reading = source.open("rb")
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error
    with reading, replacing(target, sync=False) as writing:
        while data := _read(reading):
            writing.write(data)
    return target


def _read(file: BinaryIO) -> bytes:
    try:
        return file.read(_CHUNK)
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error


def remove_copies(copies: Iterable[Path]) -> None:
    """Take away copies whose takes never came to be."""
    for copy in copies:
        with contextlib.suppress(OSError):
            copy.unlink(missing_ok=True)
