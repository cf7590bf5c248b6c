"""Measuring many sounds side by side, a process a core: threads would wait for each other's turn with Python."""

from __future__ import annotations

import queue
from pathlib import Path
from typing import TypeAlias

from library.errors import AudioError
from library.importing.measuring.measured_sound import MeasuredSound, measure_sound
from library.importing.measuring.process import MEASURING, Measure, Measured, Report, Unreadable
from library.processes.child import Child, Ending
from library.sound.file_bytes import Stop, StoppedError, check

_POLL_S = 0.1
"""How often it is asked whether to stop."""
_Child: TypeAlias = Child[Measure, Report]


class SideBySide:
    """So many sounds at once, each by a process that starts with its first. Safe to use from several threads."""

    def __init__(self, processes: int) -> None:
        self._idle: queue.SimpleQueue[_Process] = queue.SimpleQueue()
        self._processes = [_Process() for _ in range(processes)]
        for process in self._processes:
            self._idle.put(process)

    def measure(self, path: Path, stop: Stop) -> MeasuredSound:
        """As `measure_sound`; a file that ends its reader's process is an AudioError, too."""
        process = self._idle.get()
        try:
            return process.measure(path, stop)
        finally:
            self._idle.put(process)

    def close(self) -> None:
        """End the processes, whatever they are doing."""
        for process in self._processes:
            process.close()


class _Process:
    """One of them; for one thread at a time."""

    def __init__(self) -> None:
        self._child: _Child | None = None
        self._answers: queue.SimpleQueue[Report | Ending] = queue.SimpleQueue()

    def measure(self, path: Path, stop: Stop) -> MeasuredSound:
        check(stop)
        if self._child is None and not self._start():
            return measure_sound(path, stop)
        assert self._child is not None  # noqa: S101 - it has started
        self._child.send(Measure(str(path)))
        try:
            answer = self._answer(stop)
        except StoppedError:
            self._child.kill()
            self._forget()  # else what it says of this file would be taken for the next one's
            raise
        match answer:
            case Measured(found=found):
                return found
            case Unreadable(what=what, remedy=remedy):
                raise AudioError(what, remedy)
            case Ending():
                self._forget()
                raise AudioError("It's so damaged that the reader crashed.", "Copy it again from the original.")

    def close(self) -> None:
        if self._child is not None:
            self._child.kill()

    def _forget(self) -> None:
        self._child, self._answers = None, queue.SimpleQueue()

    def _start(self) -> bool:
        """Whether there is a process now: the system may have none left."""
        answers = self._answers
        child = _Child(
            MEASURING, on_report=lambda _, report: answers.put(report), on_end=lambda _, ending: answers.put(ending)
        )
        try:
            child.start()
        except OSError:
            return False
        self._child = child
        return True

    def _answer(self, stop: Stop) -> Report | Ending:
        while True:
            try:
                return self._answers.get(timeout=_POLL_S)
            except queue.Empty:
                check(stop)
