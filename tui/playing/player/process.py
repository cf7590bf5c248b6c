"""The audio process: one always-open output stream, fed by the mixer.

Commands come as JSON lines on standard input, reports go out as JSON lines on standard output, and where playing stands
is told through shared memory. It ends when its input does, when the device is lost, and when its parent has died.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, TextIO

from tui.playing.player.device import NoSoundError, load_portaudio, open_stream, start_stream
from tui.playing.player.mixer import RATE, Mixer, Samples
from tui.playing.player.sounds import CachedSound
from tui.playing.player.state import SharedState, State
from tui.playing.player.troubles import LOST

FAREWELL_S = 0.1
"""How long a last fade-out needs to be heard."""
_EAGER_S = 0.004
_CALM_S = 0.25


class Engine:
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

    def obey(self, command: dict[str, Any]) -> None:
        """Queue a command for the next block."""
        self._actions.append((command["serial"], self._action(command)))

    def open_chunks(self) -> bool:
        """Open what has been decoded meanwhile. Whether playing waits for more."""
        if self._sound is None:
            return False
        standing = self._mixer.standing()
        loop = () if self._loop_start is None else (self._loop_start,)
        self._sound.refresh(standing.position, *self._jump, *loop)
        return standing.waiting or bool(self._actions)

    def fill(self, out: Samples, delay_s: float) -> None:
        """Mix the next block, which will be heard `delay_s` from now."""
        while self._actions:
            self._serial, action = self._actions.popleft()
            action()
        self._mixer.mix(out)
        self._blocks += 1
        at = self._mixer.standing()
        self._state.write(
            State(
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

    def _action(self, command: dict[str, Any]) -> Callable[[], None]:
        match command["op"]:
            case "load":
                at = round(command["at_s"] * RATE)
                estimate = round(command["duration_s"] * RATE)
                sound = CachedSound(self._folder, command["name"], estimate=estimate)
                sound.refresh(at)
                self._sound, self._jump, self._loop_start = sound, (at,), None
                heard = round(command["heard_s"] * RATE)
                gain = _amplitude(command["gain_db"])
                return partial(self._mixer.load, sound, at=at, play=command["play"], gain=gain, heard=heard)
            case "play":
                return self._mixer.play
            case "pause":
                return self._mixer.pause
            case "seek":
                place = round(command["at_s"] * RATE)
                self._jump = (self._mixer.standing().position, place)
                self.open_chunks()
                return partial(self._mixer.seek, place)
            case "loop":
                span = command["span"]
                frames = (round(span[0] * RATE), round(span[1] * RATE)) if span else None
                self._jump = (self._mixer.standing().position,)
                self._loop_start = frames[0] if frames else None
                self.open_chunks()
                return partial(self._mixer.loop, frames)
            case "volume":
                return partial(self._mixer.set_volume, _amplitude(command["db"]))
        raise ValueError(command["op"])


def _amplitude(level_db: float) -> float:
    return float(10.0 ** (level_db / 20.0))


def main() -> None:
    """Open the device and serve commands until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--state", type=int, required=True, help="an inherited file descriptor")
    options = parser.parse_args()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is the app's to answer
    # ALSA and PortAudio print where they like; only reports may reach the client.
    reports = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)
    parent = os.getppid()
    engine = Engine(options.folder, SharedState(options.state))
    inbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(inbox,), daemon=True).start()
    lost = threading.Event()
    stream = _open_stream(engine, reports, lost)
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here makes cycles, and a collection would hold up the stream
    sys.setswitchinterval(0.0005)
    wait_s = _CALM_S
    while os.getppid() == parent:
        if lost.is_set():
            _leave(reports, LOST)
        try:
            command = inbox.get(timeout=wait_s)
        except queue.Empty:
            pass
        else:
            if command is None:
                break
            engine.obey(command)
        wait_s = _EAGER_S if engine.open_chunks() else _CALM_S
    engine.obey({"op": "pause", "serial": -1})
    time.sleep(FAREWELL_S)
    reports.write(json.dumps({"status": "done", "load": stream.cpu_load}) + "\n")
    os._exit(0)  # closing the stream can hang if the sound server does


def _open_stream(engine: Engine, reports: TextIO, lost: threading.Event) -> Any:  # noqa: ANN401 - sounddevice is untyped
    """Open and start the default device's stream, and report how that went; ends the process if it can't be."""

    def callback(out: Samples, _frames: int, when: Any, _status: Any) -> None:  # noqa: ANN401 - C structures
        delay = when.outputBufferDacTime - when.currentTime
        engine.fill(out, min(max(delay, 0.0), 0.5))

    try:
        sounddevice = load_portaudio()
        stream, device = open_stream(sounddevice, callback, lost.set)
        start_stream(sounddevice, stream)
    except NoSoundError as error:
        _leave(reports, error.cause, error.detail)
    reports.write(json.dumps({"status": "open", "device": device, "latency_s": stream.latency}) + "\n")
    return stream


def _leave(reports: TextIO, cause: str, detail: str = "") -> NoReturn:
    reports.write(json.dumps({"status": cause, "detail": detail}) + "\n")
    reports.flush()
    os._exit(0)


def _listen(inbox: queue.SimpleQueue[dict[str, Any] | None]) -> None:
    for line in sys.stdin.buffer:
        inbox.put(json.loads(line))
    inbox.put(None)


if __name__ == "__main__":
    main()
