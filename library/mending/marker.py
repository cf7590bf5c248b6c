"""A library's marker: is written anew where it is gone or damaged, unless it may be a newer Earmark's."""

from __future__ import annotations

from collections.abc import Iterator

from library.errors import LibraryError, NewerFormatError
from library.library import MARKER, Library, may_be_newer
from library.mending.outcome import Outcome
from library.store.shards import set_aside


def is_mendable(library: Library) -> bool:
    """Whether a library's marker that can't be used says nothing of a format that this Earmark doesn't know."""
    try:
        return not may_be_newer(library.read(library.marker))
    except OSError:
        return False


def mend_marker(library: Library) -> Iterator[Outcome]:
    """Raises NewerFormatError for a library that is not ours to touch, or LibraryError."""
    marker = library.marker
    try:
        if library.check() or not library.batches.is_dir():
            return
    except NewerFormatError:
        raise
    except LibraryError:
        if not is_mendable(library):
            raise
        kept = set_aside(library, marker, MARKER)
        words = f"{marker} was damaged and has been rewritten; the damaged one is kept as {kept.name}."
        yield Outcome("library", words)
    else:
        library.write_marker()
        yield Outcome("library", f"{marker} was missing and has been restored.")
