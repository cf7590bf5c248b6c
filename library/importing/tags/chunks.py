"""Tags in files of chunks: RIFF, RF64 and BW64 (EBU Tech 3285, 3306), AIFF (Apple, 1989), CAF (Apple, 2005)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from library.importing.tags.bounded_file import BoundedFile, Tag, Tags
from library.importing.tags.id3 import read_id3, size_at

_INFO = {
    b"INAM": "title", b"TITL": "title", b"ICMT": "comment", b"ISBJ": "subject", b"IKEY": "keywords", b"IGNR": "genre",
    b"ISFT": "encoder", b"IART": "artist", b"ILYT": "lyrics",
}  # fmt: skip
_AIFF = {b"NAME": "title", b"ANNO": "comment", b"AUTH": "artist"}
_Order = Literal["little", "big"]


def read_riff(file: BoundedFile, place: int) -> Tags:
    """INFO lists, ID3 chunks and the broadcast description of a WAV."""
    long_data = 0
    for name, content, size in _walk(file, place + 12, "little"):
        if name == b"ds64":
            long_data = int.from_bytes(file.at(content + 8, 8), "little")
        elif name == b"data" and size == 0xFFFFFFFF:
            following = content + long_data + long_data % 2
            if long_data and following < file.size:
                yield from read_riff(file, following - 12)
            return
        elif name == b"LIST" and file.at(content, 4) == b"INFO":
            for field, start, length in _walk(file, content + 4, "little", content + size):
                if value := file.value(start, length):
                    yield Tag(_INFO.get(field, field.decode("latin-1").lower()), value)
        elif name in (b"id3 ", b"ID3 ") and size_at(file, content):
            yield from read_id3(file, content)
        elif name == b"bext":
            yield Tag("description", file.at(content, min(size, 256)))


def read_aiff(file: BoundedFile, place: int) -> Tags:
    """Text and ID3 chunks of an AIFF."""
    for name, content, size in _walk(file, place + 12, "big"):
        if name in (b"ID3 ", b"id3 ") and size_at(file, content):
            yield from read_id3(file, content)
        elif name in _AIFF and (value := file.value(content, size)):
            yield Tag(_AIFF[name], value)
        elif name == b"COMT" and (value := file.value(content, size)):
            start = 2
            for _ in range(min(int.from_bytes(value[:2]), 100)):
                length = int.from_bytes(value[start + 6 : start + 8])
                yield Tag("comment", value[start + 8 : start + 8 + length])
                start += 8 + length + length % 2


def read_caf(file: BoundedFile, place: int) -> Tags:
    """The information chunk of a CAF: names and values, a zero behind each."""
    place += 8
    while len(head := file.at(place, 12)) == 12:
        size = int.from_bytes(head[4:], signed=True)
        if head[:4] == b"info" and (value := file.value(place + 12, max(size, 0))):
            texts = value[4:].split(b"\0")
            for name, text in zip(texts[::2], texts[1::2], strict=False):
                label = name.decode("latin-1").lower()
                yield Tag("comment" if label == "comments" else label, text, "utf-8")
        if size < 0:
            return
        place += 12 + size


def _walk(file: BoundedFile, place: int, order: _Order, end: int | None = None) -> Iterator[tuple[bytes, int, int]]:
    """Name, place and size of each chunk up to `end`, or to the first that can be none, such as zeros behind a file."""
    end = file.size if end is None else min(end, file.size)
    while place + 8 <= end:
        head = file.at(place, 8)
        name, size = head[:4], int.from_bytes(head[4:], order)
        if not all(32 <= byte < 127 for byte in name):
            return
        yield name, place + 8, size
        place += 8 + size + size % 2
