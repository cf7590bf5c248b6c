"""Where playing stands: written by the audio process and read by its client, in memory that they share."""

from __future__ import annotations

import mmap
import os
import struct
import tempfile
import zlib

from msgspec import Struct
from msgspec.structs import astuple

_LAYOUT = struct.Struct("<qqddddd???xxxxx")
_CHECK = struct.Struct("<I")
SIZE = _LAYOUT.size + _CHECK.size
_ATTEMPTS = 50


class PlaybackState(Struct, frozen=True):
    """One block's end."""

    serial: int
    """Of the last command that took effect."""
    blocks: int
    """Mixed so far: the audio process's heartbeat."""
    position_s: float
    """The place that comes after this block."""
    due: float
    """When that place will be heard, by `time.monotonic`."""
    since_s: float
    """The place from which it has played without a jump or a rest; what is heard now lies after it."""
    heard_s: float
    duration_s: float
    playing: bool
    ended: bool
    waiting: bool
    """Playing, but not decoded that far."""

    def position_at(self, now: float) -> float:
        """The place heard at `now`, by `time.monotonic`."""
        if not self.playing or self.waiting:
            return self.position_s
        ahead = min(max(self.due - now, -0.25), 0.5)
        return min(max(self.position_s - ahead, self.since_s), self.duration_s)


class SharedState:
    """A record in memory that one process writes and another reads, without locks: a torn one shows in its checksum."""

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, SIZE)
        self._last: PlaybackState | None = None

    def write(self, state: PlaybackState) -> None:
        record = _LAYOUT.pack(*astuple(state))
        self._memory[:SIZE] = record + _CHECK.pack(zlib.crc32(record))

    def read(self) -> PlaybackState | None:
        """The newest whole record; None before the first."""
        for _ in range(_ATTEMPTS):
            raw = self._memory[:SIZE]
            record = raw[: _LAYOUT.size]
            if _CHECK.pack(zlib.crc32(record)) == raw[_LAYOUT.size :]:
                self._last = PlaybackState(*_LAYOUT.unpack(record))
                break
            if not any(raw):
                break
        return self._last


def shared_descriptor() -> int:
    """A file descriptor of SIZE zero bytes without a name, to be inherited by the audio process."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("earmark-player")
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, SIZE)
    return descriptor
