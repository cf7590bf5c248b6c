"""Keeps the tokens of takes that are being made, so that a worker that is killed goes on from them."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np

from library.generators.api import Context
from library.generators.musicgen.lm.batch import BatchRow

KEEP_EVERY_S = 10.0
"""The most that is drawn again after a kill. Keeping a take's tokens takes some ten milliseconds."""


class TokenKeeper:
    """Keeps them by the context of one run."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._kept_at = time.monotonic()

    def keep(self, row: BatchRow) -> None:
        """Keep what is final of a row's tokens."""
        if frames := row.final_frames():
            self._context.keep(row.kept_as, {"codes": row.codes[:, :frames].astype(np.int16)})

    def keep_all(self, rows: Sequence[BatchRow]) -> None:
        for row in rows:
            self.keep(row)

    def keep_now_and_then(self, rows: Sequence[BatchRow]) -> None:
        """Keep what is final of all rows, where that was long ago."""
        if time.monotonic() - self._kept_at >= KEEP_EVERY_S:
            self.keep_all(rows)
            self._kept_at = time.monotonic()
