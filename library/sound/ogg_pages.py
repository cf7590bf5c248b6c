"""The pages of an Ogg file (RFC 3533): its chained streams, and the packets that tell its sound apart from others."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from library.sound.file_bytes import SEARCHED, Stop, check, find_all, skip_tags

_PAGE = re.compile(rb"OggS\0[\0-\7]")


@dataclass(frozen=True)
class _Page:
    position: int
    begins: bool
    ends: bool
    serial: bytes
    granule: bytes
    lacing: bytes
    body: bytes


@dataclass
class OggLayout:
    """Where the links of a chain are, each with streams of its own, and how the file ends."""

    links: list[tuple[int, int]] = field(default_factory=list)
    cut: bool = False
    """It ends in the middle of a page."""
    open_end: bool = False
    """A stream has no last page."""


def find_links(file: BinaryIO, start: int, size: int, stop: Stop) -> OggLayout:
    """The links from `start` on."""
    layout, begun, running, position = OggLayout(), start, set[bytes](), start
    heads_only = True
    pages = _Pages(file, start, size, stop)
    for page in pages:
        if page.begins:
            if not heads_only:
                layout.links.append((begun, position))
                begun, heads_only = page.position, True
                running.clear()
            running.add(page.serial)
        else:
            heads_only = False
        if page.ends:
            running.discard(page.serial)
        position = page.position + 27 + len(page.lacing) + len(page.body)
    layout.links.append((begun, position))
    layout.cut, layout.open_end = pages.cut, bool(running)
    return layout


def hash_packets(file: BinaryIO, start: int, end: int, update: Callable[[bytes], None], stop: Stop) -> None:
    """Feed the packets to `update`, save the second of each logical stream: its tags.

    Page numbers, check sums and the layout of pages are left out, as they change when the tags do. The last granule
    position, which says where the sound ends, goes in.
    """
    finished: dict[bytes, int] = {}
    last = b""
    for page in _Pages(file, start, end, stop):
        serial = page.serial
        if page.begins:
            finished[serial] = 0
        last = page.granule
        packets = finished.get(serial, 2)
        if packets >= 2:
            update(page.body)
            continue
        offset = 0
        for lace in page.lacing:
            if packets != 1:
                update(page.body[offset : offset + lace])
            offset += lace
            packets += lace < 255
        finished[serial] = packets
    update(last)


class _Pages:
    """The whole pages of an Ogg file; then `cut` says whether the last one is not whole."""

    def __init__(self, file: BinaryIO, start: int, end: int, stop: Stop) -> None:
        self._file, self._start, self._end, self._stop = file, start, end, stop
        self.cut = False

    def __iter__(self) -> Iterator[_Page]:
        position = self._start
        self._file.seek(position)
        while position < self._end and (head := self._file.read(27)):
            check(self._stop)
            if head[:4] != b"OggS"[: len(head)]:
                behind = skip_tags(self._file, position, self._end)
                limit = min(self._end, behind + SEARCHED)
                position = next(find_all(self._file, _PAGE, behind, limit, self._stop), self._end)
                self._file.seek(position)
                continue
            lacing = self._file.read(head[26]) if len(head) == 27 else b""
            length = sum(lacing)
            body = self._file.read(length)
            if len(head) < 27 or len(lacing) < head[26] or len(body) < length:
                self.cut = True
                return
            yield _Page(position, bool(head[5] & 2), bool(head[5] & 4), head[14:18], head[6:14], lacing, body)
            position += 27 + len(lacing) + length
