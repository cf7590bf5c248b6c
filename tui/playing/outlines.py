"""The outlines of takes, as the waveforms draw them: measured on one thread of their own, and kept for a while."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from library.sound.outline import Outline
from library.take import Take

KEPT = 256
"""Outlines kept, some 10 KB each."""


class Outlines:
    """A bounded cache of outlines. Used from the event loop; measuring happens on a thread."""

    def __init__(self, kept: int = KEPT) -> None:
        self._kept = kept
        self._outlines: OrderedDict[tuple[str, Path], Outline] = OrderedDict()
        self._measurer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="outlines")

    def __len__(self) -> int:
        return len(self._outlines)

    def at_hand(self, take: Take, path: Path) -> Outline | None:
        outline = self._outlines.get((take.id, path))
        if outline is not None:
            self._outlines.move_to_end((take.id, path))
        return outline

    async def outline(self, take: Take, path: Path) -> Outline:
        """The outline of `take`, whose sound is in `path`. Raises AudioError.

        Cancelled before its turn, it costs nothing: running through a list measures only where one stays.
        """
        if (outline := self.at_hand(take, path)) is not None:
            return outline
        outline = await asyncio.wrap_future(self._measurer.submit(_measure, path, take.duration_s, take.sample_rate))
        self._outlines[take.id, path] = outline
        while len(self._outlines) > self._kept:
            self._outlines.popitem(last=False)
        return outline


def _measure(path: Path, duration_s: float, sample_rate: int) -> Outline:
    from library.sound.outline_meter import read_outline

    return read_outline(path, duration_s, sample_rate)


SHARED = Outlines()
