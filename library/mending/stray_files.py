"""Temporary files that a process left which was killed while it wrote: removed a day later."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from library import locations
from library.mending.shard_kinds import Outcome
from library.store.storage import is_held

STRAY_S = 86_400.0
"""A temporary file older than a day is nobody's any more."""
_STRAY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
"""As `library.store.storage` names them."""


@dataclass(frozen=True)
class StraysRemoved(Outcome):
    """They are gone."""

    subject = "stray files"
    files: int
    size: int
    """Bytes."""


def find_strays(root: Path) -> list[Path]:
    """What killed processes left; or what one is writing just now."""
    folders = [root, locations.batches_folder(root), locations.sessions_folder(root)]
    found = [path for folder in folders for path in folder.glob(".*.tmp")]
    found += [path for folder in folders[1:] for path in folder.glob("*/.*.tmp")]
    found += folders[2].glob("*/*/.*.tmp")
    return [path for path in found if _STRAY.fullmatch(path.name) and path.is_file() and not path.is_symlink()]


def remove_strays(root: Path, now: float) -> Iterator[StraysRemoved]:
    """Remove those older than STRAY_S at `now` that no process holds. Raises OSError."""
    sizes = []
    for path in find_strays(root):
        with contextlib.suppress(FileNotFoundError):  # done meanwhile
            status = path.stat()
            if now - status.st_mtime > STRAY_S and not is_held(path):
                path.unlink()
                sizes.append(status.st_size)
    if sizes:
        yield StraysRemoved(len(sizes), sum(sizes))
