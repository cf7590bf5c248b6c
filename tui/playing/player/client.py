"""The player the app talks to, with sound where there can be.

Nothing heavy is imported here; the first frame of the app waits for this module.
"""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

from library import locations
from tui.playing.player.api import Player, Playhead, Track, Trouble
from tui.playing.player.audio_connection import AudioConnection
from tui.playing.player.cache import SoundCache
from tui.playing.player.decode_ahead import DecodeAhead, cache_name
from tui.playing.player.messages import Load, Loop, Pause, Play, Seek, Volume
from tui.playing.player.silent import SilentPlayer, Stopwatch

_TICK_S = 0.1
_FAREWELL_S = 2.0


class AudioPlayer(Player):
    """The `Player` with sound.

    `_model` is a silent player that every command goes to as well. It answers in three cases: until a command has
    reached the sound, while the audio process is being restarted (its clock is held then), and while there is no sound
    at all (its clock runs then). When sound is back, playing goes on from where the model stands.
    """

    def __init__(self, *, cache: Path | None = None) -> None:
        """`cache` is the folder for decoded sound."""
        self._lock = threading.RLock()
        self._clock = Stopwatch()
        self._model = SilentPlayer(self._clock.monotonic)
        self._trouble: Trouble | None = None
        self._cache = SoundCache(cache or locations.cache_folder() / "playing")
        self._audio = AudioConnection(self._cache, self._lock, on_sound=self._go_on, on_silence=self._fall_silent)
        self._decoder = DecodeAhead(self._cache, self._lock, on_failure=self._hold_failed, on_restart=self._restore)
        self._watcher: threading.Thread | None = None
        self._wake = threading.Event()
        self._closing = False

    def start(self) -> None:
        """Open the sound device in the background; if there is trouble, try again now."""
        with self._lock:
            self._audio.try_now()
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
        with self._lock:
            audio, decoder = self._audio.release(), self._decoder.release()
        if audio:
            audio.finish()
        if decoder:
            decoder.end(_FAREWELL_S)
        if audio:
            audio.end(_FAREWELL_S)
        self._cache.close()

    def preload(self, tracks: list[Track], *, beside: int = 1) -> None:
        with self._lock:
            self._decoder.preload(tracks, beside)

    def load(self, track: Track, *, at_s: float = 0.0, play: bool = True) -> None:
        with self._lock:
            self._model.load(track, at_s=at_s, play=play)
            self._decoder.begin(track, at_s)
            self._audio.send(self._load_of(track))

    def play(self) -> None:
        with self._lock:
            self._follow()
            self._model.play()
            self._audio.send(Play())

    def pause(self) -> None:
        with self._lock:
            self._follow()
            self._model.pause()
            self._audio.send(Pause())

    def seek(self, position_s: float) -> None:
        with self._lock:
            self._follow()
            self._model.seek(position_s)
            self._decoder.reach(position_s)
            self._audio.send(Seek(position_s))

    def loop(self, span: tuple[float, float] | None) -> None:
        with self._lock:
            self._follow()
            self._model.loop(span)
            if self._model.looping:
                self._decoder.reach(self._model.playhead().position_s)
            self._audio.send(Loop(self._model.looping))

    def set_volume(self, volume_db: float) -> None:
        with self._lock:
            self._model.set_volume(volume_db)
            self._audio.send(Volume(self._model.volume_db))

    def playhead(self) -> Playhead:
        with self._lock:
            head = self._sounding() or self._model.playhead()
            error = self._decoder.failure(head.take) if head.take else None
            return replace(head, playing=False, error=error) if error else head

    def trouble(self) -> Trouble | None:
        return self._trouble

    def _go_on(self) -> None:
        self._trouble = None
        self._clock.hold()
        self._decoder.resume()
        self._restore()

    def _fall_silent(self, trouble: Trouble | None) -> None:
        """Go on in the model: held for a moment, or in silence where there is trouble."""
        self._follow()
        if trouble is not None:
            self._trouble = trouble
            self._decoder.rest()
            self._clock.run()

    def _restore(self) -> None:
        """Bring the audio process to where the model stands, and have it open its chunks anew."""
        self._follow()
        self._audio.send(Volume(self._model.volume_db))
        if self._model.track is not None:
            self._audio.send(self._load_of(self._model.track))
        if self._model.looping:
            self._audio.send(Loop(self._model.looping))

    def _load_of(self, track: Track) -> Load:
        head = self._model.playhead()
        return Load(
            name=cache_name(track),
            duration_s=track.duration_s,
            gain_db=track.gain_db,
            at_s=head.position_s,
            play=head.playing,
            heard_s=head.heard_s,
        )

    def _sounding(self) -> Playhead | None:
        """The play head by the audio process; None where there is no sound, or what was sent has yet to take effect."""
        track, state = self._model.track, self._audio.playback()
        if track is None or state is None:
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

    def _hold_failed(self, take: str) -> None:
        """A take can't be played: if it is on, it rests."""
        if self._model.track is not None and self._model.track.take == take:
            self.pause()

    def _watch(self) -> None:
        while not self._closing:
            self._audio.watch()
            self._decoder.watch()
            with self._lock:
                head = self._sounding()
                if head and head.playing:
                    self._decoder.reach(head.position_s)
            self._wake.wait(_TICK_S)
            self._wake.clear()
