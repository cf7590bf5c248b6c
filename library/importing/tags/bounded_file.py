"""A sound file as tag readers see it: so many bytes and looks, then nothing more, whatever its headers promise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from typing import NamedTuple

MAX_VALUE = 4 << 20
"""Bytes of one tag; a longer one is passed over unread. A graph of ComfyUI has some hundred thousand."""
MAX_BYTES = 16 << 20
MAX_LOOKS = 20_000


class SpentError(Exception):
    """The file asked for more looks or bytes than tags may take."""


class Tag(NamedTuple):
    """One tag as the file has it."""

    name: str
    """In lower case: `title`, `comment`, `lyrics`, or the file's own name for it."""
    value: bytes
    encoding: str = ""
    """The one the format promises; "" where it promises none."""


Tags = Iterator[Tag]


@dataclass
class Allowance:
    """What is left to be spent on one file."""

    bytes: int = MAX_BYTES
    looks: int = MAX_LOOKS
    passed_over: bool = False
    """A tag was too long to be read."""


class BoundedFile:
    """Bytes at places, from a file or from a piece of one that had to be unpacked."""

    def __init__(self, file: BufferedReader | BytesIO, allowance: Allowance) -> None:
        """`file` stays the caller's to close."""
        self._file, self.allowance = file, allowance
        self.size = file.seek(0, os.SEEK_END)

    def at(self, place: int, count: int) -> bytes:
        """`count` bytes from `place` on, fewer at the end. Raises SpentError, OSError."""
        left = self.allowance
        left.looks -= 1
        left.bytes -= count
        if left.looks < 0 or left.bytes < 0:
            raise SpentError
        self._file.seek(place)
        return self._file.read(count)

    def value(self, place: int, count: int) -> bytes | None:
        """The same for the content of a tag; None for one that is too long, which stays unread."""
        if count <= MAX_VALUE:
            return self.at(place, count)
        self.allowance.passed_over = True
        return None

    def piece(self, data: bytes) -> BoundedFile:
        """`data`, which was unpacked from this, on the same allowance."""
        return BoundedFile(BytesIO(data), self.allowance)
