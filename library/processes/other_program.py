"""Programs that aren't ours: found on PATH, given a file that is open already, and what they write read in a stream."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import time
from collections.abc import Callable, Sequence

PATIENCE_S = 60.0
"""So long a program may write nothing."""
_POLL_S = 0.1
_READ_BYTES = 1 << 18


class ProgramError(Exception):
    """The program doesn't start, or gives nothing. A clause that says so."""


def is_there(name: str) -> bool:
    """Whether there is a program of that name."""
    return shutil.which(name) is not None


class OtherProgram:
    """One that is running, in a session of its own: Ctrl-C is for Earmark, which ends it."""

    def __init__(self, words: Sequence[str], handle: int, stop: Callable[[], bool]) -> None:
        """Run `words` without a shell; descriptor `handle` is open in it, too. Raises ProgramError."""
        self._name, self._stop = words[0], stop
        path = shutil.which(words[0])
        try:
            if path is None:
                raise FileNotFoundError(0, "it isn't installed")
            self._process = subprocess.Popen(  # noqa: S603 - words of ours
                [path, *words[1:]], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                pass_fds=(handle,), start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            raise ProgramError(f"{self._name} doesn't start: {error.strerror}") from error

    def read(self) -> bytes:
        """What it writes next, b"" at the end or once it is to stop. Raises ProgramError where it writes nothing."""
        output, limit = self._process.stdout, time.monotonic() + PATIENCE_S
        if output is None:
            return b""
        while not select.select([output], [], [], _POLL_S)[0]:
            if self._stop():
                return b""
            if time.monotonic() > limit:
                raise ProgramError(f"{self._name} gives nothing")
        return os.read(output.fileno(), _READ_BYTES)

    def ended_well(self) -> bool:
        """Whether it says that nothing went wrong; to be asked at the end."""
        try:
            return self._process.wait(PATIENCE_S) == 0
        except subprocess.TimeoutExpired:
            return False

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.communicate()
