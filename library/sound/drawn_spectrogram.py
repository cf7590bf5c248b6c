"""The spectrogram that a take was made from, where its generator kept it: an array `spectrogram` beside the take."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

NAME = "spectrogram"
"""uint8 [channels, bands, columns]: mel bands (HTK) from the highest to the lowest, black the loudest."""
HIGHEST_HZ = 10_000.0
MOST_PIXELS = 64 << 20
_CHANNELS = 2


def has_drawn(kept: Mapping[str, NDArray[np.generic]]) -> bool:
    """Whether there is one among what is kept: it may come from anywhere."""
    picture = kept.get(NAME)
    return (
        picture is not None
        and picture.dtype == np.uint8
        and picture.ndim == 3
        and 1 <= len(picture) <= _CHANNELS
        and 0 < picture.size <= MOST_PIXELS
    )


def drawn_levels(kept: Mapping[str, NDArray[np.generic]], columns: int, rows: int) -> list[bytes]:
    """`rows` of `columns` levels each, the highest pitch first: 255 the loudest. What shares a pixel is its loudest."""
    levels = 255 - np.asarray(kept[NAME], np.uint8).min(axis=0)
    return [line.tobytes() for line in _fitted(_fitted(levels, rows).T, columns).T]


def drawn_place(hertz: float) -> float:
    """How high a pitch lies in it, from 0 at the bottom to 1 at the top."""
    return float(np.log10(1 + hertz / 700) / np.log10(1 + HIGHEST_HZ / 700))


def _fitted(levels: NDArray[np.uint8], lines: int) -> NDArray[np.uint8]:
    """So many lines of it: the loudest of those that fall into one, or one for several."""
    starts = np.arange(lines) * len(levels) // lines
    fitted: NDArray[np.uint8] = np.maximum.reduceat(levels, starts, axis=0)
    return fitted
