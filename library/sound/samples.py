"""Sound in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32 [frames, channels], full scale at 1."""


def convert(samples: NDArray[Any], out: NDArray[Any]) -> None:
    """Put `samples` into `out`, of the same shape: floats with full scale at 1, or integers of 16 or 32 bits.

    What integers can't hold is rounded and clipped; 16 bits become the upper half of 32.
    """
    whole, wanted = np.issubdtype(samples.dtype, np.integer), np.issubdtype(out.dtype, np.integer)
    if samples.dtype == out.dtype:
        out[:] = samples
    elif whole and not wanted:
        np.multiply(samples, 2.0 ** (1 - 8 * samples.itemsize), out=out, casting="unsafe")
    elif whole and wanted:
        step = 8 * (out.itemsize - samples.itemsize)
        out[:] = samples.astype(out.dtype) << step if step > 0 else samples >> -step
    elif wanted:
        limit = np.iinfo(out.dtype)
        out[:] = np.rint(samples * 2.0 ** (8 * out.itemsize - 1)).clip(limit.min, limit.max)
    else:
        out[:] = samples
