"""What took a generator long to compute, kept until the take is saved, or for the next job: in the user's cache."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library.errors import LibraryError
from library.files.durable import make_folder, remove_file, write_durably
from library.files.reading import list_folder
from library.jobs.saving import read_tokens

MOST_DAYS = 30
MOST_BYTES = 512 << 20
"""Of all that is kept; the oldest goes first."""


class KeptArrays:
    """Arrays by name, in a folder. A disk that won't take them costs only the time to compute them again."""

    def __init__(self, folder: Path | None) -> None:
        """None keeps nothing, and knows nothing."""
        self._folder = folder

    def read(self, key: str) -> Mapping[str, NDArray[np.generic]] | None:
        """What was kept under that name, None if there is nothing, or it is damaged."""
        return read_tokens(self._folder / f"{key}.npz") if self._folder is not None else None

    def keep(self, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Keep `arrays`: durably on return, where the disk takes them."""
        if self._folder is None:
            return
        packed = io.BytesIO()
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        with suppress(LibraryError):
            if not self._folder.is_dir():
                make_folder(self._folder)
            write_durably(self._folder / f"{key}.npz", packed.getvalue())

    def forget(self, key: str) -> None:
        """Remove what was kept under that name."""
        if self._folder is not None:
            with suppress(OSError):
                remove_file(self._folder / f"{key}.npz")

    def sweep(self) -> None:
        """Remove what is old, and the oldest of what is too much."""
        if self._folder is None:
            return
        with suppress(OSError):
            ages = sorted(
                (entry.stat().st_mtime, entry.stat().st_size, entry.path) for entry in list_folder(self._folder)
            )
            total = sum(size for _, size, _ in ages)
            for changed_at, size, path in ages:
                if changed_at < time.time() - MOST_DAYS * 86400 or total > MOST_BYTES:
                    remove_file(Path(path))
                    total -= size
