"""Containers that ffmpeg's libraries read (m4a, webm, wma …): their first bytes, and what is coded in them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from library.sound.file_bytes import Stop, check, read_at

_MAX_ELEMENTS = 1_000_000
_ASF = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_EBML, _SEGMENT, _CLUSTER = b"\x1aE\xdf\xa3", b"\x18S\x80g", b"\x1fC\xb6u"
_BEGINNINGS = (
    (_EBML, "matroska"), (_ASF, "asf"), (b"MAC ", "ape"), (b"wvpk", "wv"), (b"TTA1", "tta"), (b"MPCK", "mpc8"),
    (b"MP+", "mpc"), (b"#!AMR", "amr"), (b"\x0b\x77", "ac3"), (b"\x7f\xfe\x80\x01", "dts"), (b"DSD ", "dsf"),
    (b"OggS", "ogg"), (b"caff", "caf"), (b"fLaC", "flac"), (b".snd", "au"), (b".RMF", "rm"), (b"ADIF", "aac"),
)  # fmt: skip

_SURE_BEGINNINGS = re.compile(
    rb"fLaC[\0\x80]\0\0\x22|OggS\0\x02|(?:RIFF|RF64|BW64).{4}WAVE|FORM.{4}AIF[FC]|caff\0\x01\0\0desc|riff\x2e\x91\xcf\x11"
    rb"|\.snd\0\0\0|.{4}ftyp[ -z]{4}|\x1aE\xdf\xa3.{1,40}(?:webm|matroska)|0&\xb2u\x8ef\xcf\x11",
    re.DOTALL,
)
_HOLDS_OTHERS = (b"%PDF", b"PK\3\4", b"\x7fELF")
PADDING = 1 << 16
"""Bytes of no use that may stand before a sound."""


def behind_padding(head: bytes) -> int:
    """Where a sound begins in `head`, a file's first bytes: 0 unless a sure mark stands behind what belongs to nothing.

    Zeros, or what a server answered, before the file itself. MP3 frames are sought by their own walk.
    """
    if demuxer_of(head[:12]) or head.startswith(_HOLDS_OTHERS):
        return 0
    return found.start() if (found := _SURE_BEGINNINGS.search(head)) else 0


def demuxer_of(head: bytes) -> str | None:
    """ffmpeg's name of the format that begins with `head` (at least 12 bytes), None for none of these.

    It is given no other, as among its formats are playlists, which could make it read other files and servers.
    """
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free"):
        return "mov"
    if head[:4] in (b"RIFF", b"RF64", b"BW64"):
        return {b"WAVE": "wav", b"AVI ": "avi"}.get(head[8:12])
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return "aiff"
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0:
        return "aac" if head[1] & 0xF6 == 0xF0 else "mp3"
    return next((name for mark, name in _BEGINNINGS if head.startswith(mark)), None)


def coded_ranges(file: BinaryIO, demuxer: str, start: int, end: int, stop: Stop) -> list[tuple[int, int]]:
    """Where the coded sound is, without the container's tags; all from `start` to `end` where that can't be told."""
    walk = {"mov": _boxes, "matroska": _clusters, "asf": _packets}.get(demuxer)
    found: list[tuple[int, int]] = []
    for one in walk(file, start, end) if walk else ():
        check(stop)
        found.append(one)
        if len(found) > _MAX_ELEMENTS:
            break
    return found or [(start, end)]


def _boxes(file: BinaryIO, position: int, end: int) -> Iterator[tuple[int, int]]:
    """The media data boxes of an MP4 (ISO 14496-12)."""
    while position + 8 <= end:
        head = read_at(file, position, 16)
        length, header = int.from_bytes(head[:4]), 8
        if length == 1:
            length, header = int.from_bytes(head[8:16]), 16
        stop_at = min(end, position + length) if length else end
        if head[4:8] == b"mdat":
            yield position + header, stop_at
        if stop_at < position + header:
            return
        position = stop_at


def _clusters(file: BinaryIO, position: int, end: int) -> Iterator[tuple[int, int]]:
    """The clusters of a Matroska or WebM file (RFC 9559); from the first of unknown length on all that is there."""
    while position + 5 <= end:
        head = read_at(file, position, 12)
        length_at = _width(head[0])
        width = _width(head[length_at]) if length_at < len(head) else 9
        if length_at > 4 or width > 8:
            return
        field = int.from_bytes(head[length_at : length_at + width]) & (1 << 7 * width) - 1
        body = position + length_at + width
        unknown = field == (1 << 7 * width) - 1
        if head[:length_at] == _CLUSTER:
            yield body, end if unknown else min(end, body + field)
        if head[:length_at] == _SEGMENT:
            position = body
        elif unknown:
            return
        else:
            position = body + field


def _width(first: int) -> int:
    """Bytes of an EBML number that begins with `first`."""
    return 9 - first.bit_length()


def _packets(file: BinaryIO, position: int, end: int) -> Iterator[tuple[int, int]]:
    """The packets of an ASF (Microsoft, Advanced Systems Format, 2012), without the id that each file has."""
    while position + 24 <= end:
        head = read_at(file, position, 24)
        length = int.from_bytes(head[16:24], "little")
        if head[:16] == _ASF_DATA:
            yield position + 50, min(end, position + length) if length > 50 else end
        if length < 24:
            return
        position += length
