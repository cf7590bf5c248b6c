"""Real code in a process of its own, of which one system call fails, or is the last."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from pathlib import Path

from library.errors import EarmarkError
from tests.mishap.seccomp import Call, answer, next_call, stop_calls

Say = Callable[[str], None]
Action = Callable[[Path, Say], None]
"""What is done in a folder; it says what it has acknowledged."""
Watch = Callable[["Call | None", "Outcome"], None]
"""Hears of each call about the folder before it happens, unless it fails, and of None at the end."""

DEADLINE_S = 60
KILL = 0
"""Stands for the process being killed in place of a call's error."""

_FULL, _REFUSED = (errno.ENOSPC, errno.EDQUOT), (errno.EACCES, errno.EPERM)
_NAMES = (*_FULL, errno.EIO, errno.EROFS, *_REFUSED)
_ERRORS = {
    "write": (*_FULL, errno.EIO, errno.EFBIG),
    "fsync": (*_FULL, errno.EIO, errno.EROFS),
    "close": (*_FULL, errno.EIO),
    "ftruncate": (errno.EIO, errno.EPERM, errno.EFBIG),
    "link": (*_NAMES, errno.EMLINK, errno.EOPNOTSUPP),
    "reading": (errno.EIO, *_REFUSED),
}
_ALIKE = {"pwrite64": "write", "writev": "write", "sendfile": "write", "copy_file_range": "write", "fallocate": "write",
          "fdatasync": "fsync", "truncate": "ftruncate", "linkat": "link"}  # fmt: skip


def errors_of(call: Call) -> tuple[int, ...]:
    """What that call may fail with on a disk that is full, used up, broken, read-only or somebody else's.

    Network file systems tell of a write's failure at close(2) only; closing what was read goes well everywhere.
    """
    if call.name == "close" and not call.writing:
        return ()
    return _ERRORS.get("reading" if not call.writing else _ALIKE.get(call.name, call.name), _NAMES)


@dataclass
class Outcome:
    """What came of an action."""

    calls: list[Call] = field(default_factory=list)
    """The calls about files in the folder, in order: what could fail."""
    said: list[str] = field(default_factory=list)
    error: str = ""
    """The EarmarkError that ended it."""
    crash: str = ""
    """The traceback of anything else that ended it."""
    hit: bool = False
    """Whether it came to the call that was to fail."""


def attempt(action: Action, folder: Path, at: int = 0, fault: int = KILL, watch: Watch | None = None) -> Outcome:
    """Do `action` in a fork; its `at`-th call about a file in `folder` fails with errno `fault`, or is its last.

    Calls are counted from 1; 0 for no fault at all, and there is none where the call can't fail so: threads may come in
    another order than the last time. Killed is the process that makes the call, and whoever started it
    goes on; what is left of them at the end is killed too.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pytest", "tests.mishap.actions", "tests.mishap.commands"])
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(action, folder, theirs), daemon=True)
    process.start()
    theirs.close()
    outcome = Outcome()
    listener = reduction.recv_handle(ours)
    met: set[int] = set()
    try:
        _supervise(ours, listener, folder, at, fault, outcome, met, watch or (lambda _call, _outcome: None))
    finally:
        process.kill()
        for thread in met - {process.pid}:
            with suppress(ProcessLookupError):
                os.kill(thread, signal.SIGKILL)
        os.close(listener)
        process.join()
        ours.close()
    return outcome


def _supervise(
    ours: Connection, listener: int, folder: Path, at: int, fault: int, outcome: Outcome, met: set[int], watch: Watch
) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while True:
        assert time.monotonic() < deadline, f"no end after {DEADLINE_S} s; the calls: {outcome.calls[-5:]}"
        ready = wait([ours, listener], timeout=1.0)
        # What was said before a call was made is heard before it.
        while ours.poll():
            if not _take_in(ours, outcome):
                watch(None, outcome)
                return
        if listener not in ready or (call := next_call(listener)) is None:
            continue
        met.add(call.thread)
        if call.path is None or not call.path.is_relative_to(folder):
            answer(listener, call)
            continue
        outcome.calls.append(call)
        if len(outcome.calls) != at or fault not in (KILL, *errors_of(call)):
            watch(call, outcome)
            answer(listener, call)
            continue
        outcome.hit = True
        if fault == KILL:
            os.kill(call.thread, signal.SIGKILL)
        else:
            answer(listener, call, fault)


def _take_in(ours: Connection, outcome: Outcome) -> bool:
    """Whether the process still has something to say after this."""
    try:
        kind, text = ours.recv()
    except (EOFError, ConnectionResetError):
        return False
    if kind == "said":
        outcome.said.append(text)
    else:
        setattr(outcome, kind, text)
    return True


def _run(action: Action, folder: Path, theirs: Connection) -> None:
    sys.dont_write_bytecode = True
    listener = stop_calls()
    reduction.send_handle(theirs, listener, os.getppid())
    os.close(listener)

    def say(text: str) -> None:
        theirs.send(("said", text))

    try:
        action(folder, say)
    except EarmarkError as error:
        theirs.send(("error", str(error)))
    except BaseException:  # noqa: BLE001 - reported, and the test fails on it
        theirs.send(("crash", traceback.format_exc()))
    theirs.close()
    os._exit(0)
