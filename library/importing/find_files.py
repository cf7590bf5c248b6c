"""The files that an import is about, and those that it leaves out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from library.files.reading import list_folder
from library.locations import typed_path

_OWN = frozenset({
    ".wav", ".wave", ".bwf", ".rf64", ".w64", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mp2", ".mp1", ".mpga",
    ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd",
})  # fmt: skip
"""Names of files that are read as they are, lower-case …"""
_BY_FFMPEG = frozenset({
    ".m4a", ".m4b", ".m4r", ".aac", ".webm", ".weba", ".mka", ".wma", ".wv", ".ape", ".tta", ".mpc", ".ac3", ".eac3",
    ".dts", ".amr", ".3ga", ".spx", ".ra", ".rm", ".dsf",
})  # fmt: skip
"""… and those that need ffmpeg or PyAV. Films are read where they are named, and not sought."""
SUFFIXES = _OWN | _BY_FFMPEG
"""Names of files that are taken for sound."""
Tell = Callable[[Path, str], None]


def find_files(
    paths: Sequence[Path], failed: Tell, stop: Callable[[], bool], left_out: Tell = lambda _path, _reason: None
) -> Iterator[Path]:
    """Each named file, and each file under each named folder whose suffix is one of sound: absolute, sorted, once.

    Hidden files and folders are passed over; symbolic links are followed, but into no folder twice. What can't be
    read, `failed` hears of; `left_out` hears of the sound in folders that needs a decoder which isn't there, and why.
    """
    seen: set[str] = set()
    visited: set[tuple[int, int]] = set()
    for path in paths:
        absolute = os.path.abspath(typed_path(path))  # noqa: PTH100 - unlike resolve(), it keeps symbolic links
        is_folder = os.path.isdir(absolute)  # noqa: PTH112
        found = _walk(absolute, visited, failed, stop) if is_folder else iter([absolute])
        for name in found:
            if stop():
                return
            if name in seen:
                continue
            seen.add(name)
            suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 - per file
            if is_folder and suffix not in _OWN and not _is_ffmpeg_there():
                left_out(Path(name), f"Earmark can read {suffix} files once ffmpeg is installed.")
            else:
                yield Path(name)


def _is_ffmpeg_there() -> bool:
    from library.sound.ffmpeg_decoders import decoder_at_hand

    return decoder_at_hand() is not None


def _walk(folder: str, visited: set[tuple[int, int]], failed: Tell, stop: Callable[[], bool]) -> Iterator[str]:
    waiting = [folder]
    while waiting and not stop():
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
