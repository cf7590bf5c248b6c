"""Two sound systems without a sound card: ALSA into a FIFO (exact), and a PulseAudio null sink (real time)."""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.tui.sound_systems import RATE, PulseServer, need_portaudio, need_pulse, use_no_device, wait_until
from tui.playing.player.api import Track
from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.client import AudioPlayer

FRAME = 8

ALSA_TO_FIFO = """
pcm.capture {{ type file
  slave.pcm {{ type null }}
  file "{fifo}"
  format "raw" }}
pcm.default {{ type plug
  slave {{ pcm "capture" format FLOAT_LE channels 2 rate 48000 }}
  hint {{ show on description "capture" }} }}
"""


class Fifo:
    """What the audio process plays, read from ALSA's `file` plug-in through a FIFO.

    Reading paces the stream, which would otherwise run as fast as the machine can: here at most at `SPEED` times real
    time. It is read all the time, because PortAudio gives a device up that takes nothing for a while.
    """

    SPEED = 4

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        # Held open for writing too, so that a restarted audio process finds a reader and no end of file is seen.
        self._pipe = os.open(path, os.O_RDWR)
        self._data = bytearray()
        self._taken = 0
        self._stop = threading.Event()
        self.paused = threading.Event()
        self._pump = threading.Thread(target=self._read, daemon=True)
        self._pump.start()

    def _read(self) -> None:
        due = time.monotonic()
        while not self._stop.is_set():
            if self.paused.is_set() or not select.select([self._pipe], [], [], 0.05)[0]:
                self._stop.wait(0.01)
                continue
            data = os.read(self._pipe, 480 * FRAME)
            self._data += data
            due = max(due, time.monotonic() - 0.05) + len(data) / FRAME / RATE / self.SPEED
            self._stop.wait(max(0.0, due - time.monotonic()))

    def _take(self) -> np.ndarray:
        end = len(self._data) // FRAME * FRAME
        taken, self._taken = bytes(self._data[self._taken : end]), end
        return np.frombuffer(taken, np.float32).reshape(-1, 2)

    def read(self, count: int) -> np.ndarray:
        """At least the next `count` frames, (frames, 2) float32; waits for them."""
        wait_until(lambda: len(self._data) >= self._taken + count * FRAME, f"{count} frames of sound")
        return self._take()

    def read_while(self, condition: Callable[[], object], timeout_s: float = 60.0) -> np.ndarray:
        """Everything played since the last reading and while `condition()` holds."""
        wait_until(lambda: not condition(), "the condition to end", timeout_s)
        return self._take()

    def close(self) -> None:
        self._stop.set()
        self._pump.join()
        os.close(self._pipe)


@pytest.fixture
def fifo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fifo]:
    need_portaudio()
    path = tmp_path / "capture.fifo"
    configuration = tmp_path / "asound.conf"
    configuration.write_text(ALSA_TO_FIFO.format(fifo=path))
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    capture = Fifo(path)
    yield capture
    capture.close()


class Pulse(PulseServer):
    """A private PulseAudio server, and what arrives there."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._arrivals: list[tuple[float, bytes]] = []
        self.listen()

    def listen(self) -> None:
        self._parec = subprocess.Popen(
            [
                *["parec", "-d", "cap.monitor", "--latency-msec=4", "--format=float32le", "--rate=48000"],
                *["--channels=2", "--raw"],
            ],
            env=self.environment,
            stdout=subprocess.PIPE,
        )
        threading.Thread(target=self._collect, args=(self._parec.stdout,), daemon=True).start()
        before = len(self._arrivals)
        wait_until(lambda: len(self._arrivals) > before, "parec to hear the null sink")

    def restart(self) -> None:
        """Start the server again after it was killed."""
        self._parec.wait()
        (self.folder / "run" / "pid").unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        self.start_server()
        self.listen()

    def _collect(self, pipe) -> None:
        with pipe:
            while data := pipe.read1(1 << 16):
                self._arrivals.append((time.monotonic(), data))

    def heard(self) -> np.ndarray:
        """All samples that have arrived, (frames, 2)."""
        data = b"".join(data for _, data in list(self._arrivals))
        return np.frombuffer(data[: len(data) // FRAME * FRAME], np.float32).reshape(-1, 2)

    def heard_since(self, moment: float) -> np.ndarray:
        """Samples that arrived after `moment` (time.monotonic)."""
        arrivals = list(self._arrivals)
        late = [data for when, data in arrivals if when >= moment]
        skip = sum(len(data) for when, data in arrivals if when < moment) % FRAME
        data = b"".join(late)[(FRAME - skip) % FRAME :]
        return np.frombuffer(data[: len(data) // FRAME * FRAME], np.float32).reshape(-1, 2)

    def close(self) -> None:
        self._parec.kill()
        self._parec.wait()
        self.kill()


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    need_pulse("parec")
    server = Pulse(tmp_path / "pulse")
    server.use(monkeypatch)
    yield server
    server.close()


@pytest.fixture
def wait() -> Callable[..., None]:
    return wait_until


@pytest.fixture
def silence() -> Callable[[float], np.ndarray]:
    return lambda seconds: np.zeros((int(seconds * RATE), 2), np.float32)


@pytest.fixture
def deaf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sound system at all."""
    use_no_device(tmp_path, monkeypatch)


@pytest.fixture
def player(fifo: Fifo, tmp_path: Path) -> Iterator[AudioPlayer]:  # the FIFO comes first: the process inherits it
    player = AudioPlayer(cache=tmp_path / "cache")
    player.start()
    yield player
    assert player.trouble() is None
    player.close()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.fixture
def decoded(tmp_path: Path) -> Callable[[int], int]:
    """Says how many takes have their chunk of that index whole."""

    def count(chunk: int) -> int:
        headers = (np.fromfile(file, np.int64, 2) for file in (tmp_path / "cache").glob(f"*/*.{chunk}.pcm"))
        whole = CHUNK_SECONDS * RATE
        return sum(bool(ready >= min(whole, total - chunk * whole)) for ready, total in headers)

    return count


@pytest.fixture
def get_ready(fifo: Fifo, player: AudioPlayer, decoded: Callable[[int], int]) -> Callable[..., None]:
    """Has the beginnings of takes decoded before they are played: a busy decoder leaves gaps."""

    def wait(*tracks: Track) -> None:
        long = sum(track.duration_s > CHUNK_SECONDS for track in tracks)
        player.preload([*tracks])
        fifo.read_while(lambda: decoded(0) < len(tracks) or decoded(1) < long)

    return wait


@pytest.fixture
def make_track(tmp_path: Path) -> Callable[..., Track]:
    """Writes (frames, channels) float32 samples as a take."""

    def write(name: str, samples: np.ndarray, *, rate: int = RATE, gain_db: float = 0.0) -> Track:
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, samples, rate, subtype="FLOAT")
        return Track(take=name, path=path, duration_s=len(samples) / rate, gain_db=gain_db)

    return write
