"""The K-weighting filter of BS.1770, fast: whole blocks at a time as matrix products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from library.sound.buffer_pool import Buffers

_BLOCK = 32
"""Frames in a row of a matrix product …"""
_MATRIX_ROWS = 128
"""… and rows in it, few enough that OpenBLAS does not start its threads: they would spin in between."""
FILTER_FRAMES = _BLOCK * _MATRIX_ROWS
_RADIX = 8
"""So many blocks make a block of the next level."""
_LEVELS = 5
"""Enough for 2^20 frames at a time."""
_ORDER = 4

Matrix = NDArray[np.float64]


class KWeighting:
    """Filters a sound that comes in chunks.

    The filter is linear, so a block's output is one matrix times its samples plus another times the state before it,
    and so is the state after it. Only the states follow from each other, and of those there is one for 32 samples
    (block state-space form; Burrus, "Block realization of digital filters", IEEE Trans. AU-20, 1972). They are found
    in the same way, by blocks of eight, and those by blocks of eight.
    """

    def __init__(self, rate: int, channels: int, frames: int, buffers: Buffers) -> None:
        """At most `frames` come at a time, a multiple of FILTER_FRAMES."""
        self._form = _block_form(rate)
        self._state = np.zeros((channels, _ORDER))
        blocks = (channels, frames // FILTER_FRAMES, _MATRIX_ROWS)
        widths = {"state inputs": _ORDER, "states": _ORDER, "passing 1": _BLOCK, "passing 2": _BLOCK}
        self._state_inputs, self._states, self._zero_input, self._weighted = (
            buffers.array(name, (*blocks, width), np.float32) for name, width in widths.items()
        )

    def filter(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        """The K-weighted sound of the next frames, [channels, frames]; the caller's until the next call.

        The frames must be a multiple of FILTER_FRAMES.
        """
        blocks = samples.reshape(len(samples), -1, _MATRIX_ROWS, _BLOCK)
        parts = (self._state_inputs, self._states, self._zero_input, self._weighted)
        state_inputs, states, zero_input, weighted = (part[:, : blocks.shape[1]] for part in parts)
        np.matmul(blocks, self._form.to_state, out=state_inputs)
        before = _scan_states(state_inputs.reshape(len(samples), -1, _ORDER), self._state, self._form.levels)
        states[:] = before.reshape(state_inputs.shape)
        self._state = before[:, -1] @ self._form.levels[0].transition + state_inputs[:, -1, -1]
        np.matmul(states, self._form.from_state, out=zero_input)
        np.matmul(blocks, self._form.to_output, out=weighted)
        np.add(weighted, zero_input, out=weighted)
        return weighted.reshape(samples.shape)


def _scan_states(state_inputs: NDArray[np.floating], state: Matrix, levels: Sequence[_LevelMatrices]) -> Matrix:
    """The state before each block, from that before the first and what each adds, [channels, blocks, _ORDER]."""
    channels, count, _ = state_inputs.shape
    if count % _RADIX:
        state_inputs = np.concatenate([state_inputs, np.zeros((channels, -count % _RADIX, _ORDER))], axis=1)
    grouped = np.empty((channels, -(-count // _RADIX), (_RADIX + 1) * _ORDER))
    grouped[..., :-_ORDER] = state_inputs.reshape(channels, len(grouped[0]), -1)
    grouped[..., -_ORDER:] = (
        state[:, np.newaxis]
        if count <= _RADIX
        else _scan_states(grouped[..., :-_ORDER] @ levels[0].to_state, state, levels[1:])
    )
    # No more rows at once, or OpenBLAS would start its threads.
    rows = math.gcd(len(grouped[0]), _MATRIX_ROWS)
    states: Matrix = grouped.reshape(channels, -1, rows, len(levels[0].to_states)) @ levels[0].to_states
    return states.reshape(channels, -1, _ORDER)[:, :count]


@dataclass(frozen=True)
class _LevelMatrices:
    """From what each of eight blocks adds to the state, in a row; blocks of one level."""

    transition: Matrix
    """[_ORDER, _ORDER]: what becomes of a state after a block."""
    to_state: Matrix
    """[_RADIX * _ORDER, _ORDER]: what the eight add to the state."""
    to_states: Matrix
    """[(_RADIX + 1) * _ORDER, _RADIX * _ORDER]: with the state before them, the state before each."""


@dataclass(frozen=True)
class _BlockForm:
    to_output: NDArray[np.float32]
    """[_BLOCK, _BLOCK]: the block's output without a state."""
    to_state: NDArray[np.float32]
    """[_BLOCK, _ORDER]: what the block adds to the state."""
    from_state: NDArray[np.float32]
    """[_ORDER, _BLOCK]: what the state adds to the block's output."""
    levels: tuple[_LevelMatrices, ...]


@lru_cache(maxsize=16)
def _block_form(rate: int) -> _BlockForm:
    """The filter's matrices, from its state-space form; states are rows, so each is on the left of its matrix."""
    transition, input_vector, output_vector, feedthrough = _state_space(rate)
    powers = [np.eye(_ORDER)]
    for _ in range(_BLOCK):
        powers.append(powers[-1] @ transition)
    to_state = np.stack([input_vector @ power for power in powers[_BLOCK - 1 :: -1]])
    from_state = np.stack([power @ output_vector for power in powers[:_BLOCK]], axis=1)
    impulse_response = np.concatenate([[feedthrough], input_vector @ from_state])
    to_output = np.stack(
        [np.concatenate([np.zeros(delay), impulse_response[: _BLOCK - delay]]) for delay in range(_BLOCK)]
    )
    levels = [_level_matrices(powers[_BLOCK])]
    while len(levels) < _LEVELS:
        levels.append(_level_matrices(np.linalg.matrix_power(levels[-1].transition, _RADIX)))
    return _BlockForm(
        to_output.astype(np.float32), to_state.astype(np.float32), from_state.astype(np.float32), tuple(levels)
    )


def _level_matrices(transition: Matrix) -> _LevelMatrices:
    powers = [np.linalg.matrix_power(transition, power) for power in range(_RADIX)]
    nothing = np.zeros((_ORDER, _ORDER))
    rows = [[powers[to - by - 1] if by < to else nothing for to in range(_RADIX)] for by in range(_RADIX)]
    return _LevelMatrices(transition, np.concatenate(powers[::-1]), np.block([*rows, powers]))


def _state_space(rate: int) -> tuple[Matrix, Matrix, Matrix, float]:
    """The two sections in a row, each in transposed direct form II: state to state, sample to state, and to output."""
    (shelf_b, shelf_a), (pass_b, pass_a) = _sections(rate)
    transition = np.zeros((_ORDER, _ORDER))
    for at, a in ((0, shelf_a), (2, pass_a)):
        transition[at : at + 2, at : at + 2] = [[-a[1], -a[2]], [1, 0]]
    shelf_input, pass_input = (b[1:] - a[1:] * b[0] for b, a in ((shelf_b, shelf_a), (pass_b, pass_a)))
    transition[0, 2:] = pass_input
    input_vector = np.concatenate([shelf_input, shelf_b[0] * pass_input])
    return transition, input_vector, np.array([pass_b[0], 0, 1, 0]), float(shelf_b[0] * pass_b[0])


def _sections(rate: int) -> list[tuple[Matrix, Matrix]]:
    """The coefficients (b, a) of the shelf and of the high-pass at `rate`; at 48 kHz the tables 1 and 2 of BS.1770-4.

    Other rates get the same analogue filters by the bilinear transform, with the frequencies, qualities and gains that
    B. De Man found behind the tables ("Evaluation of implementations of the EBU R128 loudness measurement", AES 145,
    2018), and the high-pass the gain that it has in the table.
    """
    gain, band_gain = 10 ** (3.999843853973347 / 20), 10 ** (3.999843853973347 * 0.4996667741545416 / 20)
    shelf_a, middle, ends = _denominator(1681.974450955533, 0.7071752369554196, rate)
    shelf_b = np.array([gain + band_gain * middle + ends, 2 * (ends - gain), gain - band_gain * middle + ends])
    pass_a, pass_a_48k = (_denominator(38.13547087602444, 0.5003270373238773, at)[0] for at in (rate, 48_000))
    pass_b = np.array([1, -2, 1]) * pass_a_48k[0]
    return [(b / a[0], a / a[0]) for b, a in ((shelf_b, shelf_a), (pass_b, pass_a))]


def _denominator(hertz: float, quality: float, rate: int) -> tuple[Matrix, float, float]:
    """That of a second-order section, not yet divided by its first coefficient, and the two terms in it."""
    warped = math.tan(math.pi * hertz / rate)
    middle, ends = warped / quality, warped**2
    return np.array([1 + middle + ends, 2 * (ends - 1), 1 - middle + ends]), middle, ends
