"""Where the sound is inside a file: past the tags, and whether all of it is there. Bytes only, nothing is decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

from library.errors import AudioError
from library.sound.header_patches import Patch, flac_patches, read_at, wav_patches, xing_frame

Kind = Literal["wav", "aiff", "flac", "ogg", "mp3"]

CHUNK = 1 << 20
_UNSET_SIZES = 0x7FFFF000
"""Sizes from here on are what writers to a pipe put when they can't come back to fill the true size in."""
_UNKNOWN = "It is not a sound file that Earmark knows (WAV, FLAC, Ogg, Opus, MP3, AIFF)."
CONVERT = "If it plays elsewhere, make a WAV or FLAC of it first, e.g. with ffmpeg."


@dataclass(frozen=True)
class Payload:
    """The part of a file that holds the sound."""

    kind: Kind
    start: int
    """Bytes of tags before it."""
    end: int
    missing: float = 0.0
    """Share of the promised sound that is not there, 0 to 1: the file is cut off. NaN for an unknown share."""
    open_end: bool = False
    """All that was promised is there, but the stream was never closed: perhaps cut off."""
    patches: tuple[Patch, ...] = ()
    """What a header should say that its writer could not fill in."""
    lead: bytes = b""
    """What a decoder should be given before the sound."""


def find_payload(file: BinaryIO, size: int) -> Payload:
    """Find the sound in an open file of `size` bytes.

    Raises AudioError for what is none of our formats, or damaged in a way that no decoder should be given.
    """
    start = _skip_id3(file, size)
    head = read_at(file, start, 12)
    if head[:4] in (b"RIFF", b"RIFX", b"RF64") and head[8:12] == b"WAVE":
        return _chunks(file, start, size, "wav")
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _chunks(file, start, size, "aiff")
    if head[:4] == b"fLaC":
        return Payload("flac", start, size, patches=flac_patches(file, start, size))
    if head[:4] == b"OggS":
        return _ogg(file, start, size)
    if _frame_length(head) is not None:
        return _mpeg(file, start, size)
    raise AudioError(_UNKNOWN, CONVERT)


def hash_mpeg(file: BinaryIO, payload: Payload, update: Callable[[bytes], None]) -> None:
    """Feed the MPEG frames to `update`: what is left when ID3, APE and Lyrics3 tags are not there."""
    file.seek(payload.start)
    left = payload.end - payload.start
    while left > 0 and (data := file.read(min(left, CHUNK))):
        update(data)
        left -= len(data)


def hash_ogg(file: BinaryIO, payload: Payload, update: Callable[[bytes], None]) -> None:
    """Feed the packets of an Ogg stream (RFC 3533) to `update`, save the second of each logical stream: its tags.

    Page numbers, check sums and the layout of pages are left out, as they change when the tags do. The last granule
    position, which says where the sound ends, goes in.
    """
    finished: dict[bytes, int] = {}
    last = b""
    for page in _Pages(file, payload.start, payload.end):
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


@dataclass(frozen=True)
class _Page:
    begins: bool
    ends: bool
    serial: bytes
    granule: bytes
    lacing: bytes
    body: bytes


class _Pages:
    """The pages of an Ogg file, as far as they go; then `cut` and `rest` say how it ended."""

    def __init__(self, file: BinaryIO, start: int, end: int) -> None:
        self._file = file
        self._start = start
        self._end = end
        self.cut = False
        self.rest = 0

    def __iter__(self) -> Iterator[_Page]:
        position = self._start
        self._file.seek(position)
        while head := self._file.read(27):
            if head[:4] != b"OggS"[: len(head)]:
                self.rest = self._end - position
                return
            lacing = self._file.read(head[26]) if len(head) == 27 else b""
            length = sum(lacing)
            body = self._file.read(length)
            if len(head) < 27 or len(lacing) < head[26] or len(body) < length:
                self.cut = True
                return
            position += 27 + len(lacing) + length
            yield _Page(bool(head[5] & 2), bool(head[5] & 4), head[14:18], head[6:14], lacing, body)


def _ogg(file: BinaryIO, start: int, size: int) -> Payload:
    pages = _Pages(file, start, size)
    running: set[bytes] = set()
    closed = False
    for page in pages:
        if page.begins:
            running.add(page.serial)
        if page.ends:
            running.discard(page.serial)
            closed = True
    if pages.cut:
        # How much is gone can't be told from an Ogg stream: its length is written nowhere but on its last page.
        return Payload("ogg", start, size, missing=float("nan"))
    if pages.rest and not closed:
        raise AudioError("It is damaged: bytes in its middle belong to no Ogg page.")
    return Payload("ogg", start, size - pages.rest, open_end=bool(running))


def _chunks(file: BinaryIO, start: int, size: int, kind: Kind) -> Payload:
    """Walk the chunks of a RIFF (Microsoft, 1991) or IFF (Apple AIFF-C, 1991) file to the sound's."""
    magic = read_at(file, start, 4)
    order: Literal["big", "little"] = "big" if magic in (b"RIFX", b"FORM") else "little"
    ds64_length, ds64_at = 0, None
    position = start + 12
    while position + 8 <= size:
        head = read_at(file, position, 36)
        name, length = head[:4], int.from_bytes(head[4:8], order)
        if name == b"ds64":
            ds64_length, ds64_at = int.from_bytes(head[16:24], "little"), position
        if name in (b"data", b"SSND"):
            if name == b"data" and length == 0xFFFFFFFF and magic == b"RF64":
                length = ds64_length
            if length == 0 or _UNSET_SIZES <= length < 1 << 32 or length >= 1 << 63:
                header_patches = (
                    () if kind == "aiff" or order == "big" else wav_patches(file, start, position, size, ds64_at)
                )
                return Payload(kind, start, size, patches=header_patches)
            bytes_there = size - position - 8
            missing = 1 - bytes_there / length if bytes_there < length else 0.0
            return Payload(kind, start, size, missing=missing)
        position += 8 + length + (length & 1)
    raise AudioError("It is cut off before its sound begins.")


def _mpeg(file: BinaryIO, start: int, size: int) -> Payload:
    """Walk the frames of an MPEG-1/2/2.5 layer III stream (ISO 11172-3, 13818-3)."""
    promised = _promised_frames(read_at(file, start, 200))
    position, frames, window, base = start, 0, b"", start
    rates: set[int] = set()
    while position + 4 <= size:
        if position + 4 > base + len(window):
            base, window = position, read_at(file, position, CHUNK)
            if len(window) < 4:
                break
        offset = position - base
        length = _frame_length(window[offset : offset + 4])
        if length is None:
            break
        position += length
        frames += 1
        rates.add(window[offset + 2] >> 4)
    end = min(position, size)
    if frames - (position > size) < 2:
        raise AudioError(_UNKNOWN, CONVERT)
    if position < size and _resumes(file, position):
        raise AudioError("It is damaged: bytes in its middle belong to no MP3 frame.")
    whole = frames - (position > size) - (promised is not None)
    if promised and whole < promised - 1:
        return Payload("mp3", start, end, missing=1 - whole / promised)
    first, lead = read_at(file, start, 44), b""
    if promised is None and len(rates) > 1 and b"VBRI" not in first:
        headers = {index: bytes([*first[:2], index << 4 | first[2] & 0x0C, first[3]]) for index in range(1, 15)}
        lengths = {index: length for index, form in headers.items() if (length := _frame_length(form)) is not None}
        lead = xing_frame(first, whole, lengths)
    return Payload("mp3", start, end, open_end=position > size, lead=lead)


_BIT_RATES = (
    (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
)
_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}


def _frame_length(head: bytes) -> int | None:
    """Bytes of the layer III frame that begins with `head`, None if none does."""
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE6 != 0xE2:
        return None
    version, bits, rate = head[1] >> 3 & 3, head[2] >> 4, head[2] >> 2 & 3
    if version == 1 or rate == 3 or not 0 < bits < 15:
        return None
    per_frame, table = (144, 0) if version == 3 else (72, 1)
    return per_frame * _BIT_RATES[table][bits] * 1000 // _RATES[version][rate] + (head[2] >> 1 & 1)


def _promised_frames(head: bytes) -> int | None:
    """Frames of sound that a Xing or Info header promises (0: it doesn't say); None where there is no such header."""
    for mark in (b"Xing", b"Info"):
        at = head.find(mark, 4, 44)
        if at >= 0:
            has_frames = head[at + 7 : at + 8] and head[at + 7] & 1
            return int.from_bytes(head[at + 8 : at + 12], "big") if has_frames else 0
    return None


def _resumes(file: BinaryIO, position: int) -> bool:
    """Whether a run of three MPEG frames begins within the next 64 KiB, tags apart."""
    if read_at(file, position, 8) == b"APETAGEX" or read_at(file, position, 3) in (b"TAG", b"LYR", b"ID3"):
        return False
    data = read_at(file, position, 1 << 16)
    at = data.find(b"\xff")
    while at >= 0:
        reached, run = at, 0
        while run < 3 and (length := _frame_length(data[reached : reached + 4])) is not None:
            reached, run = reached + length, run + 1
        if run == 3:
            return True
        at = data.find(b"\xff", at + 1)
    return False


def _skip_id3(file: BinaryIO, size: int) -> int:
    """Where the file goes on after its leading ID3v2 tags (id3.org, 2.4 section 3.1), if it has any."""
    position = 0
    while (head := read_at(file, position, 10))[:3] == b"ID3" and len(head) == 10:
        length = head[6] << 21 | head[7] << 14 | head[8] << 7 | head[9]
        position += 10 + length + (10 if head[5] & 0x10 else 0)
        if position >= size:
            raise AudioError("It holds tags and no sound.")
    if position:
        # Some taggers leave padding behind the size they declare.
        padding = read_at(file, position, 1 << 16)
        position += len(padding) - len(padding.lstrip(b"\0"))
    return position
