"""Decoded sound on its way from the decoder to the mixer: chunk files that are read while they still grow.

A take is cut into chunks of equal length, a file each, so that an hours-long one never has to lie there whole. A file
is a header page and then float32 stereo frames at the mixer's rate. The header is shared memory in both processes; a
frame is announced there only after it has been written.
"""

from __future__ import annotations

import contextlib
import mmap
import os
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.mixer import CHANNELS, RATE, Samples

FRAME_BYTES = 4 * CHANNELS
HEADER_BYTES = mmap.ALLOCATIONGRANULARITY
_READY, _TOTAL, _CERTAIN = range(3)


def chunk_file(folder: Path, name: str, index: int) -> Path:
    return folder / f"{name}.{index}.pcm"


class ChunkWriter:
    """Writes one chunk. The file appears under its name at once, with nothing in it announced."""

    def __init__(self, path: Path, *, frames: int, total: int) -> None:
        """`frames` is the chunk's capacity; `total` is the take's length as its header has it. Raises OSError."""
        self.path = path
        self._capacity = frames
        self._written = 0
        temporary = path.with_suffix(".new")
        self._file = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        os.ftruncate(self._file, HEADER_BYTES + frames * FRAME_BYTES)
        os.pwrite(self._file, bytes(HEADER_BYTES), 0)  # so that a full disk is met here and not in the mapping
        self._map = mmap.mmap(self._file, HEADER_BYTES)
        self._header = np.frombuffer(self._map, dtype=np.int64)
        self._header[_TOTAL] = total
        temporary.replace(path)

    @property
    def room(self) -> int:
        return self._capacity - self._written

    @property
    def bytes_on_disk(self) -> int:
        return HEADER_BYTES + self._written * FRAME_BYTES

    def write(self, samples: Samples) -> None:
        """Add (frames, 2) float32, at most `room`, and announce them. Raises OSError (disk full)."""
        if not len(samples):
            return
        data = np.ascontiguousarray(samples, dtype=np.float32).data.cast("B")
        offset = HEADER_BYTES + self._written * FRAME_BYTES
        while data:
            count = os.pwrite(self._file, data, offset)
            data, offset = data[count:], offset + count
        self._written += len(samples)
        self._header[_READY] = self._written

    def announce_total(self, total: int) -> None:
        """Announce how long the take is for certain."""
        self._header[_TOTAL] = total
        self._header[_CERTAIN] = True

    def close(self) -> None:
        os.close(self._file)


class _Chunk:
    """One chunk file, mapped. The mapping lives as long as anything that was read from it."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self.inode = os.fstat(file.fileno()).st_ino
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        if hasattr(mmap, "MADV_WILLNEED"):
            mapped.madvise(mmap.MADV_WILLNEED)
        self._header: NDArray[np.int64] = np.frombuffer(mapped, dtype=np.int64, count=HEADER_BYTES // 8)
        self.frames: Samples = np.frombuffer(mapped, dtype=np.float32, offset=HEADER_BYTES).reshape(-1, CHANNELS)

    @property
    def ready(self) -> int:
        return int(self._header[_READY])

    @property
    def total(self) -> int:
        return int(self._header[_TOTAL])

    @property
    def certain(self) -> bool:
        return bool(self._header[_CERTAIN])


class CachedSound:
    """A `SoundSource` out of chunk files. `refresh` opens them; everything else only reads memory."""

    def __init__(self, folder: Path, name: str, *, estimate: int, chunk_seconds: int = CHUNK_SECONDS) -> None:
        self._folder = folder
        self._name = name
        self._length = chunk_seconds * RATE
        self._total = estimate
        self._chunks: dict[int, _Chunk] = {}

    def refresh(self, *places: int) -> None:
        """Open the chunks that hold these frames and their successors, if they are there; let go of those far off."""
        here = {place // self._length for place in places}
        near = {index: chunk for index, chunk in self._chunks.items() if here & {index - 1, index, index + 1}}
        for index in here | {index + 1 for index in here}:
            path = chunk_file(self._folder, self._name, index)
            with contextlib.suppress(FileNotFoundError):
                if index not in near or self._replaced(near[index], path):
                    near[index] = _Chunk(path)
        self._chunks = near
        for chunk in near.values():
            self._total = chunk.total

    def _replaced(self, chunk: _Chunk, path: Path) -> bool:
        """Whether the decoder gave up this chunk before it was whole, and has begun it anew."""
        return chunk.ready < self._length and not chunk.certain and path.stat().st_ino != chunk.inode

    @property
    def total(self) -> int:
        for chunk in self._chunks.values():
            if chunk.certain:
                return chunk.total
        return self._total

    @property
    def certain(self) -> bool:
        return any(chunk.certain for chunk in self._chunks.values())

    def available(self, start: int) -> int:
        index, offset = divmod(start, self._length)
        count = 0
        while chunk := self._chunks.get(index):
            ready = chunk.ready
            count += max(0, ready - offset)
            if ready < self._length:
                break
            index, offset = index + 1, 0
        return count

    def read(self, start: int, count: int) -> Samples:
        index, offset = divmod(start, self._length)
        if offset + count <= self._length:
            chunk = self._chunks.get(index)
            return chunk.frames[offset : offset + count] if chunk else np.zeros((0, CHANNELS), np.float32)
        head = self._length - offset
        return np.concatenate([self.read(start, head), self.read(start + head, count - head)])
