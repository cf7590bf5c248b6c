"""ID3 tags: versions 2.2 to 2.4 (id3.org, 1998–2000), and version 1 at the end of a file."""

from __future__ import annotations

import zlib

from library.importing.tags.bounded_file import MAX_VALUE, BoundedFile, Tag, Tags

HEADER = 10
OLD_SIZE = 128
"""Bytes of an ID3v1 tag."""
_ENCODINGS = ("", "utf-16", "utf-16-be", "utf-8")
"""By the first byte of a text frame. Where Latin-1 is promised, writers put the code page of their machine."""
_NAMES = {
    "TIT2": "title", "TT2": "title", "TCON": "genre", "TCO": "genre", "TSSE": "encoder", "TSS": "encoder",
    "COMM": "comment", "COM": "comment", "USLT": "lyrics", "ULT": "lyrics", "TIT3": "subtitle", "TT3": "subtitle",
    "TPE1": "artist", "TP1": "artist", "TXXX": "", "TXX": "",
}  # fmt: skip
"""The frames that may hold words about a take; those named "" carry their name inside."""


def size_at(file: BoundedFile, place: int) -> int:
    """Bytes of the whole ID3v2 tag at `place`, 0 where there is none."""
    head = file.at(place, HEADER)
    if len(head) < HEADER or head[:3] != b"ID3" or head[3] == 0xFF or any(byte & 0x80 for byte in head[6:]):
        return 0
    return HEADER + _synchsafe(head[6:]) + HEADER * bool(head[5] & 0x10 and head[3] >= 4)


def read_id3(file: BoundedFile, place: int) -> Tags:
    """The text frames of the ID3v2 tag at `place`."""
    head = file.at(place, HEADER)
    version, flags, size = head[3], head[5], _synchsafe(head[6:])
    start, end = place + HEADER, place + HEADER + size
    if flags & 0x80 and version < 4:  # the whole tag is unsynchronised: every FF 00 stands for FF
        body = file.at(start, min(size, MAX_VALUE)).replace(b"\xff\x00", b"\xff")
        file, start, end = file.piece(body), 0, len(body)
    if flags & 0x40 and version >= 3:
        extended = file.at(start, 4)
        start += _synchsafe(extended) if version >= 4 else 4 + int.from_bytes(extended)
    yield from _frames(file, start, min(end, file.size), version)


def _frames(file: BoundedFile, place: int, end: int, version: int) -> Tags:
    short = version == 2
    head_size, id_size = (6, 3) if short else (HEADER, 4)
    while place + head_size < end:
        head = file.at(place, head_size)
        name = head[:id_size].decode("latin-1")
        if not name.isalnum() or not name.isascii():
            return  # padding
        coded = head[id_size : id_size * 2]
        # Some writers of version 2.4 kept the plain numbers of 2.3.
        plain = short or version == 3 or any(byte & 0x80 for byte in coded)
        size = int.from_bytes(coded) if plain else _synchsafe(coded)
        place += head_size
        if name in _NAMES and 0 < size <= end - place and (content := file.value(place, size)):
            if not short:
                content = _unpacked(content, head[9], version)
            if content and (tag := _tag(name, content)):
                yield tag
        place += size


def _unpacked(content: bytes, flags: int, version: int) -> bytes:
    """A frame without what its flags say was done to it; nothing for one that is encrypted or damaged."""
    packed, encrypted = (flags & 0x08, flags & 0x04) if version >= 4 else (flags & 0x80, flags & 0x40)
    if encrypted:
        return b""
    if version >= 4:
        content = content[4:] if flags & 0x01 else content
        content = content.replace(b"\xff\x00", b"\xff") if flags & 0x02 else content
    elif packed:
        content = content[4:]
    if not packed:
        return content
    try:
        return zlib.decompressobj().decompress(content, MAX_VALUE)
    except zlib.error:
        return b""


def _tag(frame: str, content: bytes) -> Tag | None:
    encoding = _ENCODINGS[content[0]] if content[0] < len(_ENCODINGS) else ""
    content, name = content[1:], _NAMES[frame]
    if name in ("comment", "lyrics") or not name:
        language = 3 * bool(name)
        described, content = _split(content[language:], encoding)
        label = _text(described, encoding).strip().lower()
        # ffmpeg and others write any tag so; iTunes keeps numbers for itself in comments.
        if label.startswith("itun"):
            return None
        if not name or label in ("prompt", "parameters", "workflow", "seed"):
            name = label or "comment"
    return Tag(name, content, encoding)


def _split(content: bytes, encoding: str) -> tuple[bytes, bytes]:
    """A description and what follows the zero behind it; a byte order mark counts for both."""
    if not encoding.startswith("utf-16"):
        described, _, rest = content.partition(b"\0")
        return described, rest
    for place in range(0, len(content) - 1, 2):
        if content[place : place + 2] == b"\0\0":
            return content[:place], content[place + 2 :]
    return content, b""


def _text(data: bytes, encoding: str) -> str:
    return data.decode(encoding or "latin-1", "replace").lstrip("\ufeff")


def read_old_id3(data: bytes) -> Tags:
    """An ID3v1 tag: the title and the comment, at most 30 bytes each."""
    if data[:3] == b"TAG" and len(data) == OLD_SIZE:
        yield Tag("title", data[3:33])
        yield Tag("comment", data[97:127].partition(b"\0")[0])


def _synchsafe(data: bytes) -> int:
    """A number of seven bits a byte."""
    number = 0
    for byte in data:
        number = number << 7 | byte & 0x7F
    return number
