"""The recording process: what the default microphone hears, into WAV files, as it is asked.

The microphone is open as long as this runs, so that a recording begins with the sound of the moment it is asked for.
The process ends when its input does, that is, with its parent, and when the microphone is lost; what was recorded until
then is a whole file.
"""

from __future__ import annotations

import contextlib
import os
import queue
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from library.processes.pipes import Pipes
from tui.playing.player.device import NoSoundError, load_portaudio
from tui.playing.recording.messages import MICROPHONE, Command, Failed, Level, Opened, Record, Recorded, Report, Stop
from tui.playing.recording.recording_fault import RecordingFault

RATE = 48_000
"""Hz, where the device can; else its own."""
MOST_CHANNELS = 2
LATENCY_S = 0.1
"""Asked of PortAudio: nobody listens along, so that there is time for a busy machine."""
LEVEL_EVERY_S = 1 / 15
FROZEN_S = 4.0
"""A microphone that gives nothing for so long does not work."""
_TURN_S = 0.25

Samples = NDArray[np.float32]
"""[frames, channels]"""
_Item = tuple[Samples, bool] | Command | RecordingFault | None
"""A block of sound and whether some was lost before it; a command; why there is no more sound; the commands' end."""


class WavWriter:
    """Writes what is heard into one file at a time, and measures it."""

    def __init__(self, rate: int, channels: int, send: Callable[[Report], None]) -> None:
        self._rate = rate
        self._channels = channels
        self._send = send
        self._file: soundfile.SoundFile | None = None
        self._path = Path()
        self._frames = self._limit = self._since = 0
        self._peak = self._loudest = 0.0
        self._gaps = False

    def begin(self, path: Path, limit_s: float) -> None:
        """Record into `path` from the next block on, at most `limit_s` seconds."""
        self.end()
        try:
            self._file = soundfile.SoundFile(path, "w", self._rate, self._channels, "PCM_24", format="WAV")
        except (OSError, RuntimeError) as error:
            self.fail(error)
            return
        self._path, self._frames, self._limit = path, 0, round(limit_s * self._rate)
        self._loudest, self._gaps = 0.0, False

    def take_in(self, block: Samples, *, gap: bool) -> None:
        """Measure a block, and write it if it is to be recorded. `gap`: sound was lost before it."""
        block = np.nan_to_num(block)
        self._peak = max(self._peak, float(np.abs(block).max(initial=0.0)))
        self._since += len(block)
        if self._file is not None:
            block = block[: self._limit - self._frames]
            self._loudest = max(self._loudest, float(np.abs(block).max(initial=0.0)))
            self._gaps |= gap and self._frames > 0
            try:
                self._file.write(block)
            except (OSError, RuntimeError, AssertionError) as error:  # soundfile asserts that all was written
                self.fail(error)
                return
            self._frames += len(block)
        if self._since >= LEVEL_EVERY_S * self._rate:
            self._send(Level(peak=self._peak, seconds=self._seconds(), recording=self._file is not None))
            self._peak, self._since = 0.0, 0
        if self._file is not None and self._frames >= self._limit:
            self.end(full=True)

    def end(self, *, full: bool = False) -> None:
        """Make the file whole and safe, and report it. `full`: it has reached its limit."""
        if self._file is None:
            return
        file, self._file = self._file, None
        try:
            file.close()
            with self._path.open("rb+") as written:
                os.fsync(written.fileno())
        except (OSError, RuntimeError) as error:
            self.fail(error)
            return
        seconds, peak = self._seconds(), self._loudest
        self._send(Recorded(path=str(self._path), seconds=seconds, peak=peak, gaps=self._gaps, full=full))

    def fail(self, error: Exception) -> None:
        """The file can't be written: report that, and keep what there is of it."""
        file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError, RuntimeError):  # reported below; what reached the disk can be read
                file.close()
        self._send(Failed(fault=RecordingFault.DISK, detail=getattr(error, "strerror", None) or str(error)))

    def _seconds(self) -> float:
        return self._frames / self._rate


def main() -> None:
    """Open the microphone and serve commands until there will be no more."""
    pipes = Pipes(MICROPHONE)
    inbox: queue.SimpleQueue[_Item] = queue.SimpleQueue()
    pipes.listen(inbox.put, lambda: inbox.put(None))
    try:
        stream, device = _open(inbox)
    except NoSoundError as error:
        pipes.send(Failed(fault=RecordingFault(error.fault), detail=error.detail))
        os._exit(0)
    writer = WavWriter(int(stream.samplerate), stream.channels, pipes.send)
    pipes.send(Opened(device))
    last_heard = time.monotonic()
    while True:
        try:
            item = inbox.get(timeout=_TURN_S)
        except queue.Empty:
            if time.monotonic() - last_heard < FROZEN_S:
                continue
            item = RecordingFault.FROZEN
        match item:
            case None:
                writer.end()
                break
            case RecordingFault() as fault:
                writer.end()
                pipes.send(Failed(fault=fault))
                break
            case (block, gap):
                last_heard = time.monotonic()
                writer.take_in(block, gap=gap)
            case Record(path=path, limit_s=limit_s):
                writer.begin(Path(path), limit_s)
            case Stop():
                writer.end()
    os._exit(0)  # closing the stream can hang if the sound server does


def _open(inbox: queue.SimpleQueue[_Item]) -> tuple[Any, str]:
    """The default input's stream, running, and the device's name. Raises NoSoundError."""
    sounddevice = load_portaudio()

    def callback(block: Samples, _frames: int, _when: object, status: Any) -> None:  # noqa: ANN401 - C flags
        inbox.put((block.copy(), bool(status.input_overflow)))

    try:
        device = sounddevice.query_devices(kind="input")
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoSoundError(RecordingFault.NO_MICROPHONE, error) from error
    channels = min(MOST_CHANNELS, device["max_input_channels"])
    try:
        rate = RATE
        try:
            sounddevice.check_input_settings(channels=channels, dtype="float32", samplerate=rate)
        except sounddevice.PortAudioError:
            rate = device["default_samplerate"]
        stream = sounddevice.InputStream(
            samplerate=rate,
            channels=channels,
            dtype="float32",
            latency=LATENCY_S,
            callback=callback,
            finished_callback=lambda: inbox.put(RecordingFault.LOST),
        )
        stream.start()
    except (sounddevice.PortAudioError, ValueError) as error:
        raise NoSoundError(RecordingFault.REFUSED, error) from error
    return stream, str(device["name"])


if __name__ == "__main__":
    main()
