"""Memory for arrays that is used again: for new ones each time, the kernel's clearing of pages takes longest."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

_ALIGNED = 64
"""Bytes of a cache line."""
_MAX_SPARE, _MAX_SPARE_BYTES = 8, 1 << 24
"""So many are kept for the next to borrow, of this size at most."""


class Buffers:
    """Arrays by name, whose memory is used again."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[np.uint8]] = {}

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """The array of that name, whatever it holds; it shares its memory with the one that had the name before."""
        dtype = np.dtype(dtype)
        size = math.prod(shape) * dtype.itemsize
        buffer = self._arrays.get(name)
        if buffer is None or len(buffer) < size:
            whole = np.empty(size + _ALIGNED, np.uint8)
            start = -whole.ctypes.data % _ALIGNED
            buffer = self._arrays[name] = whole[start : start + size]
        return buffer[:size].view(dtype).reshape(shape)

    @property
    def size(self) -> int:
        """Bytes held."""
        return sum(map(len, self._arrays.values()))


_spare: list[Buffers] = []


def borrow_buffers() -> Buffers:
    """Buffers that nobody else uses until they are returned. Those that never are go the way of all garbage."""
    try:
        return _spare.pop()
    except IndexError:
        return Buffers()


def return_buffers(buffers: Buffers) -> None:
    """Let the next borrower have it; its arrays must not be used any more."""
    if len(_spare) < _MAX_SPARE and buffers.size <= _MAX_SPARE_BYTES:
        _spare.append(buffers)
