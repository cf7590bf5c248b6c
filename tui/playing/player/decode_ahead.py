"""What is decoded: the take that plays, from where it plays, and those that may be next."""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from library.processes.child import Child, Ending
from tui.playing.player.api import Track
from tui.playing.player.cache import CHUNK_SECONDS, SoundCache
from tui.playing.player.messages import DECODER, DecoderReport, Decoding, DecodingFailed, Want, WantedTake

_CACHE_BYTES = 1_000_000_000
"""So much decoded sound is kept."""
_PAUSE_S = 1.0
"""From one start of the decoder to the next, at the least."""
_CHUNKS_NOW = 4
_CHUNKS_AHEAD = 2

log = logging.getLogger(__name__)


class DecodeAhead:
    """The decoder process and what it is asked for. It is used with the lock held, but for `watch`."""

    def __init__(
        self,
        cache: SoundCache,
        lock: AbstractContextManager[object],
        *,
        on_failure: Callable[[str], None],
        on_restart: Callable[[], None],
    ) -> None:
        """`on_failure` gets the id of a take that can't be played; after `on_restart` chunks are decoded anew."""
        self._cache = cache
        self._lock = lock
        self._on_failure = on_failure
        self._on_restart = on_restart
        self._track: Track | None = None
        self._first_chunk = 0
        self._ahead: list[Track] = []
        self._beside = 1
        self._failures: dict[str, str] = {}
        self._resting = False
        self._child: Child[Want, DecoderReport] | None = None
        self._decoding: Track | None = None
        self._next_start = 0.0
        self._started_before = False

    def begin(self, track: Track, at_s: float) -> None:
        """This take is to be heard now, from there on. Tried again if it failed."""
        self._failures.pop(track.take, None)
        self._track, self._first_chunk = track, _chunk(at_s)
        self._ask()

    def reach(self, at_s: float) -> None:
        """What is heard is at that place now."""
        if _chunk(at_s) != self._first_chunk:
            self._first_chunk = _chunk(at_s)
            self._ask()

    def preload(self, tracks: list[Track], beside: int = 1) -> None:
        """These may be next, the likeliest first; the first `beside` of them from where playing stands, to compare."""
        self._ahead, self._beside = list(tracks), beside
        self._ask()

    def rest(self) -> None:
        """Nothing more is decoded for now: there is no sound."""
        self._resting = True

    def resume(self) -> None:
        """There is sound again."""
        self._resting = False
        self._ask()

    def failure(self, take: str) -> str | None:
        """Why that take can't be played, in a sentence; None while it can."""
        return self._failures.get(take)

    def watch(self) -> None:
        """Start the decoder if there is none. To be called now and then, without the lock."""
        if self._child is not None or self._cache.folder is None or time.monotonic() < self._next_start:
            return
        self._next_start = time.monotonic() + _PAUSE_S
        arguments = [str(self._cache.folder), str(_CACHE_BYTES)]
        child = Child(DECODER, arguments, on_report=self._on_report, on_end=self._on_end)
        with self._lock:
            self._child = child
            self._ask()
        try:
            child.start()
        except OSError as error:
            log.warning("no decoder: %s", error)
            self._child = None
            return
        with self._lock:
            if self._started_before:
                self._on_restart()
            self._started_before = True

    def release(self) -> Child[Want, DecoderReport] | None:
        """Give up the process, if there is one, for the caller to end it."""
        child, self._child = self._child, None
        return child

    def _ask(self) -> None:
        if self._child is None or self._resting:
            return
        now = self._track
        wanted = [(now, self._first_chunk, _CHUNKS_NOW)] if now else []
        ahead = [track for track in self._ahead if now is None or track.take != now.take]
        if self._first_chunk >= _CHUNKS_AHEAD - 1:
            wanted += [(track, self._first_chunk, _CHUNKS_AHEAD) for track in ahead[: self._beside]]
        wanted += [(track, _chunk(track.start_s), _CHUNKS_AHEAD) for track in ahead]
        takes = tuple(
            WantedTake(cache_name(track), str(track.path), first, chunks, sound=track.take, since=track.since)
            for track, first, chunks in wanted
            if track.take not in self._failures
        )
        self._child.send(Want(takes))

    def _on_report(self, child: Child[Want, DecoderReport], report: DecoderReport) -> None:
        with self._lock:
            if child is not self._child:
                return
            track = self._named(report.name)
            match report:
                case Decoding():
                    self._decoding = track
                case DecodingFailed(reason=reason):
                    self._decoding = None
                    if track is not None:
                        self._fail(track, reason)

    def _on_end(self, child: Child[Want, DecoderReport], ending: Ending) -> None:
        with self._lock:
            if child is not self._child:
                return
            log.warning("the decoder ended: %s", ending)
            self._child = None
            track, self._decoding = self._decoding, None
            if track is not None:
                self._fail(track, f"{track.path.name} can't be played: the decoder crashed on it.")

    def _named(self, name: str | None) -> Track | None:
        known = [*self._ahead, *([self._track] if self._track else [])]
        return next((track for track in known if cache_name(track) == name), None)

    def _fail(self, track: Track, reason: str) -> None:
        log.warning("%s", reason)
        self._failures[track.take] = reason
        self._on_failure(track.take)


def cache_name(track: Track) -> str:
    """What a take's chunk files are called: safe as a file name whatever the id is."""
    return hashlib.blake2b(f"{track.take}\0{track.path}".encode(), digest_size=16).hexdigest()


def _chunk(position_s: float) -> int:
    return int(max(0.0, position_s)) // CHUNK_SECONDS
