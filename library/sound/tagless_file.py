"""The part of a file that decoders are given, without the tags around it, as a file of its own."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

from library.sound.payload import Part


class TaglessFile(io.RawIOBase):
    """The sound without the tags around it, its header put right.

    libsndfile's MP3 decoder prints warnings about tags it dislikes, and would print them over the app's screen.
    """

    def __init__(self, file: BinaryIO, part: Part) -> None:
        self._file, self._part, self._position = file, part, 0
        self._lead = len(part.lead)
        self.length = self._lead + part.end - part.start
        """Bytes it has, if the file doesn't end early."""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        origin = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self.length}[whence]
        self._position = max(0, origin + offset)
        return self._position

    def tell(self) -> int:
        return self._position

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any writable buffer, as io.RawIOBase has it
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self.length - self._position))
        data = self._part.lead[self._position : self._position + count]
        place = self._part.start + max(0, self._position - self._lead)
        if len(data) < count:
            self._file.seek(place)
            data += self._patched(self._file.read(count - len(data)), place)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)

    def _patched(self, data: bytes, place: int) -> bytes:
        """`data`, read from `place` of the file, as it should be."""
        for at, right in self._part.patches:
            first, last = max(at, place), min(at + len(right), place + len(data))
            if first < last:
                data = data[: first - place] + right[first - at : last - at] + data[last - place :]
        return data
