"""The decoder process: turns the takes that are wanted next into chunk files, the likeliest first.

Commands come as JSON lines on standard input, reports go out as JSON lines on standard output. It ends when its input
does, and then removes the folder of chunks.
"""

from __future__ import annotations

import argparse
import errno
import json
import os
import queue
import shutil
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from library.errors import AudioError
from library.importing.known_sounds import Stamp, stamp_of
from library.sound.changed_sound import changed_before_playing
from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.decoding import Decoding
from tui.playing.player.mixer import RATE, Samples
from tui.playing.player.sounds import FRAME_BYTES, HEADER_BYTES, ChunkWriter, chunk_file

_NICENESS = 5  # what is heard now goes before what may be heard next


@dataclass(frozen=True)
class Wanted:
    """A take to decode: `chunks` chunks from the one with index `first` on."""

    name: str
    path: Path
    first: int
    chunks: int
    sound: str = ""
    """The id of its sound …"""
    since: str = ""
    """… and when the file held it; empty where it may hold any."""


@dataclass
class _Job:
    """A take on its way."""

    wanted: Wanted
    chunk: int
    decoding: Decoding
    blocks: Iterator[Samples]
    stamp: Stamp | None
    """The file's, when it was opened."""
    rest: Samples | None = None
    writer: ChunkWriter | None = None

    def close(self) -> None:
        if self.writer:
            self.writer.close()
            self.writer = None
        self.decoding.close()


class Decoder:
    """Decodes step by step what is wanted, within a number of bytes on disk."""

    def __init__(self, folder: Path, *, budget: int, chunk_seconds: int = CHUNK_SECONDS) -> None:
        self._folder = folder
        self._budget = budget
        self._chunk_frames = chunk_seconds * RATE
        self._chunk_seconds = chunk_seconds
        self._wanted: list[Wanted] = []
        self._done: OrderedDict[tuple[str, int], int] = OrderedDict()  # bytes on disk, oldest use first
        self._totals: dict[str, int] = {}
        self._jobs: dict[str, _Job] = {}
        self._failed: dict[str, str] = {}

    @property
    def bytes_on_disk(self) -> int:
        """What all chunk files take."""
        growing = sum(job.writer.bytes_on_disk for job in self._jobs.values() if job.writer)
        return sum(self._done.values()) + growing

    def want(self, wanted: list[Wanted]) -> None:
        """Forget what was wanted before; these come next, in this order. What failed before is tried again."""
        self._wanted = wanted
        names = {one.name for one in wanted}
        for name in [name for name in self._jobs if name not in names]:
            self._drop(name)
        self._failed = {}
        for one in reversed(wanted):
            for index in self._chunks_of(one):
                if (one.name, index) not in self._done:
                    continue
                if chunk_file(self._folder, one.name, index).exists():
                    self._done.move_to_end((one.name, index))
                else:  # somebody has cleared the cache
                    del self._done[one.name, index]

    def step(self) -> tuple[str, str] | None:
        """Decode one block of the first thing that is wanted and not there.

        Returns None when there is nothing to do, else the take's name and what to report of it: "" or its failure.
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
                return one.name, self._fail(one.name, str(error))
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT) and self._evict_one():
                    self._drop(one.name)
                    return one.name, ""
                return one.name, self._fail(one.name, f"{one.path.name} can't be played: {error.strerror}.")
            return one.name, ""
        return None

    def _chunks_of(self, one: Wanted) -> range:
        last = one.first + one.chunks
        if one.name in self._totals:
            last = min(last, self._totals[one.name] // self._chunk_frames + 1)
        return range(one.first, last)

    def _advance(self, one: Wanted, chunk: int, *, waited_for: bool) -> None:
        job = self._jobs.get(one.name)
        if job is None or job.chunk != chunk or stamp_of(one.path) not in (None, job.stamp):
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

    def _begin(self, one: Wanted, chunk: int, *, waited_for: bool) -> _Job:
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp = stamp_of(one.path)
        if one.since:
            changed = changed_before_playing(one.sound, one.since, one.path, waited_for=waited_for)
            if changed is not None:
                raise changed
        decoding = Decoding(one.path, from_s=chunk * self._chunk_seconds)
        return _Job(one, chunk, decoding, decoding.blocks(), stamp)

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
            job.writer = ChunkWriter(path, frames=self._chunk_frames, total=job.decoding.total, certain=False)
        return job.writer

    def _finish(self, job: _Job) -> None:
        """The take's end has been reached: say so in its last chunk, which may be empty."""
        name = job.wanted.name
        writer = self._writer(job)
        total = (job.chunk + 1) * self._chunk_frames - writer.room
        if total == 0:
            raise AudioError(f"{job.wanted.path.name} can't be played: there is no sound in it.")
        self._totals[name] = total
        writer.announce_total(total, certain=True)
        self._done[name, job.chunk] = writer.bytes_on_disk
        del self._jobs[name]
        job.close()

    def _fail(self, name: str, reason: str) -> str:
        self._failed[name] = reason
        self._drop(name)
        return reason

    def _drop(self, name: str) -> None:
        """Give up a job, and what it had begun to write."""
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


def main() -> None:
    """Serve commands until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--budget", type=int, required=True)
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_NICENESS)
    # What a library prints must not reach the reports' pipe.
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, inbox), daemon=True).start()
    for leftover in options.folder.glob("*.pcm"):  # of a decoder that crashed
        leftover.unlink(missing_ok=True)
    decoder = Decoder(options.folder, budget=options.budget)
    current = ""
    idle = False
    try:
        while True:
            message = _newest(inbox, block=idle)
            if message is _END:
                break
            if message is not None:
                decoder.want([Wanted(**{**one, "path": Path(one["path"])}) for one in message])
            step = decoder.step()
            idle = step is None
            name, failure = step or ("", "")
            if name != current or failure:
                current = name
                reports.write(json.dumps({"take": name, "failed": failure}) + "\n")
    except BrokenPipeError:
        pass
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    os._exit(0)


_END: list[dict[str, Any]] = []


def _newest(inbox: queue.SimpleQueue[dict[str, Any] | None], *, block: bool) -> list[dict[str, Any]] | None:
    """The last list of wants that has come (earlier ones no longer count); None if none has, _END at its end."""
    wants = None
    while block or not inbox.empty():
        message = inbox.get()
        if message is None:
            return _END
        wants, block = message["want"], False
    return wants


def _listen(stream: BinaryIO, inbox: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in stream:
        inbox.put(json.loads(line))
    inbox.put(None)


if __name__ == "__main__":
    main()
