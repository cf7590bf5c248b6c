"""A library's marker: is written anew where it is gone or damaged, unless it may be a newer Earmark's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library import locations
from library.errors import LibraryError, NewerFormatError
from library.mending.shard_kinds import Outcome
from library.store.catalog import FORMAT, check_format, may_be_newer
from library.store.shards import set_aside
from library.store.storage import write_durably


@dataclass(frozen=True)
class MarkerWritten(Outcome):
    """The marker is there again."""

    subject = "library"
    marker: Path
    kept: Path | None
    """Where the damaged one is now; None where there was none."""


def is_mendable(marker: Path) -> bool:
    """Whether a library's marker that can't be used says nothing of a format that this Earmark doesn't know."""
    try:
        return not may_be_newer(marker.read_bytes())
    except OSError:
        return False


def mend_marker(root: Path) -> Iterator[MarkerWritten]:
    """Raises NewerFormatError for a library that is not ours to touch, or LibraryError."""
    marker, anew = locations.format_file(root), msgspec.json.encode({"format": FORMAT}) + b"\n"
    try:
        if check_format(root) or not locations.batches_folder(root).is_dir():
            return
    except NewerFormatError:
        raise
    except LibraryError:
        if not is_mendable(marker):
            raise
        yield MarkerWritten(marker, set_aside(marker, anew))
    else:
        write_durably(marker, anew)
        yield MarkerWritten(marker, None)
