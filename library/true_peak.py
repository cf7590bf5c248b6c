"""The true peak of a sound: the greatest magnitude between its samples too (ITU-R BS.1770-4, Annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Lines = NDArray[np.float32]
"""Samples, [channels, frames]."""

# The four phases of BS.1770-4, Annex 2, table 1, as columns; phases 2 and 3 are 1 and 0 reversed.
_PHASE_0 = (
    0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000, -0.0594482421875, 0.1373291015625,
    0.9721679687500, -0.1022949218750, 0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500,
)  # fmt: skip
_PHASE_1 = (
    -0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250, -0.1665039062500, 0.4650878906250,
    0.7797851562500, -0.2003173828125, 0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375,
)  # fmt: skip
PHASES = np.array([_PHASE_0, _PHASE_1, _PHASE_1[::-1], _PHASE_0[::-1]], dtype=np.float32).T
_TAPS = len(PHASES)

_LOOK = 32
"""Frames that are ruled out, or oversampled, together."""
_ROWS = 32
"""Stretches in one matrix product, few enough that OpenBLAS does not start its threads: they would spin in between."""


def _oversampling() -> NDArray[np.float32]:
    """The filter as a matrix, [_LOOK + _TAPS - 1, 4 * _LOOK]: a stretch of sound times it is the stretch oversampled.

    Each phase runs along the sound the wrong way round. As they mirror each other, that makes no difference.
    """
    table = np.zeros((_LOOK + _TAPS - 1, _LOOK, 4), dtype=np.float32)
    for frame in range(_LOOK):
        table[frame : frame + _TAPS, frame] = PHASES
    return table.reshape(len(table), -1)


def _bounds() -> tuple[float, float, float]:
    """How far the true peak can be over the sample peak at most: in all, and beside what the sound's bends add.

    A phase is a straight line between the two samples it lies between, which goes over neither, plus a filter on the
    sound's second differences. With peak p and greatest second difference d, the phase is under both `first * p` and
    `second * p + third * d`; music bends so little from sample to sample that the latter rules out nearly all of it.
    """
    phases = PHASES.astype(np.float64)
    sums, moments = phases.sum(axis=0), np.arange(_TAPS) @ phases
    straight = np.zeros_like(phases)
    left = _TAPS // 2 - 1
    straight[left + 1] = moments - left * sums
    straight[left] = sums - straight[left + 1]
    bends = np.cumsum(np.cumsum(phases - straight, axis=0), axis=0)
    room = 1 + 1e-5  # for the rounding of the sums
    first, second, third = (np.abs(part).sum(axis=0).max() * room for part in (phases, straight, bends))
    return float(first), float(second), float(third)


_OVERSAMPLING = _oversampling()
_OVERSHOOT, _STRAIGHT, _BENT = _bounds()


class TruePeak:
    """Finds the true peak of a sound that comes in chunks."""

    def __init__(self, channels: int) -> None:
        # Silence is what comes before the first frame.
        self._before = [np.zeros(_TAPS - 1, dtype=np.float32)] * channels
        self._peak = 0.0

    def add(self, lines: Lines) -> None:
        """Take in the next frames."""
        for channel, new in enumerate(lines):
            line = np.concatenate([self._before[channel], new])
            # Two stretches at most stay for the next time: the filter must not reach over the end of what is there.
            count = max(0, len(line) // _LOOK - 1)
            self._before[channel] = line[count * _LOOK :].copy()
            if not count:
                continue
            bounds = _greatest(np.abs(line)) * _STRAIGHT + _greatest(_bends(line)) * _BENT
            # The most hopeful first: after it most of the others can't hold the peak.
            best = int(bounds.argmax())
            if bounds[best] > self._peak:
                stretches = sliding_window_view(line, len(_OVERSAMPLING))[::_LOOK][:count]
                self._look(stretches[best : best + 1])
                self._look(stretches[bounds > self._peak])

    def result(self) -> float:
        """The true peak of all that was added, as a magnitude."""
        self.add(np.zeros((len(self._before), 2 * _LOOK), dtype=np.float32))
        return self._peak

    def _look(self, stretches: NDArray[np.float32]) -> None:
        """Oversample [n, _LOOK + _TAPS - 1]."""
        whole = len(stretches) - len(stretches) % _ROWS
        for rows in (stretches[:whole].reshape(-1, _ROWS, len(_OVERSAMPLING)), stretches[whole:]):
            if len(rows):
                finer = rows @ _OVERSAMPLING
                self._peak = max(self._peak, float(finer.max()), -float(finer.min()))


def _bends(line: NDArray[np.float32]) -> NDArray[np.float32]:
    """The magnitude of second differences, each in the place of the first of its three samples; 0 for the last two."""
    bends = np.zeros_like(line)
    slopes = line[1:] - line[:-1]
    np.subtract(slopes[1:], slopes[:-1], out=bends[:-2])
    return np.abs(bends, out=bends)


def _greatest(magnitudes: NDArray[np.float32]) -> NDArray[np.float32]:
    """The greatest value in each stretch of _LOOK and the one after it, which the filter reaches into."""
    # By doubling: numpy is slow at reducing many short rows.
    reach = 1
    while reach < _LOOK:
        magnitudes = np.maximum(magnitudes[:-reach], magnitudes[reach:])
        reach *= 2
    greatest = magnitudes[::_LOOK]
    return np.maximum(greatest[:-1], greatest[1:])
