"""The files that an import is about."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from library.files.reading import list_folder
from library.locations import typed_path
from library.sound.audio import SUFFIXES


def find_files(paths: Sequence[Path], failed: Callable[[Path, str], None], stop: Callable[[], bool]) -> Iterator[Path]:
    """Each named file, and each file under each named folder whose suffix is one of sound: absolute, sorted, once.

    Hidden files and folders are passed over; symbolic links are followed, but into no folder twice. What can't be
    read, `failed` hears of.
    """
    seen: set[str] = set()
    visited: set[tuple[int, int]] = set()
    for path in paths:
        absolute = os.path.abspath(typed_path(path))  # noqa: PTH100 - unlike resolve(), it keeps symbolic links
        found = _walk(absolute, visited, failed) if os.path.isdir(absolute) else iter([absolute])  # noqa: PTH112
        for name in found:
            if stop():
                return
            if name not in seen:
                seen.add(name)
                yield Path(name)


def _walk(folder: str, visited: set[tuple[int, int]], failed: Callable[[Path, str], None]) -> Iterator[str]:
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = os.stat(current)  # noqa: PTH116 - as os.scandir gives strings
            if (status.st_dev, status.st_ino) in visited:
                continue
            visited.add((status.st_dev, status.st_ino))
            listed = [entry for entry in list_folder(current) if entry.name[:1] != "."]
        except OSError as error:
            failed(Path(current), f"This folder can't be read: {error.strerror or error}.")
            continue
        folders = []
        for entry in listed:
            if _is_folder(entry):
                folders.append(entry.path)
            elif os.path.splitext(entry.name)[1].lower() in SUFFIXES:  # noqa: PTH122 - per file
                yield entry.path
        waiting.extend(reversed(folders))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
