"""Bytes of an open file: read at a place, sought for, and the tags that stand around sound stepped over."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

CHUNK = 1 << 20
SEARCHED = 1 << 24
"""Bytes that are looked through for sound that goes on behind others."""
_OVERLAP, _FARTHEST = 64, 1 << 56
Stop = Callable[[], bool]


class Memory(io.BytesIO):
    """A file in memory. As one on disk, it can be sought in however far behind its end."""

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return super().seek(min(offset, _FARTHEST), whence)


class StoppedError(Exception):
    """The caller asked to stop in the middle of a file."""


def never() -> bool:
    """Don't stop."""
    return False


def check(stop: Stop) -> None:
    """Raise StoppedError when `stop` says so."""
    if stop():
        raise StoppedError


def read_at(file: BinaryIO, position: int, length: int) -> bytes:
    """Up to `length` bytes from `position` on."""
    file.seek(position, os.SEEK_SET)
    return file.read(length)


def find_all(file: BinaryIO, mark: re.Pattern[bytes], position: int, end: int, stop: Stop) -> Iterator[int]:
    """Where `mark`, of at most 64 bytes, stands from `position` on."""
    while position < end:
        check(stop)
        window = read_at(file, position, min(CHUNK + _OVERLAP, end - position))
        for match in mark.finditer(window):
            if match.start() < CHUNK:
                yield position + match.start()
        position += CHUNK


def skip_tags(file: BinaryIO, position: int, size: int) -> int:
    """Where the file goes on behind the tags that begin at `position`, and zeros between and behind them.

    ID3v2 (id3.org, 2.4 section 3.1), ID3v1, APEv2 (hydrogenaud.io) and Lyrics3 v1 and v2 (id3.org). A tag that claims
    more than there is ends behind its header: what follows is for others to make sense of.
    """
    while (length := _tag_length(file, position, size)) > 0:
        position += length
        padding = read_at(file, position, 1 << 16)
        position += len(padding) - len(padding.lstrip(b"\0"))
    return min(position, size)


def _tag_length(file: BinaryIO, position: int, size: int) -> int:
    head = read_at(file, position, 32)
    if head[:3] == b"ID3" and len(head) >= 10:
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        length += 20 if head[5] & 0x10 else 10
        return length if position + length <= size else 10
    if head[:3] == b"TAG" and size - position >= 128:
        return 128
    if head[:8] == b"APETAGEX" and len(head) == 32:
        # Its size counts the footer and not the header, as which only one of both is left where the other is missing.
        length = 32 + (int.from_bytes(head[12:16], "little") if head[23] & 0x20 else 0)
        return length if position + length <= size else 32
    if head[:11] == b"LYRICSBEGIN":
        text = read_at(file, position, CHUNK)
        ends = [text.find(mark) + 9 for mark in (b"LYRICSEND", b"LYRICS200") if mark in text]
        return min(ends, default=11)
    return 0


def before_tags(file: BinaryIO, start: int, size: int) -> int:
    """Where the tags begin that stand at the end of a file whose sound begins at `start`."""
    end = size
    while True:
        if end - start >= 128 and read_at(file, end - 128, 3) == b"TAG":
            end -= 128
            continue
        foot = read_at(file, end - 32, 32) if end - start >= 32 else b""
        if foot[:8] == b"APETAGEX":
            length = int.from_bytes(foot[12:16], "little") + (32 if foot[23] & 0x80 else 0)
        elif foot[-9:] == b"LYRICS200" and foot[-15:-9].isdigit():
            length = int(foot[-15:-9]) + 15
        else:
            return end
        if not 0 < length <= end - start:
            return end
        end -= length
