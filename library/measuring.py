"""How loud a sound is, and what a machine can hear is wrong with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import pyloudnorm
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.signal import sosfilt, upfirdn

from library.generators.api import Samples
from library.take import Flag

SILENT_PEAK_DB = -60.0
"""Silent: no channel swings further than this around its own offset."""
DC_OFFSET = 0.01
"""DC: the mean of a channel is further than this from zero (-40 dBFS)."""
RAIL = 1 - 1.5 / 32768
"""Clipped: three samples in a row at or beyond the last step but one of 16 bits …"""
CLIPPED_PLACES = 4
"""… in at least this many places. One peak normalised to full scale is no clipping."""
CUT_OFF_DB = -2.0
"""Cut off: the last 50 ms are no more than this below the median 50 ms of the last 5 s …"""
FADE_DB = -6.0
"""… and the last 5 ms no more than this below those 50 ms, so that there is not even a short fade.

A loop that ends at its bar line ends in the decay of its last beat, well below the median, and is let pass; so is
anything that fades. Sustained sound that stops dead is flagged, loop or not: by itself it sounds cut off.
"""
QUIET_END_DB = -50.0
"""An end quieter than this is no cut, whatever came before."""

_MIN_RATE = 4_000
"""Below this the K-weighting shelf (1.5 kHz) has no room; loudness is not defined."""
_BLOCK_S, _HOP_S = 0.4, 0.1
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
_TAIL_S = 5.0

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
_FILTER = PHASES.ravel()
"""As one filter at the fourfold rate. The phases mirror each other: which way round makes no difference."""
_OVERSHOOT = float(np.abs(PHASES).sum(axis=0).max())
"""How far the true peak can be over the sample peak at most: no need to look where even that is too little."""
_LOOK = 64
"""Frames that are ruled out, or looked at, together."""


@dataclass(frozen=True)
class Measurement:
    """What was measured."""

    lufs: float | None
    """Integrated loudness, BS.1770-4; None under 0.4 s and where no block is over -70 LUFS."""
    true_peak_db: float | None
    """dBTP; None for digital silence."""
    flags: tuple[Flag, ...]


def measure(samples: Samples, rate: int) -> Measurement:
    """Measure float32 [frames, channels]."""
    meter = Meter(rate)
    for start in range(0, len(samples), 1 << 18):
        meter.add(samples[start : start + (1 << 18)])
    return meter.result()


class Meter:
    """Measures a sound that comes in chunks, in memory that does not grow with it but for 80 bytes a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._frames = 0
        self._channels = 0
        self._state: NDArray[np.float64] | None = None
        self._bins: list[NDArray[np.float64]] = []
        self._sum: Any = 0.0
        self._low: Any = np.inf
        self._high: Any = -np.inf
        self._true_peak = 0.0
        self._overlap: NDArray[np.float32] | None = None
        self._clipped = 0
        self._tail: list[NDArray[np.float32]] = []

    def add(self, chunk: Samples) -> None:
        """Take in float32 [frames, channels]; every chunk has the same channels."""
        if not len(chunk):
            return
        self._channels = chunk.shape[1]
        lines = np.ascontiguousarray(chunk.T)
        self._low = np.minimum(self._low, lines.min(axis=1))
        self._high = np.maximum(self._high, lines.max(axis=1))
        self._sum = self._sum + lines.sum(axis=1, dtype=np.float64)
        self._add_clipping(lines)
        self._add_peak(lines)
        if self._rate >= _MIN_RATE:
            self._add_energy(lines)
        self._frames += len(chunk)
        self._tail.append(lines)
        while sum(part.shape[1] for part in self._tail[1:]) >= _TAIL_S * self._rate:
            del self._tail[0]

    def result(self) -> Measurement:
        """What was measured so far."""
        if not self._frames:
            return Measurement(None, None, ("silent",))
        if self._overlap is not None:
            self._add_peak(np.zeros((self._channels, _TAPS - 1), dtype=np.float32))
        peak = _decibels(self._true_peak)
        flags: list[Flag] = []
        silent = _decibels(float((self._high - self._low).max()) / 2) < SILENT_PEAK_DB
        if silent:
            flags.append("silent")
        if self._clipped >= CLIPPED_PLACES:
            flags.append("clipped")
        if float(np.abs(self._sum).max()) / self._frames > DC_OFFSET:
            flags.append("dc")
        if not silent and _ends_in_mid_sound(np.concatenate(self._tail, axis=1), self._rate):
            flags.append("cut-off")
        return Measurement(self._loudness(), round(peak, 3) if math.isfinite(peak) else None, tuple(flags))

    def _add_clipping(self, lines: NDArray[np.float32]) -> None:
        if max(float(self._high.max()), -float(self._low.min())) < RAIL:
            return
        at_rails = np.abs(lines) >= RAIL
        self._clipped += int((at_rails[:, 2:] & at_rails[:, 1:-1] & at_rails[:, :-2]).sum())

    def _add_peak(self, lines: NDArray[np.float32]) -> None:
        """BS.1770-4, Annex 2: the greatest magnitude after fourfold oversampling."""
        if self._overlap is None:
            self._overlap = np.zeros((self._channels, _TAPS - 1), dtype=np.float32)
        joined = np.concatenate([self._overlap, lines], axis=1)
        self._overlap = joined[:, -(_TAPS - 1) :].copy()
        for line in joined:
            # Stretches of _LOOK outputs, each of which needs the filter's length more of input.
            count = -(-(len(line) - _TAPS + 1) // _LOOK)
            padded = np.zeros((count + 1) * _LOOK, dtype=np.float32)
            padded[: len(line)] = line
            shaped = padded.reshape(-1, _LOOK)
            peaks = np.maximum(shaped.max(axis=1), -shaped.min(axis=1))
            peaks = np.maximum(peaks[:-1], peaks[1:])
            stretches = sliding_window_view(padded, _LOOK + _TAPS - 1)[::_LOOK]
            # The loudest first: after it most of the others can't hold the peak.
            loudest = int(np.argmax(peaks))
            self._look(stretches[loudest : loudest + 1])
            hopeful = np.flatnonzero(peaks * _OVERSHOOT > self._true_peak)
            self._look(stretches[hopeful])

    def _look(self, stretches: NDArray[np.float32]) -> None:
        """Oversample [n, _LOOK + _TAPS - 1], as far as the filter lies within each."""
        if len(stretches):
            finer = upfirdn(_FILTER, stretches, up=4, axis=1)[:, 4 * (_TAPS - 1) : 4 * (_LOOK + _TAPS - 1)]
            self._true_peak = max(self._true_peak, float(finer.max()), -float(finer.min()))

    def _add_energy(self, lines: NDArray[np.float32]) -> None:
        """The energy of the K-weighted sound by tenths of a second."""
        sections = _k_weighting(self._rate)
        if self._state is None:
            self._state = np.zeros((len(sections), self._channels, 2))
        weighted, self._state = sosfilt(sections, lines.astype(np.float64), axis=1, zi=self._state)
        np.square(weighted, out=weighted)
        first = int((self._frames + 0.5) / (_HOP_S * self._rate))
        while _bin_start(first, self._rate) > self._frames:
            first -= 1
        while _bin_start(first + 1, self._rate) <= self._frames:
            first += 1
        starts, index = [0], first + 1
        while (start := _bin_start(index, self._rate) - self._frames) < lines.shape[1]:
            starts.append(start)
            index += 1
        sums = np.add.reduceat(weighted, starts, axis=1).T
        if first < len(self._bins):
            self._bins[first] = self._bins[first] + sums[0]
            sums = sums[1:]
        self._bins.extend(sums)

    def _loudness(self) -> float | None:
        """Gated loudness, BS.1770-4 Annex 1, equations 2 to 7; the blocks are those of pyloudnorm."""
        duration = self._frames / self._rate
        if duration < _BLOCK_S or not self._bins:
            return None
        blocks = round((duration - _BLOCK_S) / _HOP_S) + 1
        bins = np.zeros((blocks + 3, self._channels))
        bins[: len(self._bins)] = self._bins[: len(bins)]
        power = sliding_window_view(bins, 4, axis=0).sum(axis=-1) / (_BLOCK_S * self._rate) @ _gains(self._channels)
        with np.errstate(divide="ignore"):
            loudness = -0.691 + 10 * np.log10(power)
        heard = loudness >= _ABSOLUTE_GATE
        if not heard.any():
            return None
        gate = -0.691 + 10 * math.log10(power[heard].mean()) + _RELATIVE_GATE
        return round(-0.691 + 10 * math.log10(power[heard & (loudness > gate)].mean()), 3)


@lru_cache(maxsize=16)
def _k_weighting(rate: int) -> NDArray[np.float64]:
    """The two sections of the K-weighting filter at `rate`, [2, 6] as scipy has them, from pyloudnorm."""
    shelf = pyloudnorm.IIRfilter(4.0, 1 / math.sqrt(2), 1500.0, rate, "high_shelf")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5, 38.0, rate, "high_pass")
    return np.array([np.concatenate([section.b, section.a]) for section in (shelf, high_pass)])


def _gains(channels: int) -> NDArray[np.float64]:
    """Weights of the channels (BS.1770-4, table 3): left, right, centre, surrounds; the sixth layout has an LFE."""
    if channels == 6:
        return np.array([1, 1, 1, 0, 1.41, 1.41])
    return np.array([1.0, 1.0, 1.0, 1.41, 1.41] + [1.0] * channels)[:channels]


def _bin_start(index: int, rate: int) -> int:
    return int(_HOP_S * index * rate)


def _ends_in_mid_sound(tail: NDArray[np.float32], rate: int) -> bool:
    tail = tail[:, -int(_TAIL_S * rate) :]
    power = np.einsum("cn,cn->n", tail, tail) / np.float32(len(tail))
    block, end = max(1, rate // 20), max(1, rate // 200)
    if len(power) < rate:
        return False
    blocks = power[len(power) % block :].reshape(-1, block).mean(axis=1)
    last, usual, very_last = blocks[-1], np.median(blocks), power[-end:].mean()
    return bool(
        10 * math.log10(max(last, 1e-20)) > QUIET_END_DB
        and last >= usual * 10 ** (CUT_OFF_DB / 10)
        and very_last >= last * 10 ** (FADE_DB / 10)
    )


def _decibels(magnitude: float) -> float:
    return 20 * math.log10(magnitude) if magnitude > 0 else -math.inf
