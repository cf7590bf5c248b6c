"""The connection to the audio process: started, watched, and started again when it fails."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

from msgspec import Struct

from library.processes.child import Child, Ending
from tui.playing.player import sound_fault
from tui.playing.player.api import Trouble
from tui.playing.player.cache import SoundCache
from tui.playing.player.messages import AUDIO, AudioCommand, AudioReport, DeviceOpened, NoSound, Numbered
from tui.playing.player.playback_state import PlaybackState, SharedState, shared_descriptor
from tui.playing.player.sound_fault import SoundFault

_STARTING_S = 20.0
"""How long the audio process may take to open the device: importing on a cold, busy machine is slow."""
_FROZEN_TICKS = 30
_RETRIES_S = (2.0, 5.0, 15.0, 60.0)
_FORGIVEN_CRASHES = 2
_CRASH_MEMORY_S = 60.0

log = logging.getLogger(__name__)


class _Attempts(Struct):
    """When to start the process again, and whether its end is worth a word."""

    due: float = 0.0
    failed: int = 0
    crashes: list[float] = []

    def forgive(self, now: float) -> bool:
        """Whether a crash is one of few: then the next attempt is due at once."""
        self.crashes = [when for when in self.crashes if now - when < _CRASH_MEMORY_S] + [now]
        if len(self.crashes) > _FORGIVEN_CRASHES:
            return False
        self.due = now
        return True

    def put_off(self, now: float) -> None:
        """Try later, each time later still."""
        self.due = now + _RETRIES_S[min(self.failed, len(_RETRIES_S) - 1)]
        self.failed += 1


class _Process(Struct):
    child: Child[Numbered, AudioReport]
    state: SharedState
    launched: float
    opened: bool = False
    """Whether it plays."""
    reason: NoSound | None = None
    """What it gave as the reason for its end."""
    blocks: int = 0
    ticks: int = 0
    """For how many looks it has mixed no further block."""

    def is_frozen(self) -> bool:
        """By ticks and not by the clock, so that time in which this process itself was stopped does not count."""
        if not self.opened:
            return time.monotonic() - self.launched > _STARTING_S
        state = self.state.read()
        blocks = state.blocks if state else 0
        self.blocks, self.ticks = blocks, self.ticks + 1 if blocks == self.blocks else 0
        return self.ticks >= _FROZEN_TICKS


class AudioConnection:
    """At most one audio process. It is used with the lock held, but for `watch`."""

    def __init__(
        self,
        cache: SoundCache,
        lock: AbstractContextManager[object],
        *,
        on_sound: Callable[[], None],
        on_silence: Callable[[Trouble | None], None],
    ) -> None:
        """Both are called with the lock held: `on_sound` when a process plays, which knows nothing yet.

        `on_silence` when it has gone, and `playback` answers for the last time; None: another is started at once.
        """
        self._cache = cache
        self._lock = lock
        self._on_sound = on_sound
        self._on_silence = on_silence
        self._process: _Process | None = None
        self._attempts = _Attempts()
        self._serial = 0

    def send(self, command: AudioCommand) -> None:
        """Have this take effect with the next block, if there is sound; `playback` is None until then."""
        self._serial += 1
        if self._process is not None and self._process.opened:
            self._process.child.send(Numbered(self._serial, command))

    def playback(self) -> PlaybackState | None:
        """Where playing stands; None while there is no sound, or not all that was sent has taken effect."""
        if self._process is None or not self._process.opened:
            return None
        state = self._process.state.read()
        return None if state is None or state.serial < self._serial else state

    def try_now(self) -> None:
        """Put off no longer what failed."""
        self._attempts.due = 0.0

    def watch(self) -> None:
        """Start the process if it is time, and end one that hangs. To be called ten times a second, unlocked."""
        process = self._process
        if process is None:
            if time.monotonic() >= self._attempts.due:
                self._launch()
        elif process.is_frozen():
            process.child.kill()
            with self._lock:
                self._lose(NoSound(fault=SoundFault.FROZEN))

    def release(self) -> Child[Numbered, AudioReport] | None:
        """Give up the process, if there is one, for the caller to end it."""
        process, self._process = self._process, None
        return process.child if process is not None else None

    def _launch(self) -> None:
        descriptor = -1
        try:
            folder = self._cache.open()
            descriptor = shared_descriptor()
            state = SharedState(descriptor)
            child = Child(
                AUDIO,
                [str(folder), str(descriptor)],
                on_report=self._on_report,
                on_end=self._on_end,
                descriptors=[descriptor],
            )
            with self._lock:
                self._process = _Process(child, state, time.monotonic())
            child.start()
        except OSError as error:
            with self._lock:
                self._lose(NoSound(fault=SoundFault.NO_CACHE, detail=error.strerror or str(error)))
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    def _on_report(self, child: Child[Numbered, AudioReport], report: AudioReport) -> None:
        with self._lock:
            process = self._process
            if process is None or process.child is not child:
                return
            match report:
                case DeviceOpened(device=device, latency_s=latency_s):
                    log.info("playing on %s, %.0f ms", device, 1000 * latency_s)
                    process.opened, self._attempts.failed = True, 0
                    self._on_sound()
                case NoSound():
                    process.reason = report

    def _on_end(self, child: Child[Numbered, AudioReport], ending: Ending) -> None:
        with self._lock:
            process = self._process
            if process is not None and process.child is child:
                log.warning("the audio process ended: %s", ending)
                detail = ending.nonsense or f"exit code {ending.code}"
                self._lose(process.reason or NoSound(fault=SoundFault.CRASHED, detail=detail))

    def _lose(self, reason: NoSound) -> None:
        log.warning("no sound: %s %s", reason.fault, reason.detail)
        now = time.monotonic()
        trouble = None
        if reason.fault is not SoundFault.CRASHED or not self._attempts.forgive(now):
            self._attempts.put_off(now)
            trouble = sound_fault.describe(reason.fault, reason.detail)
        self._on_silence(trouble)
        self._process = None
