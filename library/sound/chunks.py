"""Sound files that are made of chunks: WAV, RF64, W64, AIFF, CAF, and AU, which has one. Where their sound is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import BinaryIO, Literal

from library.sound.file_bytes import Stop, before_tags, check, read_at, skip_tags
from library.sound.header_patches import Patch, wav_patches

_UNSET_SIZES = 0x7FFFF000
"""Sizes from here on are what writers to a pipe put when they can't come back to fill the true size in."""
_MAX_CHUNKS = 10_000
_W64_TAIL = bytes.fromhex("f3acd3118cd100c04f8edb8a")
"""What follows the four letters in the names of a W64's chunks; in its first, `riff`, stands another."""
_RIFF_GUID = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000")


@dataclass(frozen=True)
class _Form:
    """How a format lays out its chunks."""

    header: int
    """Bytes before the first chunk."""
    name: int
    """Bytes of a chunk's name …"""
    size: int
    """… and of its size."""
    order: Literal["big", "little"]
    align: int
    whole: bool = False
    """The size counts the name and itself."""
    sound: bytes = b"data"


_RIFF = _Form(12, 4, 4, "little", 2)
"""Microsoft, Multimedia Programming Interface, 1991; RF64: EBU Tech 3306."""
_RIFX = _Form(12, 4, 4, "big", 2)
_IFF = _Form(12, 4, 4, "big", 2, sound=b"SSND")
"""Apple, Audio Interchange File Format AIFF-C, 1991."""
_CAF = _Form(8, 4, 8, "big", 1)
"""Apple, Core Audio Format Specification 1.0."""
_W64 = _Form(40, 16, 8, "little", 8, whole=True)
"""Sonic Foundry, Wave64."""


@dataclass(frozen=True)
class Chunked:
    """One file of chunks, of which several may stand one behind the other."""

    kind: Literal["wav", "aiff", "other"]
    start: int
    end: int
    """Where the next one begins, or all there is ends."""
    missing: float = 0.0
    """Share of the promised sound that is not there."""
    patches: tuple[Patch, ...] = ()
    known: bool = True
    """Its sound has been found."""


def find_chunked(file: BinaryIO, start: int, size: int, stop: Stop) -> list[Chunked]:
    """The files of chunks from `start` on, none if none begins there."""
    found: list[Chunked] = []
    while (one := _find_one(file, start, size, stop)) is not None:
        found.append(one)
        start = one.end
        if start >= size or len(found) >= _MAX_CHUNKS:
            break
    return found


def _find_one(file: BinaryIO, start: int, size: int, stop: Stop) -> Chunked | None:
    head = read_at(file, start, 40)
    if head[:4] in (b"RIFF", b"RF64", b"RIFX") and head[8:12] == b"WAVE":
        return _walk(file, start, size, _RIFX if head[:4] == b"RIFX" else _RIFF, stop)
    if head[:4] == b"BW64" and head[8:12] == b"WAVE":
        # ITU-R BS.2088: the same by another name, which libsndfile doesn't know.
        one = _walk(file, start, size, _RIFF, stop)
        return replace(one, patches=((start, b"RF64" if head[12:16] == b"ds64" else b"RIFF"), *one.patches))
    if head[:4] == b"FORM" and head[8:12] in (b"AIFF", b"AIFC"):
        return _walk(file, start, size, _IFF, stop)
    if head[:4] == b"caff":
        return _walk(file, start, size, _CAF, stop)
    if head[:16] == _RIFF_GUID and head[24:28] == b"wave":
        return _walk(file, start, size, _W64, stop)
    if head[:4] in (b".snd", b"dns."):
        order: Literal["big", "little"] = "big" if head[:4] == b".snd" else "little"
        position, length = int.from_bytes(head[4:8], order), int.from_bytes(head[8:12], order)
        if length >= _UNSET_SIZES or length == 0:
            return Chunked("other", start, size)
        end = start + position + length
        if end > size:
            return Chunked("other", start, size, missing=min(1.0, (end - size) / length))
        return Chunked("other", start, _next_file(file, end, size, None))
    return None


def _walk(file: BinaryIO, start: int, size: int, form: _Form, stop: Stop) -> Chunked:
    kind: Literal["wav", "aiff", "other"] = "aiff" if form is _IFF else "wav" if form in (_RIFF, _RIFX) else "other"
    wide = read_at(file, start, 4) in (b"RF64", b"BW64")
    ds64_length, ds64_at = 0, None
    position = start + form.header
    before = form.name + form.size
    for _ in range(_MAX_CHUNKS):
        check(stop)
        head = read_at(file, position, 36)
        if len(head) < before:
            break
        name, length = head[: form.name], int.from_bytes(head[form.name : before], form.order)
        if form.whole:
            length -= before
        if name == b"ds64":
            ds64_length, ds64_at = int.from_bytes(head[16:24], "little"), position
        if name == form.sound + (_W64_TAIL if form.whole else b""):
            if wide and length == 0xFFFFFFFF:
                length = ds64_length
            unset = form.size == 4 and _UNSET_SIZES <= length < 1 << 32 and position + before + length > size
            if length <= 0 or unset or length >= 1 << 63:
                end = before_tags(file, start, size)
                patches = wav_patches(file, start, position, end, ds64_at) if form is _RIFF else ()
                return Chunked(kind, start, end if patches else size, patches=patches)
            end = position + before + length
            if end > size:
                return Chunked(kind, start, size, missing=(end - size) / length)
            following = _next_file(file, end, size, form)
            # libsndfile reads a W64 on into what stands behind it.
            return Chunked(kind, start, min(following, end + -end % form.align) if form.whole else following)
        position += max(before, before + length + -length % form.align)
    return Chunked(kind, start, size, known=False)


def _next_file(file: BinaryIO, position: int, size: int, form: _Form | None) -> int:
    """Where another such file begins behind the sound that ends at `position` and the chunks and tags after it."""
    for _ in range(_MAX_CHUNKS):
        position = skip_tags(file, position, size)
        for at in (position, position + -position % (form.align if form else 1)):
            head = read_at(file, at, 40)
            if head[:4] in (b"RIFF", b"RF64", b"BW64", b"RIFX", b"FORM") and head[8:12] in (b"WAVE", b"AIFF", b"AIFC"):
                return at
            if head[:4] in (b"caff", b".snd") or head[:16] == _RIFF_GUID:
                return at
        if form is None:
            return size
        before = form.name + form.size
        name, length = head[: form.name], int.from_bytes(head[form.name : before], form.order)
        if len(head) < before or not name[:4].isascii() or not name[:4].decode("ascii").isprintable():
            return size
        length -= before if form.whole else 0
        if length < 0 or at + before + length > size:
            return size
        position = at + before + length
    return size
