"""The player the app talks to: it starts, watches and restarts the audio and decoder processes.

Nothing heavy is imported here; the first frame of the app waits for this module.
"""

from __future__ import annotations

import hashlib
import logging
import os
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from library import locations
from tui.playing.player import troubles
from tui.playing.player.api import Player, Playhead, Track, Trouble
from tui.playing.player.cache import CHUNK_SECONDS, SoundCache
from tui.playing.player.child import Child
from tui.playing.player.silent import SilentPlayer, Stopwatch
from tui.playing.player.state import SharedState, shared_descriptor

CACHE_BYTES = 1_000_000_000
_TICK_S = 0.1
_STARTING_S = 20.0
"""How long the audio process may take to open the device: importing on a cold, busy machine is slow."""
_FROZEN_TICKS = 30
_RETRIES_S = (2.0, 5.0, 15.0, 60.0)
_FORGIVEN_CRASHES = 2
_CRASH_MEMORY_S = 60.0
_FAREWELL_S = 2.0
_DECODER_PAUSE_S = 1.0
_CHUNKS_NOW = 4
_CHUNKS_AHEAD = 2

log = logging.getLogger(__name__)


class AudioPlayer(Player):
    """The `Player` with sound.

    `_model` is a silent player that every command goes to as well. It answers in three cases: until a command has
    reached the sound, while the audio process is being restarted (its clock is held then), and while there is no sound
    at all (its clock runs then). When sound is back, playing goes on from where the model stands.
    """

    def __init__(self, *, cache: Path | None = None, cache_bytes: int = CACHE_BYTES) -> None:
        """`cache` is the folder for decoded sound, of which at most `cache_bytes` are kept."""
        self._cache_root = cache or locations.cache_folder() / "playing"
        self._cache_bytes = cache_bytes
        self._lock = threading.RLock()
        self._clock = Stopwatch()
        self._model = SilentPlayer(self._clock)
        self._trouble: Trouble | None = None
        self._failures: dict[str, str] = {}
        self._ahead: list[Track] = []
        self._serial = 0
        self._cache: SoundCache | None = None
        self._audio: Child | None = None
        self._decoder: Child | None = None
        self._state: SharedState | None = None
        self._live = False
        self._cause: tuple[str, str] | None = None
        self._decoding: Track | None = None
        self._first_chunk = 0
        self._watcher: threading.Thread | None = None
        self._wake = threading.Event()
        self._closing = False
        self._next_try = 0.0
        self._next_decoder = 0.0
        self._failed_tries = 0
        self._crashes: list[float] = []
        self._launched = 0.0
        self._beat = (0, 0)

    # What the app asks

    def start(self) -> None:
        """Open the sound device in the background; if there is trouble, try again now."""
        with self._lock:
            self._next_try = 0.0
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="player watch", daemon=True)
                self._watcher.start()
        self._wake.set()

    def close(self) -> None:
        """Fall silent, end both processes, and remove what was decoded. Takes a fade's time."""
        self._closing = True
        self._wake.set()
        if self._watcher:
            self._watcher.join()
        children = [child for child in (self._audio, self._decoder) if child]
        for child in children:
            child.finish()
        for child in children:
            child.wait(_FAREWELL_S)
        if self._cache:
            self._cache.close()
        with self._lock:
            self._live = False
            self._audio = self._decoder = self._cache = None

    def preload(self, tracks: list[Track]) -> None:
        """See `Player.preload`."""
        with self._lock:
            self._ahead = list(tracks)
            self._ask_decoder()

    def load(self, track: Track, *, at_s: float = 0.0, play: bool = True) -> None:
        """See `Player.load`."""
        with self._lock:
            self._failures.pop(track.take, None)
            self._model.load(track, at_s=at_s, play=play)
            self._first_chunk = self._chunk(at_s)
            self._ask_decoder()
            self._send_load()

    def play(self) -> None:
        """See `Player.play`."""
        with self._lock:
            self._follow()
            self._model.play()
            self._tell("play")

    def pause(self) -> None:
        """See `Player.pause`."""
        with self._lock:
            self._follow()
            self._model.pause()
            self._tell("pause")

    def seek(self, position_s: float) -> None:
        """See `Player.seek`."""
        with self._lock:
            self._follow()
            self._model.seek(position_s)
            self._need_chunk(position_s)
            self._tell("seek", at_s=position_s)

    def loop(self, span: tuple[float, float] | None) -> None:
        """See `Player.loop`."""
        with self._lock:
            self._follow()
            self._model.loop(span)
            if self._model.looping:
                self._need_chunk(self._model.playhead().position_s)
            self._tell("loop", span=self._model.looping)

    def set_volume(self, volume_db: float) -> None:
        """See `Player.set_volume`."""
        with self._lock:
            self._model.set_volume(volume_db)
            self._tell("volume", db=self._model.volume_db)

    def playhead(self) -> Playhead:
        """See `Player.playhead`."""
        with self._lock:
            head = self._sounding() or self._model.playhead()
            error = self._failures.get(head.take) if head.take else None
            return replace(head, playing=False, error=error) if error else head

    def trouble(self) -> Trouble | None:
        """See `Player.trouble`."""
        return self._trouble

    # What the audio process is told

    def _tell(self, op: str, **details: Any) -> None:  # noqa: ANN401 - JSON
        self._serial += 1
        if self._live and self._audio:
            self._audio.send({"op": op, "serial": self._serial, **details})

    def _send_load(self) -> None:
        track = self._model.track
        if track is None:
            return
        head = self._model.playhead()
        self._tell(
            "load",
            name=_cache_name(track),
            duration_s=track.duration_s,
            gain_db=track.gain_db,
            at_s=head.position_s,
            play=head.playing,
            heard_s=head.heard_s,
        )

    def _restore(self) -> None:
        """Bring a fresh audio process to where the model stands."""
        self._tell("volume", db=self._model.volume_db)
        self._send_load()
        if self._model.looping:
            self._tell("loop", span=self._model.looping)

    def _sounding(self) -> Playhead | None:
        """The play head by the audio process; None where it has no say, or has not done all it was told."""
        track = self._model.track
        state = self._state.read() if self._live and self._state else None
        if state is None or track is None or state.serial < self._serial:
            return None
        return Playhead(
            take=track.take,
            position_s=state.position_at(time.monotonic()),
            duration_s=state.duration_s or track.duration_s,
            playing=state.playing,
            ended=state.ended,
            heard_s=state.heard_s,
        )

    def _follow(self) -> None:
        """Bring the model to where the sound is."""
        head = self._sounding()
        if head:
            self._model.assume(head)

    # What the decoder is told

    def _ask_decoder(self) -> None:
        if self._decoder is None or self._trouble:
            return
        now = self._model.track
        wanted = [(now, self._first_chunk, _CHUNKS_NOW)] if now else []
        ahead = [track for track in self._ahead if now is None or track.take != now.take]
        if self._first_chunk >= _CHUNKS_AHEAD - 1:  # the next may be asked for from the same place, to compare
            wanted += [(track, self._first_chunk, _CHUNKS_AHEAD) for track in ahead[:1]]
        wanted += [(track, 0, _CHUNKS_AHEAD) for track in ahead]
        self._decoder.send(
            {
                "want": [
                    {"name": _cache_name(track), "path": str(track.path), "first": first, "chunks": chunks}
                    | {"sound": track.take, "since": track.since}
                    for track, first, chunks in wanted
                    if track.take not in self._failures
                ]
            }
        )

    def _chunk(self, position_s: float) -> int:
        return int(max(0.0, position_s)) // CHUNK_SECONDS

    def _need_chunk(self, position_s: float) -> None:
        chunk = self._chunk(position_s)
        if chunk != self._first_chunk:
            self._first_chunk = chunk
            self._ask_decoder()

    # What the processes say, in threads of their own

    def _on_audio(self, child: Child, report: dict[str, Any]) -> None:
        with self._lock:
            if child is not self._audio:
                return
            status = report["status"]
            if status == "open":
                log.info("playing on %s, %.0f ms", report["device"], 1000 * report["latency_s"])
                self._live, self._trouble, self._failed_tries = True, None, 0
                self._clock.hold()
                self._ask_decoder()
                self._restore()
            elif status != "done":
                self._cause = (status, report["detail"])

    def _on_decoder(self, child: Child, report: dict[str, Any]) -> None:
        with self._lock:
            if child is not self._decoder:
                return
            known = [*self._ahead, *([self._model.track] if self._model.track else [])]
            track = next((one for one in known if _cache_name(one) == report["take"]), None)
            self._decoding = track
            if track and report["failed"]:
                self._fail(track, report["failed"])

    def _fail(self, track: Track, reason: str) -> None:
        log.warning("%s", reason)
        self._failures[track.take] = reason
        if self._model.track is not None and self._model.track.take == track.take:
            self._follow()
            self._model.pause()
            self._tell("pause")

    # Watching, in a thread of its own

    def _watch(self) -> None:
        while not self._closing:
            self._watch_audio()
            self._watch_decoder()
            with self._lock:
                head = self._sounding()
                if head and head.playing:
                    self._need_chunk(head.position_s)
            self._wake.wait(_TICK_S)
            self._wake.clear()

    def _watch_audio(self) -> None:
        child = self._audio
        if child is None:
            if time.monotonic() >= self._next_try:
                self._launch_audio()
            return
        if child.exit_code() is not None:
            child.drained.wait(1.0)
            cause, detail = self._cause or (troubles.CRASHED, f"exit code {child.exit_code()}")
            self._audio_gone(cause, detail)
        elif self._is_frozen():
            child.kill()
            self._audio_gone(troubles.FROZEN, "")

    def _is_frozen(self) -> bool:
        """By ticks and not by the clock, so that time in which this process itself was stopped does not count."""
        if not self._live:
            return time.monotonic() - self._launched > _STARTING_S
        state = self._state.read() if self._state else None
        blocks = state.blocks if state else 0
        self._beat = (blocks, self._beat[1] + 1 if blocks == self._beat[0] else 0)
        return self._beat[1] >= _FROZEN_TICKS

    def _launch_audio(self) -> None:
        descriptor = -1
        try:
            descriptor = shared_descriptor()
            folder = self._open_cache()
            with (folder / "messages").open("ab") as messages:
                state = SharedState(descriptor)
                child = Child(
                    "tui.playing.player.process",
                    [str(folder), "--state", str(descriptor)],
                    messages=messages,
                    on_report=self._on_audio,
                    descriptors=[descriptor],
                )
        except OSError as error:
            self._audio_gone(troubles.NO_CACHE, error.strerror or str(error))
            return
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        with self._lock:
            self._audio, self._state, self._cause = child, state, None
            self._launched, self._beat = time.monotonic(), (0, 0)
        child.listen()

    def _open_cache(self) -> Path:
        if self._cache is None or not self._cache.folder.is_dir():
            self._cache = SoundCache(self._cache_root)
        return self._cache.folder

    def _audio_gone(self, cause: str, detail: str) -> None:
        now = time.monotonic()
        log.warning("no sound: %s %s", cause, detail)
        with self._lock:
            self._follow()
            self._audio, self._live, self._state = None, False, None
            if cause == troubles.CRASHED:
                self._crashes = [when for when in self._crashes if now - when < _CRASH_MEMORY_S] + [now]
                if len(self._crashes) <= _FORGIVEN_CRASHES:
                    self._next_try = now
                    return
            self._trouble = troubles.describe(cause, detail)
            self._clock.run()
            self._next_try = now + _RETRIES_S[min(self._failed_tries, len(_RETRIES_S) - 1)]
            self._failed_tries += 1

    def _watch_decoder(self) -> None:
        child = self._decoder
        if self._cache is None or (child and child.exit_code() is None):
            return
        if time.monotonic() < self._next_decoder:
            return
        self._next_decoder = time.monotonic() + _DECODER_PAUSE_S
        if child and self._decoding:
            name = self._decoding.path.name
            self._fail(self._decoding, f"{name} can't be played: the decoder ended while reading it.")
        folder = self._cache.folder
        arguments = [str(folder), "--budget", str(self._cache_bytes)]
        try:
            with (folder / "messages").open("ab") as messages:
                decoder = Child("tui.playing.player.decoder", arguments, messages=messages, on_report=self._on_decoder)
        except OSError as error:
            log.warning("no decoder: %s", error)
            return
        with self._lock:
            self._decoder, self._decoding = decoder, None
            self._ask_decoder()
            if child:
                self._follow()
                self._restore()
        decoder.listen()


def _cache_name(track: Track) -> str:
    """What a take's chunk files are called: safe as a file name whatever the id is."""
    return hashlib.blake2b(f"{track.take}\0{track.path}".encode(), digest_size=16).hexdigest()
