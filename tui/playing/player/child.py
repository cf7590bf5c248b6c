"""A process of our own that takes commands as JSON lines and reports as JSON lines."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any

import tui

_PACKAGES = Path(tui.__file__).parent.parent


class Child:
    """A running `python -m MODULE`. Sending never blocks, and loses no command while the process lives."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        *,
        messages: IO[bytes],
        on_report: Callable[[Child, dict[str, Any]], None],
        descriptors: Sequence[int] = (),
    ) -> None:
        """`messages` is where the process's stderr goes; `on_report` is called from a thread. Raises OSError."""
        path = os.pathsep.join(filter(None, [str(_PACKAGES), os.environ.get("PYTHONPATH")]))
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-P", "-m", module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=messages,
            pass_fds=descriptors,
            env={**os.environ, "PYTHONPATH": path},
        )
        self._outbox: queue.SimpleQueue[dict[str, Any] | None] = queue.SimpleQueue()
        self._on_report = on_report
        self.drained = threading.Event()
        """Set once every report has been handed on and no more can come."""
        threading.Thread(target=self._write, name=f"{module} commands", daemon=True).start()
        self._reader = threading.Thread(target=self._read, name=f"{module} reports", daemon=True)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def listen(self) -> None:
        """Begin to hand on reports. Apart from the start, so that whoever gets them knows this child by then."""
        self._reader.start()

    def exit_code(self) -> int | None:
        """How it ended (minus the signal that killed it); None while it runs."""
        return self._process.poll()

    def send(self, message: dict[str, Any]) -> None:
        """Queue a command."""
        self._outbox.put(message)

    def finish(self) -> None:
        """End its input, once all commands are through; that asks it to end."""
        self._outbox.put(None)

    def wait(self, timeout_s: float) -> None:
        """Wait for its end, and make it end if it takes longer."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it now, whatever it is doing."""
        self._process.kill()
        self._process.wait()
        self._outbox.put(None)

    def _write(self) -> None:
        pipe = self._process.stdin
        assert pipe is not None  # noqa: S101 - asked for above
        with contextlib.suppress(OSError):  # it has ended; whoever watches it will notice
            while (message := self._outbox.get()) is not None:
                pipe.write(json.dumps(message).encode() + b"\n")
                pipe.flush()
        with contextlib.suppress(OSError):
            pipe.close()

    def _read(self) -> None:
        pipe = self._process.stdout
        assert pipe is not None  # noqa: S101
        with pipe:
            for line in pipe:
                self._on_report(self, json.loads(line))
        self.drained.set()
