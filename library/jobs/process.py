"""A worker process seen from the queue: started, written to, listened to, ended, and the cause of its death."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue

import msgspec

import library
from library.jobs.events import Command, Event

COMMAND = (sys.executable, "-P", "-m", "library.jobs.worker")
STDERR_LINES = 200
"""Lines kept of what a worker said on stderr, for the cause of its death."""
LINE_LENGTH = 1000
"""Characters kept of each."""
END_S = 1.0
"""Time that a worker has to end by itself when its input is closed."""


@dataclass(frozen=True)
class Death:
    """How a worker ended: a sentence for the user, and what they can do."""

    what: str
    remedy: str = ""


class WorkerProcess:
    """One worker. `heard` gets its events and `gone` its death, each on a thread of this object's own."""

    def __init__(
        self,
        heard: Callable[[WorkerProcess, Event], None],
        gone: Callable[[WorkerProcess, Death], None],
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        """Start it. Raises OSError when the system can't."""
        self._heard = heard
        self._gone = gone
        self._said: deque[str] = deque(maxlen=STDERR_LINES)
        self._commands: SimpleQueue[Command | None] = SimpleQueue()
        self._process = subprocess.Popen(  # noqa: S603 (our own module)
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            # Its own group: Ctrl-C in the terminal is ours to handle, and a kill reaches its children too.
            start_new_session=True,
        )
        self._errors = threading.Thread(target=self._keep_stderr, name="worker-stderr", daemon=True)
        self._errors.start()
        threading.Thread(target=self._listen, name="worker-stdout", daemon=True).start()
        # A worker that doesn't read must not keep its queue from killing it: a pipe holds 64 KB.
        threading.Thread(target=self._write, name="worker-stdin", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def send(self, command: Command) -> None:
        """Pass on a command. A worker that is gone tells so through `gone`, not here."""
        self._commands.put(command)

    def kill(self) -> None:
        """End it now, with all that it started."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """Close its input, wait a moment for it to end, else kill it."""
        self._commands.put(None)
        try:
            self._process.wait(END_S)
        except subprocess.TimeoutExpired:
            self.kill()
            self._process.wait()

    def _write(self) -> None:
        encode = msgspec.json.Encoder().encode
        if self._process.stdin is not None:
            with suppress(OSError), self._process.stdin as stdin:
                while (command := self._commands.get()) is not None:
                    stdin.write(encode(command) + b"\n")
                    stdin.flush()

    def _keep_stderr(self) -> None:
        if self._process.stderr is not None:
            with self._process.stderr as lines:
                while line := lines.readline(LINE_LENGTH):
                    if text := line.decode(errors="replace").strip():
                        self._said.append(text)

    def _listen(self) -> None:
        decode, nonsense = msgspec.json.Decoder(Event).decode, ""
        if self._process.stdout is not None:
            with self._process.stdout as lines:
                for line in lines:
                    if not line.endswith(b"\n"):
                        break  # cut off by its death
                    try:
                        self._heard(self, decode(line))
                    except (msgspec.DecodeError, UnicodeDecodeError) as error:
                        nonsense = f"The worker process sent what is no event ({error})."
                        self.kill()
                        break
        code = self._process.wait()
        self._commands.put(None)
        self._errors.join(END_S)
        self._gone(self, Death(nonsense) if nonsense else explain(code, self._said[-1] if self._said else ""))


def explain(code: int, last_words: str) -> Death:
    """Why a worker ended with that exit code (negative: a signal) and that last line on stderr."""
    tight = "Close other programs, or ask for fewer or shorter takes."
    if "MemoryError" in last_words or "out of memory" in last_words.lower():
        return Death(f"The worker process ran out of memory ({last_words}).", tight)
    said = f" Its last words: {last_words}" if last_words else ""
    if code == -signal.SIGKILL:
        return Death(f"The worker process was killed, most likely because memory ran out.{said}", tight)
    if code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return Death(f"The worker process crashed ({name}).{said}")
    return Death(f"The worker process ended unexpectedly (exit code {code}).{said}")


def _environment() -> dict[str, str]:
    """Ours, with this very package first on the path, wherever the app was started from."""
    here = str(Path(library.__file__).parents[1])
    path = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": f"{here}{os.pathsep}{path}" if path else here, "PYTHONUNBUFFERED": "1"}
