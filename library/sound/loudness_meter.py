"""Loudness and true peak (ITU-R BS.1770-4), and the faults of a sound that a machine can find.

Written by hand because it is faster than libebur128 (pyebur128) with true peak: 0.2 s against 0.84 s for a minute of
stereo.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from numpy.typing import NDArray

from library.sound.buffer_pool import borrow_buffers, return_buffers
from library.sound.k_weighting import FILTER_FRAMES, KWeighting
from library.sound.opened_sound import SoundInfo
from library.sound.samples import Samples
from library.sound.speakers import Layout, fold_down, loudness_weights, usual_layout
from library.sound.true_peak import BLOCK, HISTORY, ChannelRows, TruePeak, block_peaks
from library.take import METER, Flag, Take

SILENT_PEAK_DB = -60.0
"""Silent: no channel swings further than this around its own offset."""
DC_OFFSET = 0.01
"""DC: the mean of a channel is further than this from zero (-40 dBFS)."""
CLIPPING_LEVEL = 1 - 1.5 / 32768
"""Clipped: three samples in a row at or beyond the last step but one of 16 bits …"""
MIN_CLIPPED_PLACES = 4
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
"""Below this the K-weighting shelf (1.7 kHz) has no room; loudness is not defined."""
_BLOCK_S, _HOP_S = 0.4, 0.1
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
_TAIL_S = 5.0
_MAX_SAMPLES_AT_ONCE = 1 << 17
"""Samples that are measured together: fewer cost more calls, more would not stay in the processor's cache."""


@dataclass(frozen=True)
class Measurement:
    """What was measured."""

    channels: int
    lufs: float | None
    """Integrated loudness, BS.1770-4; None under 0.4 s and where no block is over -70 LUFS."""
    true_peak_db: float | None
    """dBTP; None for digital silence."""
    flags: tuple[Flag, ...]
    heard_lufs: float | None = None
    """The same of more than two channels, folded down to the two loudspeakers that play them …"""
    heard_peak_db: float | None = None
    """… and the true peak there."""


def measure(samples: Samples, rate: int, layout: Layout | None = None) -> Measurement:
    """Measure float32 [frames, channels]; the layout is the usual one unless it is given."""
    meter = Meter()
    meter.add(samples, rate, layout)
    return meter.result()


def with_measures(take: Take, measured: Measurement) -> Take:
    """`take` as this meter has measured it, but for the flags."""
    return msgspec.structs.replace(
        take,
        lufs=measured.lufs,
        true_peak_db=measured.true_peak_db,
        heard_lufs=measured.heard_lufs,
        heard_peak_db=measured.heard_peak_db,
        meter=METER,
    )


class Meter:
    """Measures a sound that comes in chunks, in memory that does not grow with it but for 80 bytes a second."""

    def __init__(self) -> None:
        self._layout: Layout = ()
        self._itself: _Accumulator | None = None
        self._folded: _Accumulator | None = None

    def listen(self, chunk: Samples, info: SoundInfo) -> None:
        """Take in the next samples of a file."""
        self.add(chunk, info.sample_rate, info.layout)

    def add(self, chunk: Samples, rate: int, layout: Layout | None = None) -> None:
        """Take in float32 [frames, channels]; every chunk has the same channels and layout."""
        if self._itself is None and len(chunk):
            self._layout = layout or usual_layout(chunk.shape[1])
            self._itself = _Accumulator(rate, loudness_weights(self._layout))
            self._folded = _Accumulator(rate, [1.0, 1.0]) if len(self._layout) > 2 else None
        if self._itself is not None:
            self._itself.add(chunk)
        if self._folded is not None:
            self._folded.add(fold_down(chunk, self._layout))

    def result(self) -> Measurement:
        """What was measured; the last thing to ask for."""
        if self._itself is None:
            return Measurement(0, None, None, ("silent",))
        measured = self._itself.finish()
        if self._folded is None:
            return measured
        folded = self._folded.finish()
        return replace(measured, heard_lufs=folded.lufs, heard_peak_db=folded.true_peak_db)


class _Accumulator:
    """Collects so many frames that it pays to measure them, whatever the chunks are, and measures them."""

    def __init__(self, rate: int, weights: Sequence[float]) -> None:
        """`weights` are what the power of each channel counts."""
        self._rate = rate
        self._weights = weights
        self._channels = channels = len(weights)
        self._buffers = borrow_buffers()
        self._capacity = max(FILTER_FRAMES, _MAX_SAMPLES_AT_ONCE // channels // FILTER_FRAMES * FILTER_FRAMES)
        # The frames that are collected, with the last ones before them, and room for a block of silence at the end.
        self._samples: ChannelRows = self._buffers.array(
            "lines", (channels, HISTORY + self._capacity + BLOCK), np.float32
        )
        self._samples[:, :HISTORY] = 0
        self._buffered = 0
        self._frames_done = 0
        # One after the other, magnitudes, differences and the K-weighted sound pass through the same memory.
        self._magnitudes: ChannelRows = self._buffers.array("passing 1", self._samples.shape, np.float32)
        self._weighting = KWeighting(rate, channels, self._capacity, self._buffers) if rate >= _MIN_RATE else None
        self._true_peak = TruePeak(self._samples, self._buffers)
        self._hop_energies: list[NDArray[np.float64]] = []
        self._sum = np.zeros(channels)
        self._lowest, self._highest = np.full(channels, np.inf), np.full(channels, -np.inf)
        self._silent = True
        self._clipped = 0
        self._tail = int(_TAIL_S * rate)
        self._power: NDArray[np.float32] = self._buffers.array("power", (2 * self._tail + self._capacity,), np.float32)
        """Power by frame, of the last few seconds at least."""
        self._power_frames = 0

    def add(self, chunk: Samples) -> None:
        """Take in the next frames."""
        while len(chunk):
            if self._buffered == self._capacity:
                self._measure()
            taken = min(len(chunk), self._capacity - self._buffered)
            at = HISTORY + self._buffered
            self._samples[:, at : at + taken] = chunk[:taken].T
            self._buffered += taken
            chunk = chunk[taken:]

    def finish(self) -> Measurement:
        """What was measured; the last thing to ask for."""
        self._samples[:, HISTORY + self._buffered :] = 0
        self._measure(BLOCK)
        flags: list[Flag] = []
        if self._silent:
            flags.append("silent")
        if self._clipped >= MIN_CLIPPED_PLACES:
            flags.append("clipped")
        if float(np.abs(self._sum).max()) / self._frames_done > DC_OFFSET:
            flags.append("dc")
        power = self._power[max(0, self._power_frames - self._tail) : self._power_frames]
        if not self._silent and _ends_in_mid_sound(power, self._rate, self._channels):
            flags.append("cut-off")
        peak = _decibels(self._true_peak.peak)
        return_buffers(self._buffers)
        return Measurement(
            self._channels, self._loudness(), round(peak, 3) if math.isfinite(peak) else None, tuple(flags)
        )

    def _measure(self, padding: int = 0) -> None:
        """Measure the buffered frames, and `padding` so many zeros that follow them."""
        frames, self._buffered = self._buffered, 0
        sound = self._samples[:, HISTORY : HISTORY + frames]
        blocks = slice(HISTORY, HISTORY + -(-(frames + padding) // BLOCK) * BLOCK)
        peaks = block_peaks(np.abs(self._samples[:, blocks], out=self._magnitudes[:, blocks]))
        self._true_peak.add(peaks)
        self._add_extremes(sound)
        self._sum += np.einsum("cn->c", sound)  # in a third of the time of sum()
        if peaks.max() >= CLIPPING_LEVEL:
            clipped = np.abs(sound) >= CLIPPING_LEVEL
            self._clipped += int((clipped[:, 2:] & clipped[:, 1:-1] & clipped[:, :-2]).sum())
        self._add_power(sound)
        if self._weighting is not None:
            padded_frames = -(-frames // FILTER_FRAMES) * FILTER_FRAMES
            weighted = self._weighting.filter(self._samples[:, HISTORY : HISTORY + padded_frames])[:, :frames]
            self._add_energy(np.square(weighted, out=weighted))
        self._frames_done += frames
        self._samples[:, :HISTORY] = self._samples[:, frames : frames + HISTORY]

    def _add_extremes(self, sound: ChannelRows) -> None:
        if self._silent:
            np.minimum(self._lowest, sound.min(axis=1), out=self._lowest)
            np.maximum(self._highest, sound.max(axis=1), out=self._highest)
            self._silent = _decibels(float((self._highest - self._lowest).max()) / 2) < SILENT_PEAK_DB

    def _add_power(self, sound: ChannelRows) -> None:
        frames = sound.shape[1]
        if self._power_frames + frames > len(self._power):
            self._power[: self._tail] = self._power[self._power_frames - self._tail : self._power_frames]
            self._power_frames = self._tail
        np.einsum("cn,cn->n", sound, sound, out=self._power[self._power_frames : self._power_frames + frames])
        self._power_frames += frames

    def _add_energy(self, energy: ChannelRows) -> None:
        """Add up the K-weighted sound's energy by tenths of a second."""
        first = int((self._frames_done + 0.5) / (_HOP_S * self._rate))
        while _hop_start(first, self._rate) > self._frames_done:
            first -= 1
        while _hop_start(first + 1, self._rate) <= self._frames_done:
            first += 1
        starts, index = [0], first + 1
        while (start := _hop_start(index, self._rate) - self._frames_done) < energy.shape[1]:
            starts.append(start)
            index += 1
        sums = np.add.reduceat(energy, starts, axis=1).T.astype(np.float64)
        if first < len(self._hop_energies):
            self._hop_energies[first] = self._hop_energies[first] + sums[0]
            sums = sums[1:]
        self._hop_energies.extend(sums)

    def _loudness(self) -> float | None:
        """Gated loudness, BS.1770-4 Annex 1, equations 2 to 7; the blocks are those of pyloudnorm."""
        duration = self._frames_done / self._rate
        if duration < _BLOCK_S or not self._hop_energies:
            return None
        blocks = round((duration - _BLOCK_S) / _HOP_S) + 1
        hop_energies = np.zeros((blocks + 3, self._channels))
        hop_energies[: len(self._hop_energies)] = self._hop_energies[: len(hop_energies)]
        power = ((hop_energies[:-3] + hop_energies[1:-2] + hop_energies[2:-1] + hop_energies[3:]) * self._weights).sum(
            axis=1
        )
        power /= _BLOCK_S * self._rate
        with np.errstate(divide="ignore"):
            loudness = -0.691 + 10 * np.log10(power)
        above_absolute_gate = loudness >= _ABSOLUTE_GATE
        if not above_absolute_gate.any():
            return None
        gate = -0.691 + 10 * math.log10(power[above_absolute_gate].mean()) + _RELATIVE_GATE
        return round(-0.691 + 10 * math.log10(power[above_absolute_gate & (loudness > gate)].mean()), 3)


def _hop_start(index: int, rate: int) -> int:
    return int(_HOP_S * index * rate)


def _ends_in_mid_sound(power: NDArray[np.float32], rate: int, channels: int) -> bool:
    """Whether a sound of these last few seconds, the power of all channels together by frame, stops dead."""
    block, end = max(1, rate // 20), max(1, rate // 200)
    if len(power) < rate:
        return False
    last, very_last = (power[-frames:].mean() / channels for frames in (block, end))
    if 10 * math.log10(max(last, 1e-20)) <= QUIET_END_DB or very_last < last * 10 ** (FADE_DB / 10):
        return False
    blocks = np.einsum("bn->b", power[len(power) % block :].reshape(-1, block)) / (block * channels)
    return bool(last >= statistics.median(blocks.tolist()) * 10 ** (CUT_OFF_DB / 10))


def _decibels(magnitude: float) -> float:
    return 20 * math.log10(magnitude) if magnitude > 0 else -math.inf
