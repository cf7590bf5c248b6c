"""A spectrogram of a whole sound, as large as it is to be drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library.sound.audio import open_sound

RANGE_DB = 70.0
_WINDOW_S = 0.09
_CHUNK_FRAMES = 1 << 16


def read_spectrogram(
    path: Path, duration_s: float, columns: int, rows: int, span_hz: tuple[float, float]
) -> list[bytes]:
    """`rows` of `columns` levels each, the highest pitch first, by equal steps: 255 the loudest, 0 RANGE_DB below it.

    A column is the mean of all that it stands for. Raises AudioError.
    """
    power = np.zeros((columns, rows), np.float64)
    with open_sound(path) as sound:
        rate = sound.info.sample_rate
        window = 1 << round(np.log2(max(256, _WINDOW_S * rate)))
        hop = max(window // 2, round(duration_s * rate / (4 * columns)))
        taper, edges = np.hanning(window).astype(np.float32), _edges(window, rate, rows, span_hz)
        counts = np.zeros(columns)
        rest, at = np.zeros(0, np.float32), 0
        while len(samples := sound.read(_CHUNK_FRAMES)):
            rest = np.concatenate([rest, samples.mean(axis=1, dtype=np.float32)])
            while len(rest) >= window + hop:
                spectrum = np.abs(np.fft.rfft(rest[:window] * taper)) ** 2
                column = min(columns - 1, int((at + window / 2) / rate / max(duration_s, 1e-9) * columns))
                power[column] += np.maximum.reduceat(spectrum, edges)
                counts[column] += 1
                rest, at = rest[hop:], at + hop
    power /= np.maximum(counts, 1)[:, None]
    _fill_gaps(power, counts)
    loudest = power.max()
    if not loudest > 0:
        return [bytes(columns)] * rows
    level = np.clip(1 + 10 * np.log10(np.maximum(power / loudest, 1e-12)) / RANGE_DB, 0, 1)
    image: NDArray[np.uint8] = np.rint(255 * level).astype(np.uint8)
    return [row.tobytes() for row in image.T[::-1]]


def _edges(window: int, rate: int, rows: int, span_hz: tuple[float, float]) -> NDArray[np.int64]:
    """The first bin of each row, lowest first; rows between two bins show the lower one."""
    hertz = np.geomspace(*span_hz, rows, endpoint=False)
    return np.minimum(np.floor(hertz * window / rate).astype(np.int64), window // 2)


def _fill_gaps(power: NDArray[np.float64], counts: NDArray[np.float64]) -> None:
    """Columns narrower than a step show what was before them."""
    for column in range(1, len(power)):
        if not counts[column]:
            power[column] = power[column - 1]
