"""Files whose writers could not go back to fill the length in: what their headers should say, so decoders read on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO

from library.sound.file_bytes import read_at

Patch = tuple[int, bytes]
"""A place in a file, and the bytes to read there instead of its own."""

_LAST_FRAME_WINDOWS = (1 << 16, 1 << 20)
"""Bytes at a FLAC's end in which its last two frames begin: of most, and of 8 channels at 24 bits."""
_BLOCK_SIZES = {1: 192, 2: 576, 3: 1152, 4: 2304, 5: 4608, **{code: 256 << code - 8 for code in range(8, 16)}}
_SAMPLE_SIZES = {0: 0, 1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}


def flac_patches(file: BinaryIO, start: int, end: int) -> tuple[Patch, ...]:
    """The number of samples for the STREAMINFO of a FLAC (RFC 9639) that says less than its last frame, or nothing.

    That is how a FLAC that was written to a pipe looks. None for another.
    """
    head = read_at(file, start, 42)
    if len(head) < 42 or head[4] & 0x7F != 0:
        return ()
    claimed = int.from_bytes(head[21:26]) & 0xF_FFFF_FFFF
    packed_format = int.from_bytes(head[18:22]) >> 4
    stream = _Stream(int.from_bytes(head[10:12]), (packed_format >> 5 & 7) + 1, (packed_format & 31) + 1)
    for window in _LAST_FRAME_WINDOWS:
        base = max(start + 42, end - window)
        last, sure = _last_frame(read_at(file, base, end - base), stream, bool(claimed))
        if sure:
            break
    if last is None or (claimed and (not sure or last.stop <= claimed)):
        return ()
    return ((start + 18, (int.from_bytes(head[18:26]) >> 36 << 36 | last.stop).to_bytes(8)),)


def _last_frame(tail: bytes, stream: _Stream, claimed: bool) -> tuple[range | None, bool]:
    """Which samples the last frame in `tail` holds, and whether another one ends where it begins, or it is the first.

    A frame is sure then: its own marks are few, and turn up by chance.
    """
    last: range | None = None
    at = tail.rfind(b"\xff")
    while at >= 0:
        frame = _samples_of(tail[at : at + 16].ljust(16, b"\0"), stream)
        if frame is not None and frame.stop < 1 << 36:
            if last is not None and frame.stop == last.start:
                break
            if last is None or claimed:
                last = frame
            if last.start == 0:
                break
        at = tail.rfind(b"\xff", 0, at)
    return last, at >= 0


@dataclass(frozen=True)
class _Stream:
    """What every frame of a FLAC has in common."""

    block: int
    """Samples of the largest frame; of every one but the last where frames are numbered."""
    channels: int
    bits: int


def _samples_of(head: bytes, stream: _Stream) -> range | None:
    """Which samples the frame holds that begins with `head`; None if none does."""
    if head[0] != 0xFF or head[1] & 0xFE != 0xF8 or head[3] & 1:
        return None
    channels, bits = head[3] >> 4, _SAMPLE_SIZES.get(head[3] >> 1 & 7)
    if (channels + 1 if channels < 8 else 2) != stream.channels or channels > 10 or bits not in (0, stream.bits):
        return None
    first = head[4]
    ones = next((count for count in range(8) if not first & 0x80 >> count), 8)
    if ones in (1, 8):
        return None
    length = max(1, ones)
    number = first & 0x7F if ones == 0 else first & (1 << 7 - ones) - 1
    for byte in head[5 : 4 + length]:
        if byte & 0xC0 != 0x80:
            return None
        number = number << 6 | byte & 0x3F
    after = 4 + length
    code, rate = head[2] >> 4, head[2] & 15
    if code in (6, 7):
        block = int.from_bytes(head[after : after + code - 5]) + 1
        after += code - 5
    elif (known := _BLOCK_SIZES.get(code)) is not None:
        block = known
    else:
        return None
    after += {12: 1, 13: 2, 14: 2}.get(rate, 0)
    if rate == 15 or after >= len(head) or _crc8(head[:after]) != head[after]:
        return None
    if head[1] & 1:
        return range(number, number + block)
    return range(number * stream.block, number * stream.block + block)


def _crc8(data: bytes) -> int:
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x107 if crc & 0x80 else 0)
    return crc


def wav_patches(file: BinaryIO, start: int, position: int, size: int, ds64_at: int | None) -> tuple[Patch, ...]:
    """The sizes for a WAV whose data chunk at `position` has none; `ds64_at` is the place of an RF64's ds64 chunk.

    None for one that is really empty: what follows its header is another chunk.
    """
    data_bytes = size - position - 8
    following = read_at(file, position + 8, 8)
    if data_bytes <= 0 or (following[:4].isalnum() and 8 + int.from_bytes(following[4:8], "little") <= data_bytes):
        return ()
    if ds64_at is not None:
        return (
            (ds64_at + 8, (size - start - 8).to_bytes(8, "little")),
            (ds64_at + 16, data_bytes.to_bytes(8, "little")),
        )
    if size - start >= 1 << 32:
        return ()  # no size that the header could hold; decoders read what is there
    return ((start + 4, (size - start - 8).to_bytes(4, "little")), (position + 4, data_bytes.to_bytes(4, "little")))


def xing_frame(first: bytes, frames: int, lengths: dict[int, int]) -> bytes:
    """An MPEG frame that says how many follow, to go before one that begins with `first`.

    Without it decoders guess the length of an MP3 from its first frame, and stop there: too soon where the bit rate
    varies. `lengths` are the bytes of a frame by bit rate index, without padding.
    """
    mono, newest = first[3] >> 6 == 3, first[1] >> 3 & 3 == 3
    side = (17 if mono else 32) if newest else (9 if mono else 17)
    needed = 4 + side + 12
    index = next((index for index in sorted(lengths) if lengths[index] >= needed), None)
    if index is None:
        return b""
    head = bytes([first[0], first[1] | 1, index << 4 | first[2] & 0x0C, first[3]])
    frame = head + bytes(side) + b"Xing" + (1).to_bytes(4) + frames.to_bytes(4)
    return frame + bytes(lengths[index] - len(frame))
