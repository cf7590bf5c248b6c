"""Ends a run from within any loop of it."""

from __future__ import annotations

from collections.abc import Callable

from library.generators.api import Context


class CancelledError(Exception):
    """The run is to stop here."""


def cancellation_check(context: Context) -> Callable[[], None]:
    """What raises CancelledError once the context says so, whenever it is called."""

    def check_cancelled() -> None:
        if context.cancelled():
            raise CancelledError

    return check_cancelled
