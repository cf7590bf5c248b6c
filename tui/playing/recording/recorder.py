"""The recorder the app talks to: it starts the recording process and passes on what that reports."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from library.processes.child import Child, Ending
from tui.playing.player.api import Trouble
from tui.playing.recording import messages
from tui.playing.recording.messages import MICROPHONE, Failed, Level, Opened, Record, Recorded, Stop
from tui.playing.recording.recording_fault import RecordingFault, describe

FAREWELL_S = 2.0
MOST_S = 300.0

Report: TypeAlias = Opened | Level | Recorded | Trouble
_Child: TypeAlias = Child[messages.Command, messages.Report]


class Recorder:
    """The default microphone. Reports come on a thread of its own, troubles among them."""

    def __init__(self, on_report: Callable[[Report], object]) -> None:
        self._on_report = on_report
        self._child: _Child | None = None
        self._explained = False
        """Whether the process has given a reason for its end."""
        self._lock = threading.Lock()
        self._closed = False

    def open(self) -> None:
        """Start listening; `Opened` or a `Trouble` follows. Closes what was open before."""
        with self._lock:
            self._end()
            if self._closed:
                return
            self._explained = False
            child: _Child = Child(MICROPHONE, on_report=self._pass_on, on_end=self._notice_end)
            self._child = child
            try:
                child.start()
            except OSError as error:
                self._child = None
                self._on_report(describe(RecordingFault.CRASHED, error.strerror or str(error)))

    def record(self, path: Path, limit_s: float = MOST_S) -> None:
        """Record into that WAV file, until `stop` or for `limit_s` seconds; `Recorded` or a `Trouble` follows."""
        if self._child is not None:
            self._child.send(Record(str(path), limit_s))

    def stop(self) -> None:
        """End the recording; the microphone stays open."""
        if self._child is not None:
            self._child.send(Stop())

    def close(self) -> None:
        """End the recording and let go of the microphone, for good. What it reports then is still passed on."""
        self._closed = True
        with self._lock:
            self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end(FAREWELL_S)

    def _pass_on(self, child: _Child, report: messages.Report) -> None:
        if isinstance(report, Failed):
            self._explained = report.fault is not RecordingFault.DISK
            self._on_report(describe(report.fault, report.detail))
        else:
            self._on_report(report)

    def _notice_end(self, child: _Child, ending: Ending) -> None:
        if child is self._child and not self._explained:  # else it was asked to end, or said why
            self._on_report(describe(RecordingFault.CRASHED, ending.nonsense or ending.last_words[:200]))
