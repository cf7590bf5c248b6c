"""A microphone without a sound card: PulseAudio's null sink, whose monitor is the only source there is."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.tui.sound_systems import PulseServer, need_pulse, use_no_device, wait_until
from tui.playing.recording.messages import Level
from tui.playing.recording.recorder import Recorder


class Microphone(PulseServer):
    """Hears what is played to it."""

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


@pytest.fixture
def microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Microphone]:
    need_pulse("pacat")
    server = Microphone(tmp_path / "pulse")
    server.use(monkeypatch)
    yield server
    server.kill()


@pytest.fixture
def no_microphone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No sound system at all."""
    use_no_device(tmp_path, monkeypatch)


class Listener:
    """A recorder and all its reports, but the levels before a recording."""

    def __init__(self) -> None:
        self.reports: list = []
        self.levels: list[Level] = []
        self.recorder = Recorder(self._keep)

    def _keep(self, report: object) -> None:
        (self.levels if isinstance(report, Level) else self.reports).append(report)

    def await_report(self, kind: type):
        """The first report of that kind, taken off the list."""

        def found():
            return next((report for report in self.reports if isinstance(report, kind)), None)

        wait_until(found, f"a report: {kind.__name__}, of {self.reports}")
        report = found()
        self.reports.remove(report)
        return report

    def await_recording(self) -> None:
        """Return once something was recorded."""
        wait_until(lambda: self.levels and self.levels[-1].seconds > 0 and self.levels[-1].recording, "recording")


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.recorder.close()
