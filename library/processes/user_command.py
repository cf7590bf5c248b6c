"""A command of the user's: run without a shell in a group of its own, spoken to, watched, and ended as a group."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Literal

from library.processes.child import PACKAGES, Child
from library.processes.group_keeper import KEEPER, Guard, Release

Cause = Literal["ended", "stopped", "too long", "too large"]
"""Why a command is over: by itself, because nobody wants it, after its time, or for what it wrote."""
KEPT_LINES = 20
"""Lines kept of what it writes on standard output and error, for the reason of a failure."""
LINE_LENGTH = 1000
"""Characters kept of each."""
_POLL_S = 0.05
_GRACE_S = 0.2
"""Time that a command has to end by itself once it is asked to."""
_READ_BYTES = 1 << 16
_LAST_WORDS_S = 0.2
"""How long what it wrote at its end is read."""


class CommandError(Exception):
    """The command can't be started. A clause that says why."""


@dataclass(frozen=True)
class CommandEnd:
    """How a command ended."""

    cause: Cause
    code: int
    """Its exit code; minus the signal that ended it."""
    lines: tuple[str, ...]
    """The last lines that it wrote, on either output."""
    output: str = ""
    """The beginning of its standard output."""


class Keeper:
    """Lets no group outlive this process, whatever ends that. Started with the first group."""

    def __init__(self) -> None:
        self._child: Child[Guard | Release, None] | None = None
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Start it. Raises OSError."""
        with self._lock:
            if self._child is None:
                child: Child[Guard | Release, None] = Child(KEEPER, on_report=lambda *_: None, own_session=True)
                child.start()
                self._child = child

    def guard(self, group: int) -> None:
        if self._child is not None:
            self._child.send(Guard(group))

    def release(self, group: int) -> None:
        if self._child is not None:
            self._child.send(Release(group))

    def close(self) -> None:
        """It ends by itself, once it has read that all groups are gone."""
        if self._child is not None:
            self._child.finish()
            self._child = None


def run_command(
    words: Sequence[str],
    *,
    folder: Path,
    request: bytes = b"",
    limit_s: float,
    stop: Callable[[], bool] = lambda: False,
    is_too_large: Callable[[], bool] = lambda: False,
    on_line: Callable[[str], None] = lambda _: None,
    keeper: Keeper | None = None,
) -> CommandEnd:
    """Run `words` in `folder`, with `request` on its standard input, and wait for its end; nothing of it stays behind.

    `on_line` gets what it writes on standard error, line by line (a carriage return ends one, too). It is ended, with
    all that it has started in its group, when `stop` or `is_too_large` says so, and after `limit_s`.
    Raises CommandError.
    """
    try:
        if keeper is not None:
            keeper.prepare()
        process = subprocess.Popen(  # noqa: S603 - the user's own words, never a library's
            list(words), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True, env=_environment(os.environ),
        )  # fmt: skip
    except OSError as error:
        raise CommandError(f"{words[0]} can't be started: {error.strerror or error}") from error
    except ValueError as error:
        raise CommandError("it has a character of no bits in it, which no command can be given") from error
    if keeper is not None:
        keeper.guard(process.pid)
    running = _Running(process, request, on_line)
    try:
        cause = running.wait(time.monotonic() + limit_s, stop, is_too_large)
    finally:
        code = running.close()
        if keeper is not None:
            keeper.release(process.pid)
    return CommandEnd(cause, code, tuple(running.lines), running.output)


def _environment(own: Mapping[str, str]) -> dict[str, str]:
    """The user's environment: without the path by which our own modules are found in a child of ours."""
    environment = dict(own)
    paths = [path for path in environment.pop("PYTHONPATH", "").split(os.pathsep) if path and path != str(PACKAGES)]
    return environment | ({"PYTHONPATH": os.pathsep.join(paths)} if paths else {})


class _Running:
    """Its pipes, followed on one thread."""

    def __init__(self, process: subprocess.Popen[bytes], request: bytes, on_line: Callable[[str], None]) -> None:
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018, S101 - asked for above
        self._process, self._on_line = process, on_line
        self._request = memoryview(request)
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.output = ""
        self._rests: dict[IO[bytes], bytes] = {process.stdout: b"", process.stderr: b""}
        self._selector = selectors.DefaultSelector()
        for pipe in (process.stdin, process.stdout, process.stderr):
            os.set_blocking(pipe.fileno(), False)
        self._selector.register(process.stdin, selectors.EVENT_WRITE)
        self._selector.register(process.stdout, selectors.EVENT_READ)
        self._selector.register(process.stderr, selectors.EVENT_READ)

    def wait(self, until: float, stop: Callable[[], bool], is_too_large: Callable[[], bool]) -> Cause:
        while True:
            self._serve(_POLL_S)
            if stop():
                return "stopped"
            if is_too_large():
                return "too large"
            if self._has_exited():
                return "ended"
            if time.monotonic() > until:
                return "too long"

    def close(self) -> int:
        """End what is left of the group, and take in the last that was written. The exit code."""
        if not self._has_exited():
            self._signal(signal.SIGTERM)
            grace = time.monotonic() + _GRACE_S
            while not self._has_exited() and time.monotonic() < grace:
                self._serve(_POLL_S)
        self._signal(signal.SIGKILL)  # before it is reaped: until then its number is no other's
        code = self._process.wait()
        late = time.monotonic() + _LAST_WORDS_S
        while any(pipe in self._rests for pipe in self._open()) and time.monotonic() < late:
            self._serve(_POLL_S)
        for pipe in self._open():
            self._shut(pipe)
        self._selector.close()
        return code

    def _open(self) -> list[IO[bytes]]:
        return [key.fileobj for key in list(self._selector.get_map().values()) if not isinstance(key.fileobj, int)]  # type: ignore[misc]

    def _has_exited(self) -> bool:
        if hasattr(os, "waitid"):  # which leaves it unreaped
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        return self._process.poll() is not None

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)

    def _serve(self, patience_s: float) -> None:
        """Write and read what can be, waiting so long for something to do."""
        if not self._selector.get_map():
            time.sleep(patience_s)
            return
        for key, _ in self._selector.select(patience_s):
            pipe: IO[bytes] = key.fileobj  # type: ignore[assignment]
            if pipe is self._process.stdin:
                self._write(pipe)
            else:
                self._read(pipe)

    def _write(self, pipe: IO[bytes]) -> None:
        try:
            self._request = self._request[os.write(pipe.fileno(), self._request[:_READ_BYTES]) :]
        except BlockingIOError:
            return
        except OSError:  # it doesn't listen
            self._request = memoryview(b"")
        if not self._request:
            self._shut(pipe)

    def _read(self, pipe: IO[bytes]) -> None:
        try:
            data = os.read(pipe.fileno(), _READ_BYTES)
        except BlockingIOError:
            return
        if pipe is self._process.stdout and len(self.output) < LINE_LENGTH:
            self.output = (self.output + data.decode(errors="replace"))[:LINE_LENGTH]
        *lines, rest = (self._rests[pipe] + data.replace(b"\r", b"\n")).split(b"\n")
        self._rests[pipe] = rest[-LINE_LENGTH:]
        if not data:
            lines.append(rest)
            self._shut(pipe)
        for line in lines:
            if text := line[:LINE_LENGTH].decode(errors="replace").strip():
                self.lines.append(text)
                if pipe is self._process.stderr:
                    self._on_line(text)

    def _shut(self, pipe: IO[bytes]) -> None:
        self._selector.unregister(pipe)
        with suppress(OSError):
            pipe.close()
