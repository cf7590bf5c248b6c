"""Sound with given magnitudes: phases guessed from one column to the next, then made consistent.

The guess is single-pass spectrogram inversion (Beauregard, Harish and Wyse, 2015): each peak's phase advances with its
own frequency, and its neighbours follow. From there the fast Griffin-Lim algorithm (Perraudin, Balazs and Sondergaard,
2013) comes closer in 32 rounds than it does from nothing in 64. No random number is drawn.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from library.generators.diffusion.riffusion.picture import COARSER, FFT, HOP, WINDOW, bins_of, transform, window

ROUNDS = 32
MOMENTUM = 0.99
SIZE = FFT // COARSER
PIECE = 1024
"""Columns that are made at a time: memory stays the same however long a take is, and it can be stopped between."""
OVERLAP = 64
"""Columns that the next piece has of the one before …"""
TRUSTED = 32
"""… of which the first are given to it as they sound."""
FADE = 8


def sound_of(bands: Tensor, after_round: Callable[[], None]) -> NDArray[np.float32]:
    """The sound [(columns - 1) * HOP] of mel bands [BANDS, columns].

    `after_round` is called some ten times a second, and may raise.
    """
    sound = torch.empty(0)
    for start, stop in piece_ends(bands.shape[1]):
        given = sound[start * HOP : (start + TRUSTED) * HOP] if start else torch.empty(0)
        made = _piece(bins_of(bands[:, start:stop]), given, after_round)
        if not start:
            sound = made
            continue
        join, fade = (start + TRUSTED) * HOP, FADE * HOP
        rising = torch.linspace(0, 1, fade)
        begin = (TRUSTED - FADE) * HOP
        blended = sound[join - fade : join] * (1 - rising) + made[begin : begin + fade] * rising
        sound = torch.cat([sound[: join - fade], blended, made[TRUSTED * HOP :]])
    result: NDArray[np.float32] = sound.numpy()
    return result


def piece_ends(columns: int) -> list[tuple[int, int]]:
    """From which column to which each piece goes; none is shorter than what it shares with the one before."""
    if columns <= PIECE:
        return [(0, columns)]
    step = PIECE - OVERLAP
    starts = list(range(0, columns - OVERLAP - TRUSTED, step))
    return [(start, columns if start == starts[-1] else start + PIECE) for start in starts]


def rounds_for(columns: int) -> int:
    """How often `after_round` is called for one channel."""
    return (ROUNDS + 1) * len(piece_ends(columns))


def _piece(magnitudes: Tensor, given: Tensor, after_round: Callable[[], None]) -> Tensor:
    """The sound of some columns, that begins as `given`."""
    frames = (magnitudes.shape[1] - 1) * HOP
    angles = _guess(magnitudes, after_round)
    if len(given):
        known = min(TRUSTED - WINDOW // HOP // 2, magnitudes.shape[1])
        angles[:, :known] = _unit(transform(given, SIZE)[:, :known])
    before: Tensor | None = None
    for _ in range(ROUNDS):
        sound = _back(magnitudes * angles, frames)
        sound[: len(given)] = given
        again = transform(sound, SIZE)
        angles = _unit(again if before is None else again - before * (MOMENTUM / (1 + MOMENTUM)))
        before = again
        after_round()
    return _back(magnitudes * angles, frames)


def _back(transformed: Tensor, frames: int) -> Tensor:
    return torch.istft(transformed, SIZE, HOP, WINDOW, window(), center=True, length=frames)


def _unit(numbers: Tensor) -> Tensor:
    return numbers / (numbers.abs() + 1e-16)


def _guess(magnitudes: Tensor, after_round: Callable[[], None]) -> Tensor:
    """Phases, as complex numbers of size 1, at which each peak goes on from column to column."""
    heights = magnitudes.numpy()
    bins, columns = heights.shape
    phase = np.zeros(bins)
    phases = np.zeros((bins, columns), np.float32)
    for column in range(columns):
        height = heights[:, column]
        peaks = np.flatnonzero((height[1:-1] > height[:-2]) & (height[1:-1] >= height[2:])) + 1
        if len(peaks):
            below, at, above = height[peaks - 1], height[peaks], height[peaks + 1]
            offset = 0.5 * (below - above) / np.minimum(below - 2 * at + above, -1e-20)  # of the parabola's top
            advanced = phase[peaks] + 2 * np.pi * HOP * (peaks + offset) / SIZE
            borders = np.concatenate([[0], (peaks[1:] + peaks[:-1] + 1) // 2, [bins]])
            phase = np.mod(np.repeat(advanced, np.diff(borders)), 2 * np.pi)
        phases[:, column] = phase
    after_round()
    # Phases at the middle of each window; the transform counts from its beginning.
    turned = phases - np.pi * np.arange(bins, dtype=np.float32)[:, None]
    return torch.polar(torch.ones(bins, columns), torch.from_numpy(turned))
