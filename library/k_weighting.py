"""The K-weighting filter of BS.1770, fast: whole blocks at a time as matrix products."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from scipy.signal import sosfilt

_BLOCK = 64
"""Frames in a row of a matrix product …"""
_ROWS = 32
"""… and rows in it, few enough that OpenBLAS does not start its threads: they would spin in between."""
_GROUP = _BLOCK * _ROWS
_ORDER = 4
_FORGOTTEN = 1e-12


class KWeighting:
    """Filters a sound that comes in chunks.

    The filter is linear, so a block's output is one matrix times its samples plus another times the state before it,
    and so is the state after it. Only the states follow from each other, and of those there is one for 64 samples
    (block state-space form; Burrus, "Block realization of digital filters", IEEE Trans. AU-20, 1972).
    """

    def __init__(self, rate: int, channels: int) -> None:
        self._sections = _sections(rate)
        self._blocks = _block_form(rate)
        self._state = np.zeros((channels, _ORDER))
        self._weighted = np.empty((channels, 0), dtype=np.float32)
        self._products = np.empty((channels, 0, _ROWS, _BLOCK + _ORDER), dtype=np.float32)

    def filter(self, lines: NDArray[np.float32]) -> NDArray[np.float32]:
        """The K-weighted sound of the next frames, [channels, frames]; the caller's until the next call."""
        channels, frames = lines.shape
        if frames > self._weighted.shape[1]:
            # Kept: for arrays that come and go at this size, most of the time goes into the kernel's clearing of pages.
            self._weighted = np.empty_like(lines)
            self._products = np.empty((channels, -(-frames // _GROUP), _ROWS, _BLOCK + _ORDER), dtype=np.float32)
        weighted = self._weighted[:, :frames]
        groups = frames // _GROUP
        for line, products, result in zip(lines, self._products, weighted, strict=True):
            blocks = line[: groups * _GROUP].reshape(groups, _ROWS, _BLOCK)
            np.matmul(blocks, self._blocks.from_samples, out=products[:groups])
            result[: groups * _GROUP].reshape(blocks.shape)[:] = products[:groups, :, :_BLOCK]
        whole = groups * _GROUP
        if groups:
            gains = self._products[:, :groups, :, _BLOCK:].reshape(channels, -1, _ORDER)
            states = self._run_states(gains).reshape(channels, groups, _ROWS, _ORDER)
            for result, state in zip(weighted, states, strict=True):
                result[:whole].reshape(groups, _ROWS, _BLOCK)[:] += state @ self._blocks.from_state
        if whole < frames:
            zi = self._state.reshape(channels, -1, 2).transpose(1, 0, 2)
            weighted[:, whole:], zi = sosfilt(self._sections, lines[:, whole:].astype(np.float64), zi=zi)
            self._state = zi.transpose(1, 0, 2).reshape(channels, _ORDER)
        return weighted

    def _run_states(self, gains: NDArray[np.float32]) -> NDArray[np.float32]:
        """The state before each block, from what each block adds to it, [channels, blocks, _ORDER].

        Summed by doubling (Hillis & Steele, "Data parallel algorithms", CACM 29, 1986), as far back as the filter
        remembers.
        """
        states = np.concatenate([self._state[:, None], gains], axis=1)
        for doubling, power in enumerate(self._blocks.powers):
            back = 1 << doubling
            if back >= states.shape[1]:
                break
            states[:, back:] += states[:, :-back] @ power
        self._state = states[:, -1].copy()
        return states[:, :-1].astype(np.float32)


@dataclass(frozen=True)
class _BlockForm:
    from_samples: NDArray[np.float32]
    """[_BLOCK, _BLOCK + _ORDER]: the block's output without a state, and what the block adds to the state."""
    from_state: NDArray[np.float32]
    """[_ORDER, _BLOCK]: what the state adds to the block's output."""
    powers: list[NDArray[np.float64]]
    """[_ORDER, _ORDER] each: what becomes of a state after 1, 2, 4 … blocks, until it is forgotten."""


@lru_cache(maxsize=16)
def _block_form(rate: int) -> _BlockForm:
    """The filter's matrices, from its answers to single samples and to single states."""
    samples = np.eye(_BLOCK + _ORDER, _BLOCK)
    state = np.eye(_BLOCK + _ORDER, _ORDER, -_BLOCK).reshape(-1, 2, 2).transpose(1, 0, 2)
    output, state = sosfilt(_sections(rate), samples, zi=state)
    states = state.transpose(1, 0, 2).reshape(-1, _ORDER)
    both = np.concatenate([output, states], axis=1)
    powers = [states[_BLOCK:]]
    while np.abs(powers[-1]).max() > _FORGOTTEN:
        powers.append(powers[-1] @ powers[-1])
    return _BlockForm(both[:_BLOCK].astype(np.float32), output[_BLOCK:].astype(np.float32), powers)


@lru_cache(maxsize=16)
def _sections(rate: int) -> NDArray[np.float64]:
    """The two sections of the filter at `rate`, [2, 6] as scipy has them, from pyloudnorm."""
    shelf = pyloudnorm.IIRfilter(4.0, 1 / math.sqrt(2), 1500.0, rate, "high_shelf")
    high_pass = pyloudnorm.IIRfilter(0.0, 0.5, 38.0, rate, "high_pass")
    return np.array([np.concatenate([section.b, section.a]) for section in (shelf, high_pass)])
