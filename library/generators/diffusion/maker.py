"""What each kind of pipeline offers to the engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from library.errors import GenerationError
from library.generators.diffusion.families import Pipeline
from library.generators.diffusion.watch import Watch
from library.sound.samples import Samples
from library.take import Recipe

PEAK = 10 ** (-1 / 20)
"""What the loudest sample becomes: -1 dBFS."""
SHOWN = 60


@dataclass(frozen=True)
class Made:
    """A take's sound, and what is kept beside it."""

    samples: Samples
    kept: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


class Maker(ABC):
    """Makes takes with one pipeline, one at a time."""

    sample_rate: int

    def __init__(self, pipeline: Pipeline, device: str) -> None:
        self.pipeline = pipeline
        self.device = device
        self._scheduler = (type(pipeline.scheduler), dict(pipeline.scheduler.config))

    @abstractmethod
    def make(self, recipe: Recipe, draft: Samples | None, watch: Watch) -> Made:
        """The take of `recipe`; `draft`: float32 [frames, channels] at `sample_rate`. Raises GenerationError."""

    def frames(self, recipe: Recipe) -> int:
        """Frames that the take has."""
        return round(recipe.duration_s * self.sample_rate)

    def renew_scheduler(self) -> None:
        """Let nothing of the take before be left in the scheduler: some keep their noise, or what they guessed."""
        kind, config = self._scheduler
        self.pipeline.scheduler = kind.from_config(config)

    def tell_of_long_prompt(self, prompt: str, most: int, watch: Watch) -> None:
        """Say so where the model doesn't read all of a prompt."""
        tokens = len(self.pipeline.tokenizer(prompt).input_ids)
        if tokens > most:
            shown = prompt if len(prompt) <= SHOWN else f"{prompt[:SHOWN]}…"
            watch.tell(f"“{shown}” is too long: the model reads the first {most} of its {tokens} tokens.")


def noise_generator(seed: int) -> torch.Generator:
    """Where a take's noise comes from: on the CPU, so that a seed means the same on every device."""
    return torch.Generator("cpu").manual_seed(seed)


@contextmanager
def seeded(seed: int, device: str) -> Iterator[None]:
    """Let what draws from torch's own generator, as encoders of drafts do, depend on the seed alone."""
    with torch.random.fork_rng(devices=[torch.cuda.current_device()] if device.startswith("cuda") else []):
        torch.manual_seed(seed)
        yield


def at_peak(samples: NDArray[np.float32]) -> Samples:
    """Samples [frames, channels] as loud as can be without clipping; silence stays what it is."""
    if not np.isfinite(samples).all():
        raise GenerationError(
            "The model made no sound, but numbers that are none.",
            "Set precision to float32, fewer guidance or other steps, or choose another model.",
        )
    loudest = float(np.abs(samples).max(initial=0.0))
    louder: Samples = (samples * (PEAK / loudest)).astype(np.float32) if loudest > 0 else samples
    return louder
