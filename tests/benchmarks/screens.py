"""A program in a pseudo-terminal: when a text first reached its screen, and what it had cost until then."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.benchmarks.measuring import ROOT, Cost

COLUMNS, LINES = 120, 40
TICKS = os.sysconf("SC_CLK_TCK")


class Screen:
    """Runs `words` in a new pseudo-terminal until left."""

    def __init__(self, words: Sequence[str], env: dict[str, str]) -> None:
        self._began = time.perf_counter()
        self._shown = b""
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.chdir(ROOT)
            os.execvpe(words[0], list(words), env)

    def __enter__(self) -> Screen:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave as users do, by the key; kill what stays."""
        with contextlib.suppress(OSError):
            self.press("q")
            self._drain(5.0)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._terminal)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(self.pid, 0)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self._terminal, keys.encode())

    def until(self, text: str, seconds: float = 90.0) -> Cost:
        """Wait for `text` on the screen: the time since the start, and the processor time the process had used."""
        wanted, deadline = text.encode(), time.perf_counter() + seconds
        while wanted not in self._shown:
            ready, _, _ = select.select([self._terminal], [], [], deadline - time.perf_counter())
            if not ready:
                raise SystemExit(f"{text!r} never came; the screen had {self._shown[-2000:]!r}")
            self._shown += os.read(self._terminal, 1 << 16)
        return Cost(time.perf_counter() - self._began, self.cpu_s())

    def _drain(self, seconds: float) -> None:
        deadline = time.perf_counter() + seconds
        while select.select([self._terminal], [], [], max(0.0, deadline - time.perf_counter()))[0]:
            if not os.read(self._terminal, 1 << 16):
                return

    def cpu_s(self) -> float:
        """User and system time so far, all threads."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def memory_mb(self, what: str = "VmRSS") -> float:
        """Resident memory; `VmHWM` for the most there ever was."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split(f"{what}:")[1].split()[0]) / 1024
