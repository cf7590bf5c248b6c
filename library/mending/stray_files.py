"""Temporary files that a process left which was killed while it wrote: removed a day later."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from library.library import Library
from library.mending.listing import files_in
from library.mending.outcome import Outcome

_OTHERS = ("purged", "panels", "trash")
"""Folders that have no room of their own in a `Library`."""
STRAY_S = 86_400.0
"""A temporary file older than a day is nobody's any more."""
_STRAY = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
"""As `library.files.folder` names them."""


def find_strays(library: Library) -> list[Path]:
    """What killed processes left; or what one is writing just now."""
    others = ((library.root / name, 0) for name in _OTHERS)
    places = ((library.root, 0), (library.batches, 1), (library.sessions, 2), *others)
    there = (path for folder, depth in places for path in files_in(library, folder, depth))
    return [path for path in there if _STRAY.fullmatch(path.name)]


def remove_strays(library: Library, now: float) -> Iterator[Outcome]:
    """Remove those older than STRAY_S at `now` that no process holds. Raises LibraryError."""
    sizes = []
    for path in find_strays(library):
        with library.folder(path.parent) as folder, contextlib.suppress(FileNotFoundError):  # done meanwhile
            status = folder.status(path.name)
            if now - status.st_mtime > STRAY_S and not folder.is_held(path.name):
                folder.remove(path.name)
                sizes.append(status.st_size)
    if sizes:
        words = f"removed {len(sizes)} unfinished files left by killed processes ({sum(sizes) / 1e6:.1f} MB)."
        yield Outcome("stray files", words)
