"""The frames of MPEG audio (ISO 11172-3, 13818-3, layers I to III): where runs of them begin and end in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from library.sound.file_bytes import CHUNK, SEARCHED, Stop, check, read_at, skip_tags
from library.sound.header_patches import Patch, xing_frame

_RUN = 4
"""So many frames in a row are no chance."""
_LOOKED_INTO = 4096
"""Bytes of a frame, and what is read of one to see what it says."""
_BIT_RATES = {
    (3, 3): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 1): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 3): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Thousands of bits a second by version (3: MPEG-1, 2: 2 and 2.5) and layer (3: I, 1: III), as headers number them."""
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_HEAD = re.compile(rb"\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xef]", re.DOTALL)
_LENGTH_HEADERS = (b"Xing", b"Info")


@dataclass
class Run:
    """Frames of one kind, without a gap."""

    start: int
    end: int = 0
    frames: int = 0
    cut: bool = False
    """Its last frame is not whole; it is not counted."""
    promised: int | None = None
    """Frames that its Xing or Info header promises, 0 where that doesn't say; None where there is no such header."""
    bytes_before: int = 0
    """Bytes between it and the run before that are neither tags nor zeros."""
    lead: bytes = b""
    """What a decoder should be given before it, lest it guess its length."""
    patches: tuple[Patch, ...] = ()
    """What its length header should say."""

    @property
    def sounding(self) -> int:
        """Frames that hold sound."""
        return self.frames - (self.promised is not None)


def frame_length(head: bytes) -> int | None:
    """Bytes of the frame that begins with `head` (at least 3 bytes), None if none does."""
    if len(head) < 3 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    version, layer, bits, rate = head[1] >> 3 & 3, head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or layer == 0 or rate == 3 or not 0 < bits < 15:
        return None
    kind = (3, layer) if version == 3 else (2, 3 if layer == 3 else 2)
    rate_bits, padding = _BIT_RATES[kind][bits - 1] * 1000, head[2] >> 1 & 1
    if layer == 3:
        return (12 * rate_bits // _RATES[version][rate] + padding) * 4
    return (72 if layer == 1 and version != 3 else 144) * rate_bits // _RATES[version][rate] + padding


def find_runs(file: BinaryIO, start: int, size: int, stop: Stop) -> Iterator[Run]:
    """The runs of frames from `start` on, each in its place; tags and other bytes between them are left out."""
    position, goes_on = start, start
    while position < size:
        first = _find_run(file, position, size, stop)
        if first is None:
            return
        run = _walk(file, first, size, stop)
        run.bytes_before = len(read_at(file, goes_on, min(first - goes_on, CHUNK)).strip(b"\0"))
        yield run
        position = goes_on = skip_tags(file, run.end, size)


def _find_run(file: BinaryIO, position: int, size: int, stop: Stop) -> int | None:
    """Where frames follow each other next."""
    head = read_at(file, position, 3 * _LOOKED_INTO)
    if _follow(head, 0, 2) or (frame_length(head) or 0) == size - position:
        return position
    limit = min(size, position + SEARCHED)
    while position < limit:
        check(stop)
        window = read_at(file, position, CHUNK + _RUN * _LOOKED_INTO)
        for match in _HEAD.finditer(window, 0, CHUNK + 2):
            if _follow(window, match.start(), _RUN):
                return position + match.start()
        position += CHUNK
    return None


def _follow(window: bytes, at: int, wanted: int) -> bool:
    """Whether `wanted` frames of one version, layer and rate follow each other from `at` on."""
    kind = None
    for _ in range(wanted):
        head = window[at : at + 4]
        length = frame_length(head)
        if length is None or len(head) < 4 or kind not in (None, (head[1] & 0xFE, head[2] & 0x0C)):
            return False
        kind, at = (head[1] & 0xFE, head[2] & 0x0C), at + length
    return True


def _walk(file: BinaryIO, start: int, size: int, stop: Stop) -> Run:
    """All frames from `start` on that are of the first one's version, layer, rate and number of channels."""
    run, position, base, window = Run(start), start, start, b""
    lengths: dict[bytes, int | None] = {}
    marks: set[int] = set()
    first = read_at(file, start, 4)
    kind, mono = (first[1] & 0xFE, first[2] & 0x0C), first[3] >> 6 == 3
    side = 4 + _side_info(first)
    while position + 4 <= size:
        offset = position - base
        if offset + _LOOKED_INTO > len(window) and (not window or base + len(window) < size):
            check(stop)
            base, window, offset = position, read_at(file, position, CHUNK), 0
            marks = {base + at for mark in _LENGTH_HEADERS for at in _places(window, mark)}
            if len(window) < 4:
                break
        key = window[offset : offset + 3]
        if key not in lengths:
            lengths[key] = frame_length(key) if (key[1] & 0xFE, key[2] & 0x0C) == kind else None
        length = lengths[key]
        if length is None or (window[offset + 3] >> 6 == 3) != mono:
            break
        if marks and position + side in marks:
            if position != start:
                break
            run.promised = _promised_frames(window[side : side + 12])
        position += length
        run.frames += 1
    run.cut = position > size
    run.frames -= run.cut
    run.end = min(position, size)
    _set_length(run, read_at(file, start, 200), side, {key[2] >> 4 for key, length in lengths.items() if length})
    return run


def _places(window: bytes, mark: bytes) -> Iterator[int]:
    at = window.find(mark)
    while at >= 0:
        yield at
        at = window.find(mark, at + 1)


def _side_info(head: bytes) -> int:
    """Bytes of layer III's side information."""
    mono, newest = head[3] >> 6 == 3, head[1] >> 3 & 3 == 3
    return (17 if mono else 32) if newest else (9 if mono else 17)


def _promised_frames(header: bytes) -> int:
    return int.from_bytes(header[8:12]) if header[7] & 1 else 0


def _set_length(run: Run, first: bytes, side: int, bit_rates: set[int]) -> None:
    """What a decoder needs to be told so as to read the whole run, and no more."""
    if run.promised is not None:
        fields = first[side + 7] & 3
        if run.promised and run.sounding > run.promised + 1:
            run.patches = ((run.start + side + 8, run.sounding.to_bytes(4)),)
        if fields & 2:
            # The size goes with the file; one that is wrong makes the decoder complain on the terminal.
            at = side + 8 + 4 * (fields & 1)
            if int.from_bytes(first[at : at + 4]) != run.end - run.start:
                run.patches += ((run.start + at, (run.end - run.start).to_bytes(4)),)
    elif first[1] >> 1 & 3 == 1 and b"VBRI" not in first and len(bit_rates) > 1:
        headers = {index: bytes([*first[:2], index << 4 | first[2] & 0x0C]) for index in range(1, 15)}
        lengths = {index: length for index, form in headers.items() if (length := frame_length(form)) is not None}
        run.lead = xing_frame(first, run.frames, lengths)
