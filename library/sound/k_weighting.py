"""The K-weighting filter of BS.1770, fast: whole blocks at a time as matrix products."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from library.sound.scratch import Scratch

_BLOCK = 32
"""Frames in a row of a matrix product …"""
_ROWS = 128
"""… and rows in it, few enough that OpenBLAS does not start its threads: they would spin in between."""
GROUP = _BLOCK * _ROWS
_FAN = 8
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

    def __init__(self, rate: int, channels: int, frames: int, scratch: Scratch) -> None:
        """At most `frames` come at a time, a multiple of GROUP."""
        self._form = _block_form(rate)
        self._state = np.zeros((channels, _ORDER))
        blocks = (channels, frames // GROUP, _ROWS)
        self._gains, self._states, self._echoes, self._weighted = (
            scratch.array(name, (*blocks, width), np.float32)
            for name, width in (("gains", _ORDER), ("states", _ORDER), ("passing 1", _BLOCK), ("passing 2", _BLOCK))
        )

    def filter(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """The K-weighted sound of the next frames, [channels, frames]; the caller's until the next call.

        The frames must be a multiple of GROUP.
        """
        blocks = lines.reshape(len(lines), -1, _ROWS, _BLOCK)
        parts = (self._gains, self._states, self._echoes, self._weighted)
        gains, states, echoes, weighted = (part[:, : blocks.shape[1]] for part in parts)
        np.matmul(blocks, self._form.to_state, out=gains)
        before = _run(gains.reshape(len(lines), -1, _ORDER), self._state, self._form.fans)
        states[:] = before.reshape(gains.shape)
        self._state = before[:, -1] @ self._form.fans[0].carry + gains[:, -1, -1]
        np.matmul(states, self._form.from_state, out=echoes)
        np.matmul(blocks, self._form.to_output, out=weighted)
        np.add(weighted, echoes, out=weighted)
        return weighted.reshape(lines.shape)


def _run(gains: NDArray[np.floating], state: Matrix, fans: Sequence[_Fan]) -> Matrix:
    """The state before each block, from that before the first and what each adds, [channels, blocks, _ORDER]."""
    channels, count, _ = gains.shape
    if count % _FAN:
        gains = np.concatenate([gains, np.zeros((channels, -count % _FAN, _ORDER))], axis=1)
    eights = np.empty((channels, -(-count // _FAN), (_FAN + 1) * _ORDER))
    eights[..., :-_ORDER] = gains.reshape(channels, len(eights[0]), -1)
    eights[..., -_ORDER:] = (
        state[:, np.newaxis] if count <= _FAN else _run(eights[..., :-_ORDER] @ fans[0].to_state, state, fans[1:])
    )
    # No more rows at once, or OpenBLAS would start its threads.
    rows = math.gcd(len(eights[0]), _ROWS)
    states: Matrix = eights.reshape(channels, -1, rows, len(fans[0].to_states)) @ fans[0].to_states
    return states.reshape(channels, -1, _ORDER)[:, :count]


@dataclass(frozen=True)
class _Fan:
    """From what each of eight blocks adds to the state, in a row; blocks of one level."""

    carry: Matrix
    """[_ORDER, _ORDER]: what becomes of a state after a block."""
    to_state: Matrix
    """[_FAN * _ORDER, _ORDER]: what the eight add to the state."""
    to_states: Matrix
    """[(_FAN + 1) * _ORDER, _FAN * _ORDER]: with the state before them, the state before each."""


@dataclass(frozen=True)
class _BlockForm:
    to_output: NDArray[np.float32]
    """[_BLOCK, _BLOCK]: the block's output without a state."""
    to_state: NDArray[np.float32]
    """[_BLOCK, _ORDER]: what the block adds to the state."""
    from_state: NDArray[np.float32]
    """[_ORDER, _BLOCK]: what the state adds to the block's output."""
    fans: tuple[_Fan, ...]


@lru_cache(maxsize=16)
def _block_form(rate: int) -> _BlockForm:
    """The filter's matrices, from its state-space form; states are rows, so each is on the left of its matrix."""
    carry, enter, leave, through = _state_space(rate)
    powers = [np.eye(_ORDER)]
    for _ in range(_BLOCK):
        powers.append(powers[-1] @ carry)
    to_state = np.stack([enter @ power for power in powers[_BLOCK - 1 :: -1]])
    from_state = np.stack([power @ leave for power in powers[:_BLOCK]], axis=1)
    answer = np.concatenate([[through], enter @ from_state])
    to_output = np.stack([np.concatenate([np.zeros(late), answer[: _BLOCK - late]]) for late in range(_BLOCK)])
    fans = [_fan(powers[_BLOCK])]
    while len(fans) < _LEVELS:
        fans.append(_fan(np.linalg.matrix_power(fans[-1].carry, _FAN)))
    return _BlockForm(
        to_output.astype(np.float32), to_state.astype(np.float32), from_state.astype(np.float32), tuple(fans)
    )


def _fan(carry: Matrix) -> _Fan:
    powers = [np.linalg.matrix_power(carry, power) for power in range(_FAN)]
    nothing = np.zeros((_ORDER, _ORDER))
    rows = [[powers[to - by - 1] if by < to else nothing for to in range(_FAN)] for by in range(_FAN)]
    return _Fan(carry, np.concatenate(powers[::-1]), np.block([*rows, powers]))


def _state_space(rate: int) -> tuple[Matrix, Matrix, Matrix, float]:
    """The two sections in a row, each in transposed direct form II: state to state, sample to state, and to output."""
    (shelf_b, shelf_a), (pass_b, pass_a) = _sections(rate)
    carry = np.zeros((_ORDER, _ORDER))
    for at, a in ((0, shelf_a), (2, pass_a)):
        carry[at : at + 2, at : at + 2] = [[-a[1], -a[2]], [1, 0]]
    shelf_enter, pass_enter = (b[1:] - a[1:] * b[0] for b, a in ((shelf_b, shelf_a), (pass_b, pass_a)))
    carry[0, 2:] = pass_enter
    enter = np.concatenate([shelf_enter, shelf_b[0] * pass_enter])
    return carry, enter, np.array([pass_b[0], 0, 1, 0]), float(shelf_b[0] * pass_b[0])


def _sections(rate: int) -> list[tuple[Matrix, Matrix]]:
    """The coefficients (b, a) of the shelf and of the high-pass at `rate`: those of pyloudnorm.

    They are the formulas of R. Bristow-Johnson, "Cookbook formulae for audio equalizer biquad filter coefficients",
    with the parameters that give the standard's table at 48 kHz. Written down here, as pyloudnorm itself takes half a
    second to load.
    """
    sections = []
    for kind, hertz, quality in (("shelf", 1500.0, 1 / math.sqrt(2)), ("pass", 38.0, 0.5)):
        turn = 2 * math.pi * (hertz / rate)
        cosine, alpha = math.cos(turn), math.sin(turn) / (2 * quality)
        if kind == "shelf":
            gain = 10 ** (4 / 40)
            more, less, bend = gain + 1, gain - 1, 2 * math.sqrt(gain) * alpha
            b = [
                gain * (more + less * cosine + bend),
                -2 * gain * (less + more * cosine),
                gain * (more + less * cosine - bend),
            ]
            a = [more - less * cosine + bend, 2 * (less - more * cosine), more - less * cosine - bend]
        else:
            b = [(1 + cosine) / 2, -(1 + cosine), (1 + cosine) / 2]
            a = [1 + alpha, -2 * cosine, 1 - alpha]
        sections.append((np.array(b) / a[0], np.array(a) / a[0]))
    return sections
