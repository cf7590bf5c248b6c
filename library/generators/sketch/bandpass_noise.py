"""Noise in a band, for drums and rooms."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from library.generators.sketch.style import RATE


def bandpass(noise: NDArray[np.floating], low: float, high: float | None = None) -> NDArray[np.float32]:
    """`noise` from `low` to `high` Hz (None: no upper bound), float32 [frames]; second-order Butterworth edges."""
    return signal.sosfilt(_sections(low, high), noise.astype(np.float32))


@lru_cache(maxsize=32)
def _sections(low: float, high: float | None) -> NDArray[np.float32]:
    edges, kind = (low, "highpass") if high is None else ((low, high), "bandpass")
    sections: NDArray[np.float64] = signal.butter(2, edges, kind, fs=RATE, output="sos")
    return sections.astype(np.float32)
