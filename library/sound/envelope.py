"""The outline of a sound, for drawing its waveform."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from library.sound.samples import Samples


def envelope(samples: Samples, bins: int) -> NDArray[np.float32]:
    """Lowest and highest sample over all channels in each of `bins` equal stretches: float32 [bins, 2].

    `samples` is float32 [frames, channels]. Every frame counts; where there are fewer frames than bins, neighbouring
    bins show the same frame; an empty sound is flat.
    """
    if bins < 1:
        raise ValueError("an outline has at least one bin")
    frames = len(samples)
    if frames == 0:
        return np.zeros((bins, 2), dtype=np.float32)
    starts = np.arange(bins, dtype=np.int64) * frames // bins
    flat = np.ascontiguousarray(samples).reshape(-1)
    at = starts * samples.shape[1]
    return np.stack([np.minimum.reduceat(flat, at), np.maximum.reduceat(flat, at)], axis=1).astype(np.float32)
