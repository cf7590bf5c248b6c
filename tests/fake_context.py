"""A context for running generators without a worker process."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass
class FakeContext:
    """What the worker process offers to a generator, for tests."""

    extends: str | tuple[str, ...] | None = None
    drafts: dict[str, tuple[np.ndarray, int]] = field(default_factory=dict)
    saved: dict[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    reports: list = field(default_factory=list)
    stop: Callable[[], bool] = lambda: False
    previews: bool = False
    device: str = "auto"
    told: list[str] = field(default_factory=list)
    previewed: list[tuple[int, np.ndarray, int]] = field(default_factory=list)
    rejected: frozenset[int] = frozenset()

    memory: dict[str, Mapping[str, np.ndarray]] = field(default_factory=dict)
    """What was kept for later."""

    def kept(self, key: str) -> Mapping[str, np.ndarray] | None:
        return self.memory.get(key)

    def keep(self, key: str, arrays: Mapping[str, np.ndarray]) -> None:
        self.memory[key] = dict(arrays)

    def tell(self, words: str) -> None:
        self.told.append(words)

    def parent(self, index: int) -> str | None:
        return self.extends[index] if isinstance(self.extends, tuple) else self.extends

    def report(self, progress) -> None:
        self.reports.append(progress)

    def cancelled(self) -> bool:
        return self.stop()

    def draft(self, sound: str):
        return self.drafts[sound]

    def tokens(self, sound: str):
        return self.saved.get(sound)

    def unwanted(self) -> frozenset[int]:
        return self.rejected

    def listened(self) -> frozenset[int]:
        return frozenset()

    def preview(self, index: int, samples: np.ndarray, sample_rate: int) -> None:
        self.previewed.append((index, samples, sample_rate))
