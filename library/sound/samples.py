"""Sound in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""float32 [frames, channels], full scale at 1."""
