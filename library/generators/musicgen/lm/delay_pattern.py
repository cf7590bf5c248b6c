"""The delay pattern: which codebook's token of which frame stands at which step of the sequence.

Step 0 holds special tokens only. Step s holds, for codebook q, the token of frame s - 1 - delays[q] (Copet et al. 2023,
"Simple and Controllable Music Generation", section 2.1; audiocraft's DelayedPatternProvider).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int64]
"""Tokens by codebook and frame, [codebooks, frames]."""


@dataclass(frozen=True)
class DelayPattern:
    delays: tuple[int, ...]
    """Frames by which each codebook lags, ascending, starting with 0."""
    special: int
    """The token that stands where no frame's token does."""

    @property
    def tail(self) -> int:
        """Frames at the end of a sequence that special tokens stood beside: a longer sequence has others there."""
        return self.delays[-1]

    def steps(self, frames: int) -> int:
        """How many steps a sequence of `frames` has, the first one included."""
        return frames + self.tail + 1

    def inputs(self, codes: Codes, start: int, stop: int) -> Codes:
        """Steps `start` to `stop` of the sequence that holds `codes`: [codebooks, stop - start]."""
        steps = np.full((len(self.delays), stop - start), self.special, np.int64)
        frames = codes.shape[1]
        for book, delay in enumerate(self.delays):
            first, last = max(start, 1 + delay), min(stop, 1 + delay + frames)
            if first < last:
                steps[book, first - start : last - start] = codes[book, first - 1 - delay : last - 1 - delay]
        return steps

    def fill(self, codes: Codes, known: int, step: int, drawn: Codes) -> None:
        """Put the tokens `drawn` for `step` where they belong in `codes`, leaving the first `known` frames alone."""
        for book, delay in enumerate(self.delays):
            frame = step - 1 - delay
            if known <= frame < codes.shape[1]:
                codes[book, frame] = drawn[book]
