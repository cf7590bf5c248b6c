"""Measuring an outline in one pass over a sound, however long it is."""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from library.sound.audio import open_sound
from library.sound.outline import BAND_EDGES_HZ, BRIGHTEST_HZ, DARKEST_HZ, RANGE_DB, STEPS, Outline
from library.sound.samples import Samples
from library.sound.sections import section_starts, strongest_passage

CHUNK_FRAMES = 1 << 16
"""Frames read at a time."""
_WINDOW_S = 0.17
"""Of a spectrum: long enough to tell semitones apart from 150 Hz on."""
SPECTRA = (200, 3000)
"""So many spectra at least and at most, whatever the length; between them one every half window."""
_SHORTEST_HOP_S = 0.01
_PITCH_HZ = (110.0, 3520.0)
"""Harmony is heard between these."""

_Floats = NDArray[np.float32]


def read_outline(path: Path, duration_s: float, sample_rate: int) -> Outline:
    """The outline of the sound in `path`, which is `duration_s` long. Raises AudioError."""
    meter = OutlineMeter(duration_s, sample_rate)
    with open_sound(path) as sound:
        while len(samples := sound.read(CHUNK_FRAMES)):
            meter.listen(samples)
    return meter.result()


class OutlineMeter:
    """Takes in a sound of a known length chunk by chunk."""

    def __init__(self, duration_s: float, sample_rate: int) -> None:
        frames = max(1, round(duration_s * sample_rate))
        self._rate = sample_rate
        steps = min(STEPS, frames)
        self._edges = np.arange(steps + 1, dtype=np.int64) * frames // steps
        self._at = 0
        self._peaks = np.zeros(steps, np.float32)
        self._power = np.zeros(steps, np.float64)
        self._window = 1 << round(math.log2(max(64.0, _WINDOW_S * sample_rate)))
        half_s = self._window / 2 / sample_rate
        hop_s = max(min(half_s, max(duration_s / SPECTRA[0], _SHORTEST_HOP_S)), duration_s / SPECTRA[1])
        self._hop = max(1, round(hop_s * sample_rate))
        self._rest = np.zeros(self._window // 2, np.float32)
        """What comes next for the spectra; the first one is centred on the first frame."""
        self._skip = 0
        self._spectra: list[_Floats] = []

    def listen(self, samples: Samples) -> None:
        """The next frames: float32 [frames, channels]."""
        self._measure_levels(samples)
        self._measure_spectra(samples.mean(axis=1, dtype=np.float32) if samples.shape[1] > 1 else samples[:, 0])
        self._at += len(samples)

    def result(self) -> Outline:
        """The outline. Frames that never came are silent."""
        self._measure_spectra(np.zeros(self._window // 2, np.float32))
        loudest = float(self._peaks.max())
        spectra = np.concatenate(self._spectra) if self._spectra else np.zeros((0, len(_ORDER)), np.float32)
        if not loudest > 0 or len(spectra) == 0:
            none = bytes(max(1, len(spectra)))
            return Outline(bytes(STEPS), bytes(STEPS), none, (none,) * (len(BAND_EDGES_HZ) - 1))
        drawn = np.arange(STEPS) * len(self._peaks) // STEPS
        power = self._power / np.diff(self._edges)
        centroid = np.log2(np.maximum(spectra[:, 0], 1e-20) / np.maximum(spectra[:, 1], 1e-20))
        octaves = np.log2(BRIGHTEST_HZ / DARKEST_HZ)
        bands = spectra[:, _BANDS]
        step_s = self._hop / self._rate
        bands_db = 10 * np.log10(np.maximum(bands, 1e-12 * float(bands.max()) + 1e-30))
        sections = section_starts(spectra[:, _CHROMA].astype(np.float64), bands_db.astype(np.float64), step_s)
        return Outline(
            peaks=_in_bytes(_decibels(self._peaks / loudest)[drawn]),
            levels=_in_bytes(_decibels(np.sqrt(power) / loudest)[drawn]),
            brightness=np.clip((centroid - np.log2(DARKEST_HZ)) * (255 / octaves), 0, 255).astype(np.uint8).tobytes(),
            bands=tuple(_in_bytes(row - bands_db.max()) for row in bands_db.T),
            sections=sections,
            strongest_s=strongest_passage(spectra[:, 2].astype(np.float64), step_s, sections),
        )

    def _measure_levels(self, samples: Samples) -> None:
        end = self._at + len(samples)
        first = int(np.searchsorted(self._edges, self._at, side="right")) - 1
        last = min(len(self._peaks), int(np.searchsorted(self._edges, end, side="left")))
        if first >= last:
            return  # beyond the length that was told
        channels = samples.shape[1]
        flat = np.ascontiguousarray(samples[: int(self._edges[last]) - self._at]).reshape(-1)
        places = np.maximum(self._edges[first:last] - self._at, 0) * channels
        peaks = np.maximum(np.maximum.reduceat(flat, places), -np.minimum.reduceat(flat, places))
        self._peaks[first:last] = np.maximum(self._peaks[first:last], peaks)
        self._power[first:last] += np.add.reduceat(flat * flat, places) / channels

    def _measure_spectra(self, mono: _Floats) -> None:
        sound = np.concatenate([self._rest, mono])
        if self._skip:
            skipped = min(self._skip, len(sound))
            sound, self._skip = sound[skipped:], self._skip - skipped
        count = (len(sound) - self._window) // self._hop + 1
        if count > 0:
            pieces = np.lib.stride_tricks.sliding_window_view(sound, self._window)[:: self._hop][:count]
            taper, weights = _analysis(self._window, self._rate)
            spectrum = np.fft.rfft(pieces * taper)
            power = spectrum.real**2 + spectrum.imag**2
            size = np.sqrt(power)
            found: _Floats = np.concatenate((size @ weights[0], power @ weights[1]), axis=1)
            self._spectra.append(found[:, _ORDER])
            used = count * self._hop
            self._skip = max(0, used - len(sound))  # the next window may begin beyond what is there
            sound = sound[used:]
        self._rest = sound


_CHROMA = slice(3, 15)
_BANDS = slice(15, 15 + len(BAND_EDGES_HZ) - 1)
# Of the magnitudes: frequency × magnitude, magnitude, then pitch classes; of the power: loudness, then bands.
_ORDER = [0, 1, 14, *range(2, 14), *range(15, 15 + len(BAND_EDGES_HZ) - 1)]


@lru_cache(maxsize=4)
def _analysis(window: int, rate: int) -> tuple[_Floats, tuple[_Floats, _Floats]]:
    """The taper of a spectrum, and what its magnitudes and its powers are multiplied with."""
    hertz = np.fft.rfftfreq(window, 1 / rate)
    heard = hertz >= 30
    magnitudes = np.zeros((len(hertz), 14), np.float32)
    magnitudes[heard, 0], magnitudes[heard, 1] = hertz[heard], 1
    pitched = (hertz >= _PITCH_HZ[0]) & (hertz <= _PITCH_HZ[1])
    classes = np.round(12 * np.log2(np.maximum(hertz, 1.0) / 440.0)).astype(int) % 12
    magnitudes[np.flatnonzero(pitched), 2 + classes[pitched]] = 1
    powers = np.zeros((len(hertz), len(BAND_EDGES_HZ)), np.float32)
    # K-weighting (ITU-R BS.1770) as far as a picture needs it: no rumble, and 4 dB more from the presence on.
    powers[hertz >= 60, 0] = 1
    powers[hertz >= 1700, 0] = 10**0.4
    for band, (low, high) in enumerate(pairwise(BAND_EDGES_HZ)):
        powers[(hertz >= low) & (hertz < high), 1 + band] = 1
    return np.hanning(window).astype(np.float32), (magnitudes, powers)


def _decibels(levels: NDArray[Any]) -> _Floats:
    decibels: _Floats = 20 * np.log10(np.maximum(levels, 1e-6))
    return decibels


def _in_bytes(level_db: _Floats) -> bytes:
    values: NDArray[np.uint8] = np.rint(np.clip(1 + level_db / RANGE_DB, 0, 1) * 255).astype(np.uint8)
    return values.tobytes()
