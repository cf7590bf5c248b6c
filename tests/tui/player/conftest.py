"""Two sound systems without a sound card: ALSA into a FIFO (exact), and a PulseAudio null sink (real time)."""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import select
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tui.player.api import Track

RATE = 48_000
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


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Return once `condition()` holds; fail if it does not within the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.005)


def missing(what: str) -> None:
    """Skip where a sound system can't be had, but never in CI."""
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: apt-get install libportaudio2 libasound2-plugins pulseaudio pulseaudio-utils")
    pytest.skip(f"{what} is missing")


def need_portaudio() -> None:
    """See `missing`."""
    if sys.platform != "linux":
        pytest.skip("ALSA is Linux's")
    if ctypes.util.find_library("portaudio") is None:
        missing("PortAudio")


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

    def read_while(self, condition: Callable[[], object], timeout_s: float = 20.0) -> np.ndarray:
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


class Pulse:
    """A private PulseAudio daemon with a null sink, and what arrives there."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "socket"
        self.environment = {
            **os.environ,
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_SERVER": f"unix:{self.socket}",
            "HOME": str(folder),
        }
        self.start_server()
        self._arrivals: list[tuple[float, bytes]] = []
        self.listen()

    def start_server(self) -> None:
        subprocess.run(
            [
                *["pulseaudio", "-n", "--daemonize=yes", "--exit-idle-time=-1", "--use-pid-file=yes", "--realtime=no"],
                *["--high-priority=no", "-L", f"module-native-protocol-unix auth-anonymous=1 socket={self.socket}"],
                *["-L", "module-null-sink sink_name=cap format=float32le rate=48000 channels=2 norewinds=1"],
            ],
            env=self.environment,
            check=True,
            capture_output=True,
            timeout=30,
        )
        self.pid = int((self._folder / "run" / "pid").read_text())

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
        (self._folder / "run" / "pid").unlink(missing_ok=True)
        self.socket.unlink(missing_ok=True)
        self.start_server()
        self.listen()

    def _collect(self, pipe) -> None:
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
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)


@pytest.fixture
def pulse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Pulse]:
    need_portaudio()
    if not shutil.which("pulseaudio") or not shutil.which("parec"):
        missing("PulseAudio")
    folder = tmp_path / "pulse"
    (folder / "run").mkdir(parents=True, mode=0o700)
    server = Pulse(folder)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{server.socket}")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(folder / "run"))
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
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
    """An ALSA that knows no device, and no Pulse."""
    need_portaudio()
    configuration = tmp_path / "empty.conf"
    configuration.write_text("pcm.none { type hw card 99 }")  # PortAudio aborts on one that is quite empty
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nowhere'}")


@pytest.fixture
def make_track(tmp_path: Path) -> Callable[..., Track]:
    """Writes (frames, channels) float32 samples as a take."""

    def write(name: str, samples: np.ndarray, *, rate: int = RATE, gain_db: float = 0.0) -> Track:
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, samples, rate, subtype="FLOAT")
        return Track(take=name, path=path, duration_s=len(samples) / rate, gain_db=gain_db)

    return write
