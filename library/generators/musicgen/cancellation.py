"""Asks whether to stop, often enough and not too often."""

from __future__ import annotations

import time

from library.generators.api import Context

EVERY_S = 0.05


class CancelledError(Exception):
    """The run is to stop here."""


class CancellationCheck:
    """Call it anywhere in a loop: it raises CancelledError once the context says so."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._asked = 0.0

    def __call__(self) -> None:
        """Raise CancelledError if the run is to stop."""
        now = time.monotonic()
        if now - self._asked >= EVERY_S:
            self._asked = now
            if self._context.cancelled():
                raise CancelledError
