"""The outlines of takes, as the waveforms draw them: read on one thread of their own, and kept for a while."""

from __future__ import annotations

import asyncio
from array import array
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeAlias

from library.take import Take

BINS = 2048
"""Steps of an outline: more than any terminal has columns."""
KEPT = 128
"""Outlines kept, 8 KB each."""
BLOCK_FRAMES = 1 << 21
"""Frames decoded at a time, so that an hour of sound needs no more memory than a minute."""
MOST_FRAMES = 1 << 24
"""Frames decoded at a time at most, whatever length a library claims for a take."""

Outline: TypeAlias = Sequence[float]
"""BINS peak levels from the start to the end of a take, 0 to 1, the loudest being 1 unless all is silent."""


def read_outline(path: Path, duration_s: float, sample_rate: int) -> Outline:
    """The outline of the sound in `path`, which is `duration_s` long. Raises AudioError."""
    import numpy as np

    from library.sound.audio import read
    from library.sound.envelope import envelope

    frames = max(1, round(duration_s * sample_rate))
    edges = [round(step * frames / BINS) for step in range(BINS + 1)]
    steps = max(1, min(BINS, BLOCK_FRAMES * BINS // frames))
    levels = np.zeros(BINS, dtype=np.float32)
    for first in range(0, BINS, steps):
        last = min(BINS, first + steps)
        start, count = edges[first], min(edges[last] - edges[first], MOST_FRAMES)
        samples, _ = read(path, start=start, frames=count)
        if len(samples) == 0:
            continue
        filled = max(1, round((last - first) * len(samples) / max(1, count)))
        levels[first : first + filled] = np.abs(envelope(samples, filled)).max(axis=1)
    loudest = float(levels.max())
    if loudest > 0:
        levels /= loudest
    return array("f", levels.tobytes())


class Envelopes:
    """A bounded cache of outlines. Used from the event loop; reading happens on a thread."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._outlines: OrderedDict[tuple[str, Path], Outline] = OrderedDict()
        self._reader = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outlines")

    def __len__(self) -> int:
        return len(self._outlines)

    def at_hand(self, take: Take, path: Path) -> Outline | None:
        outline = self._outlines.get((take.id, path))
        if outline is not None:
            self._outlines.move_to_end((take.id, path))
        return outline

    async def outline(self, take: Take, path: Path) -> Outline:
        """The outline of `take`, whose sound is in `path`. Raises AudioError.

        Cancelled before its turn, it costs nothing: running through a list reads only where one stays.
        """
        if (outline := self.at_hand(take, path)) is not None:
            return outline
        reading = self._reader.submit(read_outline, path, take.duration_s, take.sample_rate)
        outline = await asyncio.wrap_future(reading)
        self._outlines[take.id, path] = outline
        while len(self._outlines) > self._kept:
            self._outlines.popitem(last=False)
        return outline


SHARED = Envelopes()
