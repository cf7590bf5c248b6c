"""The true peak of a sound: the greatest magnitude between its samples too (ITU-R BS.1770-4, Annex 2)."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from library.sound.scratch import Scratch

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

ROW = 128
"""Frames that are ruled out, or oversampled, together …"""
BEFORE = 16
"""… and how many before them must be there: the filter's reach, and a few so that rows begin on a cache line."""
_LOOK = 32
"""Frames in a stretch; a row of a matrix product oversamples it …"""
_STRETCHES = ROW // _LOOK
_ROWS = 32
"""… and so many rows are few enough that OpenBLAS does not start its threads: they would spin in between."""
_BATCH = 64
"""Rows oversampled before it is asked again which others can hold the peak."""
_FEW = 1 / 8
"""Oversampling so many of the rows takes less time than ruling some of them out by their bends."""


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

    def __init__(self, lines: Lines, scratch: Scratch) -> None:
        """The chunks come in `lines`, [channels, BEFORE + rows * ROW]."""
        self._lines = lines
        stretches = sliding_window_view(lines[:, BEFORE - _TAPS + 1 :], len(_OVERSAMPLING), axis=1)
        self._stretches = stretches[:, ::_LOOK]
        self._slopes: Lines = scratch.array("passing 1", lines.shape, np.float32)
        self._bends: Lines = scratch.array("passing 2", lines.shape, np.float32)
        self.peak = 0.0
        """That of all that was added, as a magnitude."""

    def add(self, peaks: Lines) -> None:
        """Take in the first rows of the lines, whose sample peaks are `peaks`, [channels, rows].

        The frames before them are the last ones of the time before; silence comes before a sound. As the filter looks
        back, the end of a sound must have BEFORE frames of silence after it.
        """
        reach = peaks.copy()
        np.maximum(reach[:, 1:], peaks[:, :-1], out=reach[:, 1:])
        np.maximum(reach[:, 0], np.abs(self._lines[:, :BEFORE]).max(axis=1), out=reach[:, 0])
        bounds = reach * _OVERSHOOT
        # The most hopeful first: after it most of the others can't hold the peak.
        if not self.peak:
            self._look(np.array([bounds.argmax()]), bounds)
        if np.count_nonzero(bounds > self.peak) > bounds.size * _FEW:
            np.minimum(bounds, reach * _STRAIGHT + self._find_bends(peaks.shape[1]) * _BENT, out=bounds)
            self._look(np.array([bounds.argmax()]), bounds)
        hopeful = np.flatnonzero(bounds > self.peak)
        while len(hopeful):
            self._look(hopeful[:_BATCH], bounds)
            hopeful = hopeful[_BATCH:][bounds.ravel()[hopeful[_BATCH:]] > self.peak]

    def _find_bends(self, rows: int) -> Lines:
        """The greatest magnitude of a second difference within reach of each row, [channels, rows]."""
        frames = BEFORE + rows * ROW
        lines, slopes, bends = (part[:, :frames] for part in (self._lines, self._slopes, self._bends))
        np.subtract(lines[:, 1:], lines[:, :-1], out=slopes[:, 1:])
        np.subtract(slopes[:, 2:], slopes[:, 1:-1], out=bends[:, :-2])
        bends[:, -2:] = 0
        np.abs(bends, out=bends)
        # A row lies BEFORE frames behind its bends: it reaches into those of the next one.
        greatest = greatest_by_row(bends)
        return np.maximum(greatest[:, :-1], greatest[:, 1:])

    def _look(self, rows: NDArray[np.intp], bounds: Lines) -> None:
        """Oversample `rows`, counted through all channels as in `bounds`, if that of the first is over the peak."""
        if bounds.ravel()[rows[0]] <= self.peak:
            return
        channel, row = np.divmod(rows.reshape(-1, 1), bounds.shape[1])
        places = row * _STRETCHES + np.arange(_STRETCHES)
        looked_at = self._stretches[channel, places].reshape(-1, len(_OVERSAMPLING))
        whole = len(looked_at) - len(looked_at) % _ROWS
        for stretch in (looked_at[:whole].reshape(-1, _ROWS, len(_OVERSAMPLING)), looked_at[whole:]):
            if len(stretch):
                finer = stretch @ _OVERSAMPLING
                self.peak = max(self.peak, float(finer.max()), -float(finer.min()))


def greatest_by_row(magnitudes: Lines) -> Lines:
    """The greatest value of each ROW of [channels, frames]; the last row may be shorter."""
    starts = np.arange(0, magnitudes.shape[1], ROW)
    return np.maximum.reduceat(magnitudes, starts, axis=1)  # in half the time of max() over many short rows
