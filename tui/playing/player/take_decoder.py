"""Turning the takes that are wanted next into chunk files, the likeliest first."""

from __future__ import annotations

import errno
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from library.errors import AudioError
from library.files.file_stamp import FileStamp, stamp_of
from library.sound.changed_sound import changed_before_playing
from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.messages import DecoderReport, Decoding, DecodingFailed, WantedTake
from tui.playing.player.mixer import RATE, Samples
from tui.playing.player.sound_chunks import FRAME_BYTES, HEADER_BYTES, ChunkWriter, chunk_file
from tui.playing.player.sound_reader import SoundReader


@dataclass
class _Job:
    wanted: WantedTake
    chunk: int
    reader: SoundReader
    blocks: Iterator[Samples]
    stamp: FileStamp | None
    """The file's, when it was opened."""
    rest: Samples | None = None
    writer: ChunkWriter | None = None

    def close(self) -> None:
        if self.writer:
            self.writer.close()
            self.writer = None
        self.reader.close()


class TakeDecoder:
    """Decodes step by step what is wanted, within a number of bytes on disk."""

    def __init__(self, folder: Path, *, budget: int, chunk_seconds: int = CHUNK_SECONDS) -> None:
        self._folder = folder
        self._budget = budget
        self._chunk_frames = chunk_seconds * RATE
        self._chunk_seconds = chunk_seconds
        self._wanted: Sequence[WantedTake] = ()
        self._done: OrderedDict[tuple[str, int], int] = OrderedDict()  # bytes on disk, oldest use first
        self._totals: dict[str, int] = {}
        self._jobs: dict[str, _Job] = {}
        self._failed: set[str] = set()

    @property
    def bytes_on_disk(self) -> int:
        """What all chunk files take."""
        growing = sum(job.writer.bytes_on_disk for job in self._jobs.values() if job.writer)
        return sum(self._done.values()) + growing

    def want(self, wanted: Sequence[WantedTake]) -> None:
        """Forget what was wanted before; these come next, in this order. What failed before is tried again."""
        self._wanted = wanted
        names = {one.name for one in wanted}
        for name in [name for name in self._jobs if name not in names]:
            self._drop(name)
        self._failed.clear()
        for one in reversed(wanted):
            for index in self._chunks_of(one):
                if (one.name, index) not in self._done:
                    continue
                if chunk_file(self._folder, one.name, index).exists():
                    self._done.move_to_end((one.name, index))
                else:  # somebody has cleared the cache
                    del self._done[one.name, index]

    def step(self) -> DecoderReport:
        """Decode one block of the first thing that is wanted and not there.

        What it worked on (None: there is nothing to do), or that it came to nothing.
        """
        for place, one in enumerate(self._wanted):
            if one.name in self._failed:
                continue
            missing = next((index for index in self._chunks_of(one) if (one.name, index) not in self._done), None)
            if missing is None or not self._make_room(urgent=place == 0):
                continue
            try:
                self._advance(one, missing, waited_for=place == 0)
            except AudioError as error:
                return self._fail(one.name, str(error))
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT) and self._evict_one():
                    self._drop(one.name)
                    return Decoding(one.name)
                return self._fail(one.name, f"{one.file.name} can't be played: {error.strerror}.")
            return Decoding(one.name)
        return Decoding(None)

    def _chunks_of(self, one: WantedTake) -> range:
        last = one.first + one.chunks
        if one.name in self._totals:
            last = min(last, self._totals[one.name] // self._chunk_frames + 1)
        return range(one.first, last)

    def _advance(self, one: WantedTake, chunk: int, *, waited_for: bool) -> None:
        job = self._jobs.get(one.name)
        if job is None or job.chunk != chunk or stamp_of(one.file) not in (None, job.stamp):
            self._drop(one.name)
            job = self._jobs[one.name] = self._begin(one, chunk, waited_for=waited_for)
        block = self._next_block(job)
        if block is None:
            self._finish(job)
            return
        writer = self._writer(job)
        room = writer.room
        writer.write(block[:room])
        if len(block) >= room:
            self._done[one.name, job.chunk] = writer.bytes_on_disk
            writer.close()
            job.writer = None
            job.chunk += 1
            job.rest = block[room:]

    def _begin(self, one: WantedTake, chunk: int, *, waited_for: bool) -> _Job:
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp = stamp_of(one.file)
        if one.since:
            changed = changed_before_playing(one.sound, one.since, one.file, waited_for=waited_for)
            if changed is not None:
                raise changed
        reader = SoundReader(one.file, from_s=chunk * self._chunk_seconds)
        return _Job(one, chunk, reader, reader.blocks(), stamp)

    def _next_block(self, job: _Job) -> Samples | None:
        """What comes next; None at the end, which is also where a damaged file stops making sense."""
        if job.rest is not None:
            block, job.rest = job.rest, None
            return block
        try:
            return next(job.blocks, None)
        except AudioError:
            if job.writer is None:
                raise
            return None

    def _writer(self, job: _Job) -> ChunkWriter:
        if job.writer is None:
            path = chunk_file(self._folder, job.wanted.name, job.chunk)
            job.writer = ChunkWriter(path, frames=self._chunk_frames, total=job.reader.total)
        return job.writer

    def _finish(self, job: _Job) -> None:
        """The take's end has been reached: announce it in its last chunk, which may be empty."""
        name = job.wanted.name
        writer = self._writer(job)
        total = (job.chunk + 1) * self._chunk_frames - writer.room
        if total == 0:
            raise AudioError(f"{job.wanted.file.name} can't be played: it contains no audio.")
        self._totals[name] = total
        writer.announce_total(total)
        self._done[name, job.chunk] = writer.bytes_on_disk
        del self._jobs[name]
        job.close()

    def _fail(self, name: str, reason: str) -> DecodingFailed:
        self._failed.add(name)
        self._drop(name)
        return DecodingFailed(name=name, reason=reason)

    def _drop(self, name: str) -> None:
        job = self._jobs.pop(name, None)
        if job is None:
            return
        if job.writer:
            job.writer.path.unlink(missing_ok=True)
        job.close()

    def _make_room(self, *, urgent: bool) -> bool:
        """Whether another block may be written; removes what was used longest ago to make it so."""
        block = RATE * FRAME_BYTES * 4 + HEADER_BYTES
        while self.bytes_on_disk + block > self._budget:
            if not self._evict_one():
                return urgent
        return True

    def _evict_one(self) -> bool:
        keep = {(one.name, index) for one in self._wanted for index in self._chunks_of(one)}
        for name, index in self._done:
            if (name, index) not in keep:
                del self._done[name, index]
                chunk_file(self._folder, name, index).unlink(missing_ok=True)
                return True
        return False
