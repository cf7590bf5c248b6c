"""Which calls of an action are tried, and with which mishap."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.mishap.faults import KILL, errors_of
from tests.mishap.seccomp import Call

EVERYTHING = bool(os.environ.get("EARMARK_EVERY_MISHAP"))
"""Whether each call is tried with every error and with being killed there, which takes minutes."""


def mishaps(calls: Sequence[Call], every: int = 1) -> Iterator[tuple[int, int]]:
    """The number of a call and what happens to it: KILL, or the errno it fails with.

    Killed at each call that changes something (what is there before the others was there before them too), and refused
    at each, the errors in turn; of these every so many-th.
    """
    if EVERYTHING:
        yield from ((at, fault) for at, call in enumerate(calls, 1) for fault in (KILL, *errors_of(call)))
        return
    kills = [(at, KILL) for at, call in enumerate(calls, 1) if call.changes]
    errors = [(at, errors_of(call)) for at, call in enumerate(calls, 1)]
    refusals = [(at, codes[at % len(codes)]) for at, codes in errors if codes]
    yield from sorted([*kills, *refusals])[every // 2 :: every]


def named(at: int, fault: int, calls: Sequence[Call], folder: Path) -> str:
    """The mishap, for a message."""
    call = f"{calls[at - 1].name} {calls[at - 1].path}".replace(f"{folder}/", "") if len(calls) >= at else "no call"
    return f"{at}: {errno.errorcode[fault] if fault != KILL else 'killed'} in {call}"
