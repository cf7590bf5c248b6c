"""What lies in a library's folders, no link followed: what is none, or may not be looked into, holds nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from library.files.folder import Entry
from library.files.reading import UnfitFileError
from library.library import Library


def entries_in(library: Library, folder: Path) -> list[Entry]:
    """All that is in `folder`, by name. Raises OSError where its disk fails."""
    try:
        return library.scan(folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError, UnfitFileError):
        return []


def folders_in(library: Library, folder: Path) -> list[Path]:
    """The folders in `folder`, by name."""
    return [folder / entry.name for entry in entries_in(library, folder) if entry.kind == "folder"]


def files_in(library: Library, folder: Path, depth: int = 0) -> Iterator[Path]:
    """The plain files in `folder` and `depth` levels below, by name."""
    for entry in entries_in(library, folder):
        if entry.kind == "file":
            yield folder / entry.name
        elif entry.kind == "folder" and depth:
            yield from files_in(library, folder / entry.name, depth - 1)
