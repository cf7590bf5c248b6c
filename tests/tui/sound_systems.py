"""Sound systems without a sound card, for tests that play and record: what they need, and a PulseAudio null sink."""

from __future__ import annotations

import contextlib
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.needs import LINUX, PORTAUDIO, PULSE, program, require

RATE = 48_000


def wait_until(condition: Callable[[], object], what: str, timeout_s: float = 60.0) -> None:
    """Return once `condition()` holds; fail if it does not within the time."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {timeout_s} s in vain: {what}")
        time.sleep(0.005)


def need_portaudio() -> None:
    """Skip where PortAudio can't be had, and ALSA, which is Linux's."""
    require(LINUX, PORTAUDIO)


def need_pulse(tool: str) -> None:
    """Skip where PulseAudio can't be had, or `tool`, which plays to it or listens to it."""
    need_portaudio()
    require(program("pulseaudio", PULSE), program(tool, PULSE))


def use_no_device(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ALSA that knows no device, and no Pulse."""
    need_portaudio()
    configuration = tmp_path / "empty.conf"
    configuration.write_text("pcm.none { type hw card 99 }")  # PortAudio aborts on one that is quite empty
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(configuration))
    monkeypatch.setenv("PULSE_SERVER", f"unix:{tmp_path / 'nowhere'}")


class PulseServer:
    """A private PulseAudio daemon with a null sink, `cap`, whose monitor is the only source there is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "run").mkdir(parents=True, mode=0o700)
        self.socket = folder / "socket"
        self.environment = {
            **os.environ,
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_SERVER": f"unix:{self.socket}",
            "HOME": str(folder),
        }
        self.start_server()

    def start_server(self) -> None:
        """Begin to serve."""
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
        self.pid = int((self.folder / "run" / "pid").read_text())

    def kill(self) -> None:
        """The sound server ends."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, 9)

    def use(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Have what is started from here on find it."""
        monkeypatch.setenv("PULSE_SERVER", f"unix:{self.socket}")
        monkeypatch.setenv("PULSE_RUNTIME_PATH", str(self.folder / "run"))
        monkeypatch.delenv("ALSA_CONFIG_PATH", raising=False)
