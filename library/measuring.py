"""How loud a sound is, and what a machine can hear is wrong with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from library.generators.api import Samples
from library.take import Flag
from library.true_peak import TruePeak

if TYPE_CHECKING:
    from library.k_weighting import KWeighting

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
        self._weighting: KWeighting | None = None
        self._bins: list[NDArray[np.float64]] = []
        self._sum: Any = 0.0
        self._low: Any = np.inf
        self._high: Any = -np.inf
        self._true_peak: TruePeak | None = None
        self._clipped = 0
        self._lines: NDArray[np.float32] = np.empty((0, 0), dtype=np.float32)
        self._tail: list[NDArray[np.float32]] = []
        """Power by frame."""

    def add(self, chunk: Samples) -> None:
        """Take in float32 [frames, channels]; every chunk has the same channels."""
        if not len(chunk):
            return
        self._channels = chunk.shape[1]
        if self._lines.shape[1] < len(chunk):
            self._lines = np.empty(chunk.T.shape, dtype=np.float32)
        lines = self._lines[:, : len(chunk)]
        lines[:] = chunk.T
        self._low = np.minimum(self._low, lines.min(axis=1))
        self._high = np.maximum(self._high, lines.max(axis=1))
        self._sum = self._sum + lines.sum(axis=1, dtype=np.float64)
        self._add_clipping(lines)
        if self._true_peak is None:
            self._true_peak = TruePeak(self._channels)
        self._true_peak.add(lines)
        if self._rate >= _MIN_RATE:
            self._add_energy(lines)
        self._frames += len(chunk)
        self._tail.append(np.einsum("cn,cn->n", lines, lines) / np.float32(self._channels))
        while sum(len(part) for part in self._tail[1:]) >= _TAIL_S * self._rate:
            del self._tail[0]

    def result(self) -> Measurement:
        """What was measured so far."""
        if self._true_peak is None:
            return Measurement(None, None, ("silent",))
        peak = _decibels(self._true_peak.result())
        flags: list[Flag] = []
        silent = _decibels(float((self._high - self._low).max()) / 2) < SILENT_PEAK_DB
        if silent:
            flags.append("silent")
        if self._clipped >= CLIPPED_PLACES:
            flags.append("clipped")
        if float(np.abs(self._sum).max()) / self._frames > DC_OFFSET:
            flags.append("dc")
        if not silent and _ends_in_mid_sound(np.concatenate(self._tail), self._rate):
            flags.append("cut-off")
        return Measurement(self._loudness(), round(peak, 3) if math.isfinite(peak) else None, tuple(flags))

    def _add_clipping(self, lines: NDArray[np.float32]) -> None:
        if max(float(self._high.max()), -float(self._low.min())) < RAIL:
            return
        at_rails = np.abs(lines) >= RAIL
        self._clipped += int((at_rails[:, 2:] & at_rails[:, 1:-1] & at_rails[:, :-2]).sum())

    def _add_energy(self, lines: NDArray[np.float32]) -> None:
        """The energy of the K-weighted sound by tenths of a second."""
        if self._weighting is None:
            from library.k_weighting import KWeighting  # scipy's signal package takes half a second

            self._weighting = KWeighting(self._rate, self._channels)
        weighted = self._weighting.filter(lines)
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
        sums = np.add.reduceat(weighted, starts, axis=1).T.astype(np.float64)
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
        power = (sliding_window_view(bins, 4, axis=0).sum(axis=-1) * _gains(self._channels)).sum(axis=1)
        power /= _BLOCK_S * self._rate
        with np.errstate(divide="ignore"):
            loudness = -0.691 + 10 * np.log10(power)
        heard = loudness >= _ABSOLUTE_GATE
        if not heard.any():
            return None
        gate = -0.691 + 10 * math.log10(power[heard].mean()) + _RELATIVE_GATE
        return round(-0.691 + 10 * math.log10(power[heard & (loudness > gate)].mean()), 3)


def _gains(channels: int) -> NDArray[np.float64]:
    """Weights of the channels (BS.1770-4, table 3): left, right, centre, surrounds; the sixth layout has an LFE."""
    if channels == 6:
        return np.array([1, 1, 1, 0, 1.41, 1.41])
    return np.array([1.0, 1.0, 1.0, 1.41, 1.41] + [1.0] * channels)[:channels]


def _bin_start(index: int, rate: int) -> int:
    return int(_HOP_S * index * rate)


def _ends_in_mid_sound(power: NDArray[np.float32], rate: int) -> bool:
    power = power[-int(_TAIL_S * rate) :]
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
