"""Opens a pack that may come from anybody: bounded, and nothing in it decides where anything is written."""

from __future__ import annotations

import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from library.files.decoding import NotJsonError, decode_json
from library.files.reading import open_file
from ratings.errors import PackError
from ratings.pack.contents import (
    DECODER,
    DOCUMENT,
    DRAFTS,
    ENTRY,
    FORMAT,
    MOST_BYTES,
    MOST_DOCUMENT,
    MOST_ENTRIES,
    SOUNDS,
    Pack,
)

_TAIL = 22 + 65_535
"""The longest end of a ZIP: its last record, with a comment (APPNOTE.TXT 4.3.16)."""
_MOST_DIRECTORY = 32 << 20
_CHUNK = 1 << 20


@dataclass(frozen=True)
class OpenedPack:
    """A pack whose document makes sense."""

    pack: Pack
    junk: list[str]
    """Names of what is in it and in no pack of ours, which nobody looks at."""
    _zip: zipfile.ZipFile
    _sounds: dict[tuple[str, str], zipfile.ZipInfo]

    def suffix_of(self, folder: str, take: str) -> str | None:
        """How the name of that take's sound ends, in DRAFTS or SOUNDS; None where there is none."""
        entry = self._sounds.get((folder, take))
        return None if entry is None else entry.filename.rpartition(".")[2]

    def sound(self, take: str) -> tuple[str, str] | None:
        """Where a sound of that take is, if there is one: folder and suffix."""
        found = ((folder, self.suffix_of(folder, take)) for folder in (SOUNDS, DRAFTS))
        return next(((folder, suffix) for folder, suffix in found if suffix is not None), None)

    def chunks(self, folder: str, take: str) -> Iterator[bytes]:
        """The bytes of that sound. Raises PackError where it is damaged."""
        entry = self._sounds[folder, take]
        try:
            with self._zip.open(entry) as file:
                while chunk := file.read(_CHUNK):
                    yield chunk
        except _DAMAGES as error:
            raise PackError(f"{entry.filename} is damaged: {error}.") from error


_DAMAGES = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    RuntimeError,
    NotImplementedError,
    ValueError,
    struct.error,
)


@contextmanager
def open_pack(path: Path) -> Iterator[OpenedPack]:
    """The pack at `path`. Raises PackError for anything that is none, is too large, or is of a newer Earmark."""
    try:
        file = open_file(path)
    except (OSError, ValueError) as error:
        raise PackError(f"{path} can't be read: {getattr(error, 'strerror', None) or error}.") from error
    with file:
        size = _check_end(path, file)
        try:
            entries = zipfile.ZipFile(file)
        except _DAMAGES as error:
            raise PackError(f"{path} is no ZIP file, or only a part of one: {error}.") from error
        with entries:
            yield _opened(path, entries, size)


def _check_end(path: Path, file: BinaryIO) -> int:
    """Before the list of entries is read: that it is of a size that can be. The file's bytes."""
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise PackError(f"{path} is larger than a pack ever is ({size >> 30} GB).")
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < 22:
        raise PackError(f"{path} is no ZIP file, or only a part of one.")
    count, listed = struct.unpack_from("<HI", tail, at + 10)
    if count > MOST_ENTRIES or listed > _MOST_DIRECTORY:
        raise PackError(f"{path} lists more files than a pack ever has.")
    file.seek(0)
    return size


def _opened(path: Path, entries: zipfile.ZipFile, size: int) -> OpenedPack:
    junk, sounds, document = list[str](), dict[tuple[str, str], zipfile.ZipInfo](), None
    names = set[str]()
    for entry in entries.infolist():
        if entry.filename in names:
            raise PackError(f"{path} has two files of one name, {entry.filename[:100]!r}.")
        names.add(entry.filename)
        plain = stat.S_IFMT(entry.external_attr >> 16) in (0, stat.S_IFREG) and not entry.flag_bits & 1
        found = ENTRY.fullmatch(entry.filename)
        # Sounds are stored as they are: one that says it unpacks to more is none of ours.
        if found and plain and entry.compress_type == zipfile.ZIP_STORED and entry.file_size == entry.compress_size:
            key = entry.filename.partition("/")[0], found[1]
            if key in sounds:
                raise PackError(f"{path} has two sounds of take {found[1][:8]}.")
            sounds[key] = entry
        elif entry.filename == DOCUMENT and plain:
            document = entry
        else:
            junk.append(entry.filename)
    if sum(entry.file_size for entry in sounds.values()) > size:  # they lie upon each other
        raise PackError(f"{path} says that it holds more than it does.")
    if document is None:
        raise PackError(f"{path} is no pack: it has no {DOCUMENT}.", "Choose a file that `earmark pack` made.")
    pack = _document(path, entries, document)
    if pack.format > FORMAT:
        raise PackError(f"{path} has format {pack.format}; this Earmark reads up to {FORMAT}.", "Update Earmark.")
    return OpenedPack(pack, junk, entries, sounds)


def _document(path: Path, entries: zipfile.ZipFile, document: zipfile.ZipInfo) -> Pack:
    if document.file_size > MOST_DOCUMENT:
        raise PackError(f"The document in {path} is too large ({document.file_size >> 20:,} MB).")
    try:
        with entries.open(document) as file:
            data = file.read(MOST_DOCUMENT + 1)
        if len(data) > MOST_DOCUMENT:
            raise PackError(f"The document in {path} is too large.")
        return decode_json(data, DECODER)
    except NotJsonError as error:
        raise PackError(f"The document in {path} makes no sense: {error}.") from error
    except _DAMAGES as error:
        raise PackError(f"The document in {path} is damaged: {error}.") from error
