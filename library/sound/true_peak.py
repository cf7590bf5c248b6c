"""The true peak of a sound: the greatest magnitude between its samples too (ITU-R BS.1770-4, Annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from library.sound.buffer_pool import Buffers

ChannelRows = NDArray[np.float32]
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

BLOCK = 128
"""Frames in a block: they are ruled out, or oversampled, together …"""
HISTORY = 16
"""… and how many before them must be there: the filter's reach, and a few so that blocks begin on a cache line."""
_SEGMENT = 32
"""Frames in a segment; a row of a matrix product oversamples it …"""
_SEGMENTS = BLOCK // _SEGMENT
_MATRIX_ROWS = 32
"""… and so many rows are few enough that OpenBLAS does not start its threads: they would spin in between."""
_BLOCKS_AT_ONCE = 64
"""Blocks oversampled before it is asked again which others can hold the peak."""
_FEW_BLOCKS = 1 / 8
"""Oversampling so many of the blocks takes less time than ruling some of them out by their second differences."""


def _oversampling() -> NDArray[np.float32]:
    """The filter as a matrix, [_SEGMENT + _TAPS - 1, 4 * _SEGMENT]: it makes of a segment the segment oversampled.

    Each phase runs along the sound the wrong way round. As they mirror each other, that makes no difference.
    """
    table = np.zeros((_SEGMENT + _TAPS - 1, _SEGMENT, 4), dtype=np.float32)
    for frame in range(_SEGMENT):
        table[frame : frame + _TAPS, frame] = PHASES
    return table.reshape(len(table), -1)


def _bounds() -> tuple[float, float, float]:
    """How far the true peak can be over the sample peak at most: in all, and beside what the sound's curvature adds.

    A phase is a straight line between the two samples it lies between, which goes over neither, plus a filter on the
    sound's second differences. With peak p and greatest second difference d, the phase is under both `first * p` and
    `second * p + third * d`; music curves so little from sample to sample that the latter rules out nearly all of it.
    """
    phases = PHASES.astype(np.float64)
    sums, moments = phases.sum(axis=0), np.arange(_TAPS) @ phases
    straight = np.zeros_like(phases)
    left = _TAPS // 2 - 1
    straight[left + 1] = moments - left * sums
    straight[left] = sums - straight[left + 1]
    second_differences = np.cumsum(np.cumsum(phases - straight, axis=0), axis=0)
    room = 1 + 1e-5  # for the rounding of the sums
    first, second, third = (np.abs(part).sum(axis=0).max() * room for part in (phases, straight, second_differences))
    return float(first), float(second), float(third)


_OVERSAMPLING = _oversampling()
_SAMPLE_PEAK_FACTOR, _LINEAR_FACTOR, _CURVATURE_FACTOR = _bounds()


class TruePeak:
    """Finds the true peak of a sound that comes in chunks."""

    def __init__(self, samples: ChannelRows, buffers: Buffers) -> None:
        """The chunks come in `samples`, [channels, HISTORY + blocks * BLOCK]."""
        self._samples = samples
        segments = sliding_window_view(samples[:, HISTORY - _TAPS + 1 :], len(_OVERSAMPLING), axis=1)
        self._segments = segments[:, ::_SEGMENT]
        self._first_differences: ChannelRows = buffers.array("passing 1", samples.shape, np.float32)
        self._second_differences: ChannelRows = buffers.array("passing 2", samples.shape, np.float32)
        self.peak = 0.0
        """That of all that was added, as a magnitude."""

    def add(self, peaks: ChannelRows) -> None:
        """Take in the first blocks of the samples, whose sample peaks are `peaks`, [channels, blocks].

        The frames before them are the last ones of the time before; silence comes before a sound. As the filter looks
        back, the end of a sound must have HISTORY frames of silence after it.
        """
        nearby_peaks = peaks.copy()
        np.maximum(nearby_peaks[:, 1:], peaks[:, :-1], out=nearby_peaks[:, 1:])
        np.maximum(nearby_peaks[:, 0], np.abs(self._samples[:, :HISTORY]).max(axis=1), out=nearby_peaks[:, 0])
        bounds = nearby_peaks * _SAMPLE_PEAK_FACTOR
        # The most likely first: after it most of the others can't hold the peak.
        if not self.peak:
            self._oversample(np.array([bounds.argmax()]), bounds)
        if np.count_nonzero(bounds > self.peak) > bounds.size * _FEW_BLOCKS:
            np.minimum(
                bounds,
                nearby_peaks * _LINEAR_FACTOR + self._find_second_differences(peaks.shape[1]) * _CURVATURE_FACTOR,
                out=bounds,
            )
            self._oversample(np.array([bounds.argmax()]), bounds)
        candidates = np.flatnonzero(bounds > self.peak)
        while len(candidates):
            self._oversample(candidates[:_BLOCKS_AT_ONCE], bounds)
            candidates = candidates[_BLOCKS_AT_ONCE:][bounds.ravel()[candidates[_BLOCKS_AT_ONCE:]] > self.peak]

    def _find_second_differences(self, blocks: int) -> ChannelRows:
        """The greatest magnitude of a second difference within reach of each block, [channels, blocks]."""
        frames = HISTORY + blocks * BLOCK
        samples, first_differences, second_differences = (
            part[:, :frames] for part in (self._samples, self._first_differences, self._second_differences)
        )
        np.subtract(samples[:, 1:], samples[:, :-1], out=first_differences[:, 1:])
        np.subtract(first_differences[:, 2:], first_differences[:, 1:-1], out=second_differences[:, :-2])
        second_differences[:, -2:] = 0
        np.abs(second_differences, out=second_differences)
        # A block lies HISTORY frames behind its differences: it reaches into those of the next one.
        greatest = block_peaks(second_differences)
        return np.maximum(greatest[:, :-1], greatest[:, 1:])

    def _oversample(self, blocks: NDArray[np.intp], bounds: ChannelRows) -> None:
        """Oversample `blocks`, counted through all channels as in `bounds`, if that of the first is over the peak."""
        if bounds.ravel()[blocks[0]] <= self.peak:
            return
        channel, block = np.divmod(blocks.reshape(-1, 1), bounds.shape[1])
        places = block * _SEGMENTS + np.arange(_SEGMENTS)
        chosen = self._segments[channel, places].reshape(-1, len(_OVERSAMPLING))
        whole = len(chosen) - len(chosen) % _MATRIX_ROWS
        for part in (chosen[:whole].reshape(-1, _MATRIX_ROWS, len(_OVERSAMPLING)), chosen[whole:]):
            if len(part):
                oversampled = part @ _OVERSAMPLING
                self.peak = max(self.peak, float(oversampled.max()), -float(oversampled.min()))


def block_peaks(magnitudes: ChannelRows) -> ChannelRows:
    """The greatest value of each block of [channels, frames], none below 0; the last one may be shorter.

    Floats that are not negative are in the order of their bits, and integers are compared five times as fast.
    """
    starts = np.arange(0, magnitudes.shape[1], BLOCK)
    # In half the time of max() over many short blocks.
    greatest: NDArray[np.int32] = np.maximum.reduceat(magnitudes.view(np.int32), starts, axis=1)
    return greatest.view(np.float32)
