"""A microphone without a sound card: PulseAudio's null sink, whose monitor is the only source there is."""

from __future__ import annotations

import contextlib
import ctypes.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from tui.recording.recorder import Level, Recorder

RATE = 48_000


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 20.0) -> None:
    """Return once `condition()` holds; fail if it does not within the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.005)


def need(there: object, what: str) -> None:
    """Skip where a sound system can't be had, but never in CI."""
    if there:
        return
    if os.environ.get("CI"):
        pytest.fail(f"{what} is missing: apt-get install libportaudio2 libasound2-plugins pulseaudio pulseaudio-utils")
    pytest.skip(f"{what} is missing")


class Microphone:
    """Hears what is played to it."""

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "socket"
        self.environment = {
            **os.environ,
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_SERVER": f"unix:{self.socket}",
            "HOME": str(folder),
        }
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
        self._pid = int((folder / "run" / "pid").read_text())

    def hear(self, samples: np.ndarray) -> None:
        """Play (frames, 2) float32 at 48 kHz to it, to the end."""
        subprocess.run(
            [
                *["pacat", "-p", "-d", "cap", "--format=float32le", "--rate=48000", "--channels=2", "--raw"],
                "--latency-msec=500",
            ],
            env=self.environment,
            input=np.ascontiguousarray(samples, np.float32).tobytes(),
            check=True,
            timeout=60,
        )

    def unplug(self) -> None:
        """The sound server ends."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._pid, 9)


@pytest.fixture
def microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microphone]:
    if sys.platform != "linux":
        pytest.skip("PulseAudio is Linux's")
    need(ctypes.util.find_library("portaudio"), "PortAudio")
    need(shutil.which("pulseaudio") and shutil.which("pacat"), "PulseAudio")
    folder = tmp_path / "pulse"
    (folder / "run").mkdir(parents=True, mode=0o700)
    server = Microphone(folder)
    monkeypatch.setenv("PULSE_SERVER", f"unix:{server.socket}")
    monkeypatch.setenv("PULSE_RUNTIME_PATH", str(folder / "run"))
    monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
    yield server
    server.unplug()


@pytest.fixture
def no_microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ALSA that knows no device, and no Pulse."""
    need(ctypes.util.find_library("portaudio"), "PortAudio")
    configuration = tmp_path / "empty.conf"
    configuration.write_text("pcm.none { type hw card 99 }")  # PortAudio aborts on one that is quite empty
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nowhere'}")


class Listener:
    """A recorder and all that it told, but the levels before a recording."""

    def __init__(self) -> None:
        self.told: list = []
        self.levels: list[Level] = []
        self.recorder = Recorder(self._hear)

    def _hear(self, report: object) -> None:
        (self.levels if isinstance(report, Level) else self.told).append(report)

    def await_report(self, kind: type):
        """The first report of that kind, taken off the list."""

        def found():
            self.recorder.check()
            return next((report for report in self.told if isinstance(report, kind)), None)

        wait_until(found, f"a report: {kind.__name__}, of {self.told}")
        report = found()
        self.told.remove(report)
        return report

    def await_recording(self) -> None:
        """Return once something was recorded."""
        wait_until(lambda: self.levels and self.levels[-1].seconds > 0 and self.levels[-1].recording, "recording")


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.recorder.close()
