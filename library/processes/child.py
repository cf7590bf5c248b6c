"""A parent's side of a child process: started, sent commands, listened to, ended, and asked how it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from typing import IO, Generic

import msgspec

from library.processes.pipes import TERMINAL_SIGNALS
from library.processes.program import Command, Program, Report

STDERR_LINES = 20
"""Lines kept of what a child writes on stderr, for the cause of its death."""
LINE_LENGTH = 1000
"""Bytes kept of each."""
LAST_WORDS_S = 1.0
"""How long to wait for the end of stderr, which a grandchild may hold open."""
PACKAGES = Path(__file__).parents[2]


class Ending(msgspec.Struct, frozen=True):
    """How a child ended."""

    code: int
    """Its exit code; minus the signal that ended it."""
    stderr: tuple[str, ...] = ()
    """The last lines it wrote there."""
    nonsense: str = ""
    """Why something it sent is no report, for which it was killed; empty if all were."""

    @property
    def last_words(self) -> str:
        """The last line on stderr, empty if there is none."""
        return self.stderr[-1] if self.stderr else ""


class Child(Generic[Command, Report]):
    """A process that runs a `Program`, and ends with this one: its standard input closes then.

    Nothing here waits for it but `wait` and `end`: commands are written, and reports read, on threads of this object.
    """

    def __init__(
        self,
        program: Program[Command, Report],
        arguments: Sequence[str] = (),
        *,
        on_report: Callable[[Child[Command, Report], Report], None],
        on_end: Callable[[Child[Command, Report], Ending], None] | None = None,
        descriptors: Sequence[int] = (),
        own_session: bool = False,
    ) -> None:
        """Nothing is started yet. `on_report` gets each report in turn, then `on_end` how it ended, on one thread.

        It inherits the file `descriptors`. With `own_session` a kill reaches all that it has started, and the terminal
        does not stop it (Ctrl-Z) with the parent.
        """
        self._program = program
        self._arguments = tuple(arguments)
        self._on_report = on_report
        self._on_end = on_end
        self._descriptors = descriptors
        self._own_session = own_session
        self._outbox: SimpleQueue[Command | None] = SimpleQueue()
        self._stderr: deque[str] = deque(maxlen=STDERR_LINES)
        self._process: subprocess.Popen[bytes] | None = None
        self._ending = Ending(0)
        self._ended = threading.Event()

    def start(self) -> None:
        """Start it. Raises OSError when the system can't."""
        path = os.pathsep.join(filter(None, [str(PACKAGES), os.environ.get("PYTHONPATH")]))
        # Held back in the child, which inherits the mask, until its `Pipes` ignore them.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, TERMINAL_SIGNALS)
        try:
            process = subprocess.Popen(  # noqa: S603 - our own module
                self._program.command_line(self._arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=self._descriptors,
                start_new_session=self._own_session,
                env={**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        self._process = process
        assert process.stdin and process.stdout and process.stderr  # noqa: PT018, S101 - asked for above
        errors = self._run("stderr", self._keep_stderr, process.stderr)
        self._run("commands", self._write, process.stdin)
        self._run("reports", self._read, process, process.stdout, errors)

    def send(self, command: Command) -> None:
        """Pass on a command, now or once it has started. One that has ended misses it."""
        self._outbox.put(command)

    def finish(self) -> None:
        """End its input, once all commands are through; that asks it to end."""
        self._outbox.put(None)

    def wait(self, timeout_s: float) -> Ending | None:
        """How it ended, once every report has been handed on; None if it takes longer."""
        return self._ending if self._ended.wait(timeout_s) else None

    def end(self, within_s: float) -> None:
        """Ask it to end, and kill it if that takes longer. Its last reports are handed on before."""
        if self._process is None:
            return
        self.finish()
        if self.wait(within_s) is None:
            self.kill()
            self.wait(within_s)

    def kill(self) -> None:
        """End it now, whatever it is doing; with its own session, all that it has started too."""
        if self._process is not None and self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                (os.killpg if self._own_session else os.kill)(self._process.pid, signal.SIGKILL)

    def _run(self, what: str, target: Callable[..., None], *arguments: object) -> threading.Thread:
        name = f"{what} of {self._program.words[-1][:80]}"
        thread = threading.Thread(target=target, args=arguments, name=name, daemon=True)
        thread.start()
        return thread

    def _write(self, stdin: IO[bytes]) -> None:
        encode = msgspec.json.Encoder().encode
        with suppress(OSError), stdin:  # it has ended, which its reports' end will tell
            while (command := self._outbox.get()) is not None:
                stdin.write(encode(command) + b"\n")
                stdin.flush()

    def _keep_stderr(self, stderr: IO[bytes]) -> None:
        with stderr:
            while line := stderr.readline(LINE_LENGTH):
                if text := line.decode(errors="replace").strip():
                    self._stderr.append(text)

    def _read(self, process: subprocess.Popen[bytes], stdout: IO[bytes], errors: threading.Thread) -> None:
        nonsense = ""
        try:
            with stdout:
                nonsense = self._pass_on(stdout)
        finally:  # whatever a callback raises, the end is noticed
            code = process.wait()
            self._outbox.put(None)
            errors.join(LAST_WORDS_S)
            self._ending = Ending(code, tuple(self._stderr), nonsense)
            try:
                if self._on_end is not None:
                    self._on_end(self, self._ending)
            finally:
                self._ended.set()

    def _pass_on(self, stdout: IO[bytes]) -> str:
        """Hand on every report until there are no more. Why one is none, empty if all are."""
        decode: Callable[[bytes], Report] = msgspec.json.Decoder(self._program.reports).decode
        for line in stdout:
            if not line.endswith(b"\n"):
                break  # cut off by its death
            try:
                report = decode(line)
            except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                self.kill()
                return str(error)
            self._on_report(self, report)
        return ""
