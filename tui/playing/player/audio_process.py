"""The audio process: one always-open output stream, fed by the mixer.

Where playing stands is written to shared memory. The process ends when its input does, that is, with its parent, and
when the device is lost.
"""

from __future__ import annotations

import gc
import os
import queue
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from library.processes.pipes import Pipes
from tui.playing.player.device import NoSoundError, load_portaudio, open_stream, start_stream
from tui.playing.player.messages import (
    AUDIO,
    AudioCommand,
    AudioReport,
    DeviceOpened,
    Load,
    Loop,
    NoSound,
    Numbered,
    Pause,
    Play,
    Seek,
    Volume,
)
from tui.playing.player.mixer import RATE, Mixer, Samples
from tui.playing.player.playback_state import PlaybackState, SharedState
from tui.playing.player.sound_chunks import CachedSound
from tui.playing.player.sound_fault import SoundFault

FAREWELL_S = 0.1
"""How long a last fade-out needs to be heard."""
_EAGER_S = 0.004
_CALM_S = 0.25


class AudioEngine:
    """The mixer between the commands' thread and the device's."""

    def __init__(self, folder: Path, state: SharedState) -> None:
        self._folder = folder
        self._state = state
        self._mixer = Mixer()
        self._actions: deque[tuple[int, Callable[[], None]]] = deque()
        self._serial = 0
        self._blocks = 0
        self._sound: CachedSound | None = None
        self._jump: tuple[int, ...] = ()
        """The frames where the last jump left, as it still fades there, and where it goes."""
        self._loop_start: int | None = None

    def schedule(self, numbered: Numbered) -> None:
        self._actions.append((numbered.serial, self._action(numbered.command)))

    def open_chunks(self) -> bool:
        """Open what has been decoded meanwhile. Whether playing waits for more."""
        if self._sound is None:
            return False
        state = self._mixer.state()
        loop = () if self._loop_start is None else (self._loop_start,)
        self._sound.refresh(state.position, *self._jump, *loop)
        return state.waiting or bool(self._actions)

    def mix_block(self, out: Samples, delay_s: float) -> None:
        """Mix the next block, which will be heard `delay_s` from now."""
        while self._actions:
            self._serial, action = self._actions.popleft()
            action()
        self._mixer.mix(out)
        self._blocks += 1
        at = self._mixer.state()
        self._state.write(
            PlaybackState(
                serial=self._serial,
                blocks=self._blocks,
                position_s=at.position / RATE,
                due=time.monotonic() + delay_s + len(out) / RATE,
                since_s=at.since / RATE,
                heard_s=at.heard / RATE,
                duration_s=at.total / RATE,
                playing=at.playing,
                ended=at.ended,
                waiting=at.waiting,
            )
        )

    def _action(self, command: AudioCommand) -> Callable[[], None]:
        match command:
            case Load():
                at = round(command.at_s * RATE)
                sound = CachedSound(self._folder, command.name, estimate=round(command.duration_s * RATE))
                sound.refresh(at)
                self._sound, self._jump, self._loop_start = sound, (at,), None
                heard = round(command.heard_s * RATE)
                gain = _amplitude(command.gain_db)
                return partial(self._mixer.load, sound, at=at, play=command.play, gain=gain, heard=heard)
            case Play():
                return self._mixer.play
            case Pause():
                return self._mixer.pause
            case Seek(at_s=at_s):
                place = round(at_s * RATE)
                self._jump = (self._mixer.state().position, place)
                self.open_chunks()
                return partial(self._mixer.seek, place)
            case Loop(span=span):
                frames = (round(span[0] * RATE), round(span[1] * RATE)) if span else None
                self._jump = (self._mixer.state().position,)
                self._loop_start = frames[0] if frames else None
                self.open_chunks()
                return partial(self._mixer.loop, frames)
            case Volume(volume_db=volume_db):
                return partial(self._mixer.set_volume, _amplitude(volume_db))


def _amplitude(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def main() -> None:
    """Open the device and serve commands until there will be no more."""
    pipes = Pipes(AUDIO)
    folder, descriptor = sys.argv[1:]  # the latter is inherited
    engine = AudioEngine(Path(folder), SharedState(int(descriptor)))
    inbox: queue.SimpleQueue[Numbered | None] = queue.SimpleQueue()
    pipes.listen(inbox.put, lambda: inbox.put(None))
    lost = threading.Event()
    _stream = _open_stream(engine, pipes, lost)  # its callback lives only as long as it does
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here makes cycles, and a collection would hold up the stream
    sys.setswitchinterval(0.0005)
    wait_s = _CALM_S
    while not lost.is_set():
        try:
            numbered = inbox.get(timeout=wait_s)
        except queue.Empty:
            pass
        else:
            if numbered is None:
                engine.schedule(Numbered(-1, Pause()))
                time.sleep(FAREWELL_S)
                break
            engine.schedule(numbered)
        wait_s = _EAGER_S if engine.open_chunks() else _CALM_S
    if lost.is_set():
        pipes.send(NoSound(fault=SoundFault.LOST))
    os._exit(0)  # closing the stream can hang if the sound server does


def _open_stream(engine: AudioEngine, pipes: Pipes[Numbered, AudioReport], lost: threading.Event) -> Any:  # noqa: ANN401 - sounddevice is untyped
    """Open and start the default device's stream, and report how that went; ends the process if it can't be."""

    def callback(out: Samples, _frames: int, when: Any, _status: Any) -> None:  # noqa: ANN401 - C structures
        delay = when.outputBufferDacTime - when.currentTime
        engine.mix_block(out, min(max(delay, 0.0), 0.5))

    try:
        sounddevice = load_portaudio()
        stream, device = open_stream(sounddevice, callback, lost.set)
        start_stream(sounddevice, stream)
    except NoSoundError as error:
        pipes.send(NoSound(fault=SoundFault(error.fault), detail=error.detail))
        os._exit(0)
    pipes.send(DeviceOpened(device=device, latency_s=stream.latency))
    return stream


if __name__ == "__main__":
    main()
