"""The recorder the app talks to: it starts the recording process and tells what that reports."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias

from tui.playing.player.api import Trouble
from tui.playing.player.child import Child
from tui.playing.recording import troubles

FAREWELL_S = 2.0
MOST_S = 300.0
"""The longest recording."""


@dataclass(frozen=True)
class Opened:
    """The microphone listens."""

    device: str


@dataclass(frozen=True)
class Level:
    """What comes in, fifteen times a second."""

    peak: float
    """Of the samples since the last level, full scale at 1."""
    seconds: float
    """How long the recording is by now."""
    recording: bool


@dataclass(frozen=True)
class Recorded:
    """A recording is whole, on disk."""

    path: Path
    seconds: float
    peak: float
    gaps: bool
    """Whether the machine was too busy at times, and sound was lost."""
    full: bool
    """Whether it ended by itself, at its limit."""


Report: TypeAlias = Opened | Level | Recorded | Trouble


class Recorder:
    """The default microphone. Reports come on a thread of its own, troubles among them."""

    def __init__(self, tell: Callable[[Report], None]) -> None:
        self._tell = tell
        self._child: Child | None = None
        self._messages: IO[bytes] | None = None
        self._over = False
        self._lock = threading.Lock()
        self._closed = False

    def open(self) -> None:
        """Start listening; `Opened` or a `Trouble` follows. Closes what was open before."""
        with self._lock:
            self._end()
            if self._closed:
                return
            self._over = False
            try:
                self._messages = tempfile.TemporaryFile()  # noqa: SIM115 - closed in _end()
                self._child = Child("tui.playing.recording.process", [], messages=self._messages, on_report=self._hear)
            except OSError as error:
                self._fail(troubles.CRASHED, error.strerror or str(error))
                return
            self._child.listen()

    def record(self, path: Path, limit_s: float = MOST_S) -> None:
        """Record into that WAV file, until `stop` or for `limit_s` seconds; `Recorded` or a `Trouble` follows."""
        if self._child is not None:
            self._child.send({"op": "record", "path": str(path), "limit_s": limit_s})

    def stop(self) -> None:
        """End the recording; the microphone stays open."""
        if self._child is not None:
            self._child.send({"op": "stop"})

    @property
    def pid(self) -> int | None:
        """The recording process's id while there is one."""
        return None if self._child is None else self._child.pid

    def check(self) -> None:
        """Notice a process that has ended by itself. To be called now and then."""
        child = self._child
        if child is not None and not self._over and child.exit_code() is not None and child.drained.is_set():
            self._fail(troubles.CRASHED, self._last_words())

    def close(self) -> None:
        """End the recording and let go of the microphone, for good. What it reports then is still told."""
        self._closed = True
        with self._lock:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.finish()
            child.wait(FAREWELL_S)
            child.drained.wait(FAREWELL_S)
        if self._messages is not None:
            self._messages.close()
            self._messages = None

    def _hear(self, child: Child, report: dict[str, Any]) -> None:
        match report.pop("status"):
            case "open":
                self._tell(Opened(report["device"]))
            case "level":
                self._tell(Level(**report))
            case "recorded":
                self._tell(Recorded(Path(report.pop("path")), **report))
            case cause:
                self._fail(cause, report["detail"])

    def _fail(self, cause: str, detail: str) -> None:
        self._over = cause != troubles.DISK
        self._tell(troubles.describe(cause, detail))

    def _last_words(self) -> str:
        if self._messages is None:
            return ""
        self._messages.seek(0)
        lines = self._messages.read().decode(errors="replace").strip().splitlines()
        return lines[-1][:200] if lines else ""
