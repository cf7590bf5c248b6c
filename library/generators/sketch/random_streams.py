"""Counter-based random streams: what is drawn for a voice in a bar depends on nothing that was drawn elsewhere."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Choice = TypeVar("Choice")


class RandomStream:
    """Draws from a Philox-4x64 stream (Salmon et al. 2011), by its raw words: the same in every numpy."""

    def __init__(self, bits: np.random.Philox) -> None:
        self._bits = bits

    def uniform(self, low: float = 0.0, high: float = 1.0) -> float:
        """A number in [low, high)."""
        return low + (high - low) * float(self._bits.random_raw() >> 11) * 2.0**-53

    def happens(self, probability: float) -> bool:
        return self.uniform() < probability

    def below(self, count: int) -> int:
        """An integer from 0 to count - 1."""
        return min(int(self.uniform() * count), count - 1)

    def pick(self, choices: Sequence[Choice], weights: Sequence[float] | None = None) -> Choice:
        """One of `choices`, the likelier the greater its weight."""
        if weights is None:
            return choices[self.below(len(choices))]
        mark = self.uniform() * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            mark -= weight
            if mark < 0:
                return choice
        return choices[-1]

    def noise(self, frames: int) -> NDArray[np.float32]:
        """White noise, uniform in [-1, 1): float32 [frames]."""
        raw = np.asarray(self._bits.random_raw((frames + 1) // 2), np.uint64).view(np.int32)[:frames]
        return raw.astype(np.float32) * np.float32(2.0**-31)


class RandomStreams:
    """The independent random streams of a take, keyed by what fixes it."""

    def __init__(self, *origin: str | int) -> None:
        text = "\0".join(map(str, origin)).encode()
        self._key = np.frombuffer(hashlib.sha256(text).digest()[:16], "<u8")

    def stream(self, purpose: str, index: int = 0) -> RandomStream:
        """A fresh stream for `purpose` (a voice, a decision), at `index` (a bar, a pitch)."""
        word = int.from_bytes(hashlib.sha256(purpose.encode()).digest()[:8], "little")
        counter = np.array([0, 0, index, word], np.uint64)
        return RandomStream(np.random.Philox(key=self._key, counter=counter))
