"""What asks the program to end: Ctrl-C, SIGTERM and SIGHUP (the terminal was closed). What is done is kept.

The exit code of a program that a signal ended is 128 and the signal's number, as a shell has it: 143, or 129.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

ENDING = (signal.SIGTERM, signal.SIGHUP)

_received: list[int] = []


def exit_code() -> int | None:
    """The program's exit code where one of `ENDING` has come; None elsewhere."""
    return 128 + _received[0] if _received else None


def let_signals_interrupt() -> None:
    """Let `ENDING` interrupt what runs, as Ctrl-C does. One that is ignored, as with nohup, stays so."""
    for number in ENDING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _: FrameType | None) -> None:
    _received.append(number)
    raise KeyboardInterrupt


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """Whether the work within was asked to stop, so that what is done is kept and told. A second signal ends it."""
    asked: list[int] = []

    def ask(number: int, _: FrameType | None) -> None:
        if number in ENDING:
            _received.append(number)
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    with _handled((signal.SIGINT, *ENDING), ask):
        yield lambda: bool(asked)


@contextmanager
def handled(handle: Callable[[int], None]) -> Iterator[None]:
    """Pass `ENDING` to `handle` within, on the main thread, wherever that is just then."""

    def pass_on(number: int, _: FrameType | None) -> None:
        _received.append(number)
        handle(number)

    with _handled(ENDING, pass_on):
        yield


@contextmanager
def _handled(numbers: tuple[int, ...], handle: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    """Those that interrupt are handled; those that are ignored, as in the background of a shell, stay so."""
    before = {number: signal.getsignal(number) for number in numbers}
    ours = [number for number in numbers if before[number] in (signal.default_int_handler, _interrupt)]
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])
