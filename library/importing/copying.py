"""Copies of sound files, durable under their final name or not there at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
from collections.abc import Iterable
from pathlib import Path

from library.errors import AudioError
from library.storage import unwritable


def copy_durably(source: Path, target: Path) -> Path:
    """Copy `source` to `target`; the folder is the caller's to sync, once for many.

    Raises AudioError where the source can't be read (any more), LibraryError where the target can't be written.
    """
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        reading = source.open("rb")
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error
    with reading:
        try:
            with temporary.open("xb") as writing:
                shutil.copyfileobj(reading, writing, 1 << 20)
                writing.flush()
                os.fsync(writing.fileno())
            temporary.replace(target)
        except OSError as error:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise unwritable(target, error) from error
    return target


def forget(copies: Iterable[Path]) -> None:
    """Take away copies whose takes never came to be."""
    for copy in copies:
        with contextlib.suppress(OSError):
            copy.unlink(missing_ok=True)
