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

_TABLES_RATE = 48_000
_SHELF = (1.53512485958697, -2.69169619938640, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
_HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
"""Tables 1 and 2 of BS.1770-4: (b, a) at 48 kHz."""
_CALIBRATION_HZ = 997.0
"""A full-scale sine of this frequency in one channel reads -3.01 LKFS."""
_EXACT = 1e3
"""How much more the response to 0 Hz counts than any other."""

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
    (shelf_b, shelf_a), (pass_b, pass_a) = sections(rate)
    transition = np.zeros((_ORDER, _ORDER))
    for at, a in ((0, shelf_a), (2, pass_a)):
        transition[at : at + 2, at : at + 2] = [[-a[1], -a[2]], [1, 0]]
    shelf_input, pass_input = (b[1:] - a[1:] * b[0] for b, a in ((shelf_b, shelf_a), (pass_b, pass_a)))
    transition[0, 2:] = pass_input
    input_vector = np.concatenate([shelf_input, shelf_b[0] * pass_input])
    return transition, input_vector, np.array([pass_b[0], 0, 1, 0]), float(shelf_b[0] * pass_b[0])


def sections(rate: int) -> list[tuple[Matrix, Matrix]]:
    """The coefficients (b, a) of the shelf and of the high-pass at `rate`; at 48 kHz the tables of BS.1770-4.

    At other rates the poles ring as long as the table's, and the zeros are those with which the response is nearest to
    the table's in the least squares (as M. Vicanek, "Matched second order digital filters", 2016, matches analogue
    ones). From 11 kHz on it is the same within 0.01 dB; the bilinear transform bends it by 0.2 dB at 8 kHz.
    """
    if rate == _TABLES_RATE:
        return [(np.array(b), np.array(a)) for b, a in (_SHELF, _HIGH_PASS)]
    (shelf_b, shelf_a), (pass_b, pass_a) = _SHELF, _HIGH_PASS
    hertz = np.concatenate([[0], np.geomspace(20, 0.49 * min(rate, _TABLES_RATE), 300)])
    own_a = _poles_at(shelf_a, rate)
    wanted = _power(shelf_b, hertz, _TABLES_RATE) / _power(shelf_a, hertz, _TABLES_RATE) * _power(own_a, hertz, rate)
    cosines = np.cos(2 * np.pi * np.outer(hertz, [0, 1, 2]) / rate)
    scale = 1 / wanted
    scale[0] *= _EXACT
    middle, inner, outer = np.linalg.lstsq(cosines * scale[:, np.newaxis], wanted * scale, rcond=None)[0]
    # |b|² is a polynomial whose zeros come in pairs, one within the unit circle and its mirror image without.
    zeros = np.roots([outer / 2, inner / 2, middle, inner / 2, outer / 2])
    own_b = _polynomial(zeros[np.argsort(np.abs(zeros))[:2]])
    own_b *= math.sqrt(middle + inner + outer) / abs(own_b.sum())
    own_pass_a = _poles_at(pass_a, rate)
    at = np.array([_CALIBRATION_HZ])
    gain = _power(shelf_b, at, _TABLES_RATE) * _power(pass_b, at, _TABLES_RATE)
    gain /= _power(shelf_a, at, _TABLES_RATE) * _power(pass_a, at, _TABLES_RATE)
    gain *= _power(own_a, at, rate) * _power(own_pass_a, at, rate)
    gain /= _power(own_b, at, rate) * _power(pass_b, at, rate)
    return [(own_b, own_a), (np.array(pass_b) * math.sqrt(gain[0]), own_pass_a)]


def _poles_at(a: Sequence[float], rate: int) -> Matrix:
    """The denominator at `rate` whose poles ring as those of `a` do at the tables' rate."""
    return _polynomial(np.exp(np.log(np.roots(a).astype(complex)) * (_TABLES_RATE / rate)))


def _polynomial(roots: NDArray[np.inexact]) -> Matrix:
    """The real one that has those roots."""
    return np.poly(roots).real.astype(np.float64)


def _power(coefficients: Sequence[float] | Matrix, hertz: Matrix, rate: int) -> Matrix:
    """|c0 + c1 z^-1 + c2 z^-2|² at each frequency."""
    turns = np.exp(-2j * np.pi * np.outer(hertz, [0, 1, 2]) / rate)
    power: Matrix = np.abs(turns @ np.asarray(coefficients, complex)) ** 2
    return power
