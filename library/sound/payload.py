"""Where the sound is inside a file: past the tags, and whether all of it is there. Bytes only, nothing is decoded."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import BinaryIO, Literal

from library.sound import ogg_pages
from library.sound.chunks import find_chunked
from library.sound.containers import PADDING, behind_padding
from library.sound.file_bytes import Stop, before_tags, find_all, never, read_at, skip_tags
from library.sound.header_patches import Patch, flac_patches
from library.sound.mpeg_frames import Run, find_runs, frame_length

Kind = Literal["wav", "aiff", "flac", "ogg", "mp3", "other"]

MAX_PARTS = 1000
"""Files that are read as one where they stand in one, one behind the other."""
_FLAC = re.compile(rb"fLaC[\0\x80]\0\0\x22")
"""How a FLAC begins: with its STREAMINFO, last of the metadata or not."""
_UNHEARD = 200
"""Bytes between MPEG frames that can't have been many of them."""


@dataclass(frozen=True)
class Part:
    """Bytes that a decoder takes for a whole file."""

    start: int
    end: int
    patches: tuple[Patch, ...] = ()
    """What a header should say that its writer could not fill in."""
    lead: bytes = b""
    """What a decoder should be given before them."""


@dataclass(frozen=True)
class Payload:
    """The parts of a file that hold the sound, one after the other."""

    kind: Kind
    parts: tuple[Part, ...]
    missing: float = 0.0
    """Share of the last part's promised sound that is not there, 0 to 1: the file is cut off."""
    cut: bool = False
    """It is cut off, and nothing says how much is missing."""
    hole: bool = False
    """Bytes in its middle are neither sound nor tags."""
    open_end: bool = False
    """All that was promised is there, but the stream was never closed: perhaps cut off."""


def find_payload(file: BinaryIO, size: int, stop: Stop = never) -> Payload:
    """Find the sound in an open file of `size` bytes. What is none of the formats known here is of kind "other".

    It refuses nothing: what a file holds, the decoder decides. Raises StoppedError when `stop` says so.
    """
    start = skip_tags(file, 0, size)
    start += behind_padding(read_at(file, start, PADDING))
    head = read_at(file, start, 12)
    if chunked := find_chunked(file, start, size, stop):
        parts = tuple(Part(one.start, one.end, one.patches) for one in chunked[:MAX_PARTS])
        return Payload(chunked[0].kind, parts, chunked[-1].missing, cut=not chunked[-1].known)
    end = before_tags(file, start, size)
    if head[:4] == b"fLaC":
        return _flac(file, start, end, stop)
    if head[:4] == b"OggS":
        return _ogg(file, start, size, stop)
    if frame_length(head) is not None or not _is_other(head):
        runs = list(itertools.islice(find_runs(file, start, size, stop), MAX_PARTS))
        if sum(run.frames for run in runs) > 1:
            return _mpeg(runs)
    return Payload("other", (Part(start, end),))


def _is_other(head: bytes) -> bool:
    """Whether it is a file of another kind, in which what looks like frames is none."""
    return head[4:8] == b"ftyp" or head[:4] in _MAGICS


_MAGICS = (
    b"\x1aE\xdf\xa3", b"0&\xb2u", b"RIFF", b"MAC ", b"wvpk", b"TTA1", b"MPCK", b"MP+\x07", b"MP+\x17", b"MP+\x27",
    b"%PDF", b"PK\3\4", b"\x89PNG", b"\x7fELF", b"DSD ", b"FRM8", b"#!AM", b".RMF", b"NIST",
)  # fmt: skip


def _flac(file: BinaryIO, start: int, end: int, stop: Stop) -> Payload:
    """FLAC tells its end nowhere: others are sought behind its first bytes."""
    others = itertools.islice(find_all(file, _FLAC, start + 42, end, stop), MAX_PARTS - 1)
    edges = itertools.pairwise([start, *others, end])
    return Payload("flac", tuple(Part(one, two, flac_patches(file, one, two)) for one, two in edges))


def _ogg(file: BinaryIO, start: int, size: int, stop: Stop) -> Payload:
    found = ogg_pages.find_links(file, start, size, stop)
    parts = tuple(Part(one, two) for one, two in found.links[:MAX_PARTS])
    return Payload("ogg", parts, cut=found.cut, hole=len(found.links) > MAX_PARTS, open_end=found.open_end)


def _mpeg(runs: list[Run]) -> Payload:
    # A run of one frame in the midst of others is no sound of its own.
    runs = [run for run in runs if run.frames > 1] or runs
    last = runs[-1]
    hole = any(run.bytes_before > _UNHEARD for run in runs[1:])
    parts = tuple(Part(run.start, run.end, run.patches, run.lead) for run in runs)
    return Payload("mp3", parts, hole=hole, open_end=last.cut)
