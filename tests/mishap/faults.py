"""Real code in a process of its own, of which one system call fails, or is the last."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import reduction
from multiprocessing.connection import Connection, wait
from pathlib import Path

from library.errors import EarmarkError
from tests.mishap.seccomp import answer, next_call, stop_calls

Say = Callable[[str], None]
Action = Callable[[Path, Say], None]
"""What is done in a folder; it says what it has acknowledged."""

DEADLINE_S = 60
KILL = 0
"""Stands for the process being killed in place of a call's error."""


@dataclass
class Outcome:
    """What came of an action."""

    calls: list[str] = field(default_factory=list)
    """The calls about files in the folder, in order: what could fail."""
    said: list[str] = field(default_factory=list)
    error: str = ""
    """The EarmarkError that ended it."""
    crash: str = ""
    """The traceback of anything else that ended it."""
    hit: bool = False
    """Whether it came to the call that was to fail."""


def attempt(action: Action, folder: Path, at: int = 0, fault: int = KILL) -> Outcome:
    """Do `action` in a fork; its `at`-th call about a file in `folder` fails with errno `fault`, or it is killed there.

    Calls are counted from 1; 0 for no fault at all.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.mishap.actions"])
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(action, folder, theirs), daemon=True)
    process.start()
    theirs.close()
    assert process.pid is not None
    outcome = Outcome()
    try:
        _supervise(process.pid, ours, folder, at, fault, outcome)
    finally:
        process.kill()
        process.join()
        ours.close()
    return outcome


def _supervise(pid: int, ours: Connection, folder: Path, at: int, fault: int, outcome: Outcome) -> None:
    listener = reduction.recv_handle(ours)
    deadline = time.monotonic() + DEADLINE_S
    try:
        while True:
            assert time.monotonic() < deadline, f"no end after {DEADLINE_S} s; the calls: {outcome.calls[-5:]}"
            ready = wait([ours, listener], timeout=1.0)
            if ours in ready and not _take_in(ours, outcome):
                return
            if listener not in ready or (call := next_call(listener)) is None:
                continue
            if call.path is None or not call.path.is_relative_to(folder):
                answer(listener, call)
                continue
            outcome.calls.append(f"{call.name} {call.path.relative_to(folder)}")
            outcome.hit = outcome.hit or len(outcome.calls) == at
            if len(outcome.calls) != at:
                answer(listener, call)
            elif fault == KILL:
                os.kill(pid, signal.SIGKILL)
            else:
                answer(listener, call, fault)
    finally:
        os.close(listener)


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
