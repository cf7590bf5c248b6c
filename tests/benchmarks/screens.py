"""A program in a pseudo-terminal: what stands on its screen, when it came there, and what it had cost until then."""

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
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import pyte

from tests.benchmarks.measuring import ROOT, Cost, scaled

COLUMNS, LINES = 120, 40
TICKS = os.sysconf("SC_CLK_TCK")


class Screen:
    """Runs `words` in a new pseudo-terminal until left."""

    def __init__(self, words: Sequence[str], env: dict[str, str]) -> None:
        self._began = time.perf_counter()
        self._shown = b""
        self._not_drawn: list[bytes] = []
        self._drawn = pyte.Screen(COLUMNS, LINES)
        self._draw = pyte.ByteStream(self._drawn)
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

    def _read(self) -> None:
        came = os.read(self._terminal, 1 << 16)
        self._shown += came
        self._not_drawn.append(came)

    def until(self, text: str, seconds: float = 90.0) -> Cost:
        """Wait for `text` on the screen: the time since the start, and the processor time the process had used."""
        wanted, deadline = text.encode(), time.perf_counter() + seconds
        while wanted not in self._shown:
            ready, _, _ = select.select([self._terminal], [], [], deadline - time.perf_counter())
            if not ready:
                raise SystemExit(f"{text!r} never came; {self}")
            self._read()
        return Cost(time.perf_counter() - self._began, self.cpu_s())

    def answer(
        self, act: str | Callable[[], None], text: str = "", seconds: float = 30.0, *, settle_s: float = 1.0
    ) -> Cost:
        """Press keys, or do something else, and wait for the screen's answer, the first with `text` in it.

        Before, the screen gets at most `settle_s` to become still; it never does while a take plays.

        The time from there, and what the main thread worked for it: unlike the time, that does not grow with what else
        the machine does.
        """
        self.settle(at_most_s=settle_s)
        self._shown, wanted = b"", text.encode()
        worked, began = self._worked_s(), time.perf_counter()
        if callable(act):
            act()
        else:
            self.press(act)
        while not self._shown or wanted not in self._shown:
            if not select.select([self._terminal], [], [], began + seconds - time.perf_counter())[0]:
                raise SystemExit(f"{act!r} was never answered by {text!r}; {self}")
            self._read()
        return Cost(time.perf_counter() - began, self._worked_s() - worked)

    def settle(self, quiet_s: float = scaled(0.4, 0.1), at_most_s: float = 3.0) -> None:
        """Wait until the screen has been still for a while; not for long, since a take that plays keeps it moving."""
        deadline = time.perf_counter() + at_most_s
        while (left_s := deadline - time.perf_counter()) > 0:
            if not select.select([self._terminal], [], [], min(quiet_s, left_s))[0]:
                return
            self._read()

    def forget(self) -> None:
        """From here on `has` asks about what comes now."""
        self.settle(0.0)
        self._shown = b""

    def has(self, text: str, seconds: float = 0.0) -> bool:
        """Whether `text` has come, after looking once for so long."""
        if select.select([self._terminal], [], [], seconds)[0]:
            self._read()
        return text.encode() in self._shown

    def stands(self, holds: Callable[[str], bool], seconds: float = 30.0) -> bool:
        """Whether the screen comes to be so within that time."""
        deadline = time.perf_counter() + seconds
        while not holds(self._text()):
            left_s = deadline - time.perf_counter()
            if left_s <= 0:
                return False
            if select.select([self._terminal], [], [], left_s)[0]:
                self._read()
        return True

    def __str__(self) -> str:
        return f"the screen:\n{self._text()}"

    def _text(self) -> str:
        for came in self._not_drawn:
            self._draw.feed(came)
        self._not_drawn.clear()
        return "\n".join(self._drawn.display)

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size."""
        self._text()
        self._drawn.resize(lines, columns)
        fcntl.ioctl(self._terminal, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def _worked_s(self) -> float:
        return int(Path(f"/proc/{self.pid}/schedstat").read_text().split()[0]) / 1e9

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
