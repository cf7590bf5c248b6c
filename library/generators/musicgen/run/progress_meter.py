"""How far a run is, told as progress."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from library.generators.api import Context, Progress
from library.generators.musicgen.lm.batch import BatchRow

DECODING_SHARE = 0.15
"""What decoding a frame's sound is worth in steps."""


class ProgressMeter:
    """How far a run is, in steps; decoding the sound counts as some."""

    def __init__(self, rows: Sequence[BatchRow], context: Context, tail: int, frame_rate: float) -> None:
        self._context = context
        self._frame_rate = frame_rate
        self._steps = sum(row.codes.shape[1] - row.known + tail for row in rows if row.known < row.codes.shape[1])
        self._total = self._steps + round(DECODING_SHARE * sum(row.codes.shape[1] for row in rows))
        self._sampled_steps = 0
        self._decoded = 0

    def count_steps(self, rows: Sequence[BatchRow]) -> None:
        self._sampled_steps += len(rows)
        self._report({row.index: row.final_frames() / self._frame_rate for row in rows})

    def decoded(self, row: BatchRow) -> None:
        self._decoded += round(DECODING_SHARE * row.codes.shape[1])
        self._report({})

    def _report(self, seconds: Mapping[int, float]) -> None:
        done = min(self._sampled_steps, self._steps) + self._decoded
        self._context.report(Progress(min(done, self._total), self._total, seconds=seconds))
