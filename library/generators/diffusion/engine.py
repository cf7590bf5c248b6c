"""A pipeline on a device that makes takes, one at a time: in a batch they would differ in their last bits."""

from __future__ import annotations

import platform
import warnings
from collections.abc import Iterator, Sequence
from importlib.metadata import version

import msgspec
import numpy as np
import soundfile
import soxr
import torch

from library.errors import GenerationError
from library.generators.api import CancelledError, Context, Failed, Rendered
from library.generators.diffusion.loading.pipeline_files import PipelineFiles
from library.generators.diffusion.maker import Made, Maker, seeded
from library.generators.diffusion.watch import RejectedError, Watch
from library.generators.machine.devices import first_line
from library.generators.machine.memory import OutOfMemoryError, is_out_of_memory, release_unused
from library.sound.samples import Samples
from library.take import Recipe

PACKAGES = ("diffusers", "torch", "torchaudio", "transformers", "numpy")
"""Whose versions a take's bits may depend on."""
ALGORITHM = "1"
"""Raise it with every change that changes a take's sound."""


class DiffusionEngine:
    """One pipeline on one device."""

    def __init__(
        self, maker: Maker, files: PipelineFiles, revision: str, *, packages: Sequence[str], precision: str
    ) -> None:
        """`packages`: whose versions its takes may depend on, besides those that all have."""
        self.device = device = maker.device
        self._maker: Maker | None = maker
        self._name = files.name
        self._revision = revision
        self._licence = files.licence
        facts = {name: version(name) for name in (*PACKAGES, *packages)}
        facts |= {"device": device, "dtype": precision, "machine": platform.machine(), "takes made by": ALGORITHM}
        if device.startswith("cuda"):
            facts["gpu"] = torch.cuda.get_device_name()
        else:
            # Sums are split among threads, and their last bits with them.
            facts |= {"cpu": torch.backends.cpu.get_cpu_capability(), "threads": str(torch.get_num_threads())}
        self._fingerprint = facts

    def close(self) -> None:
        """Give back the memory of its weights."""
        self._maker = None
        release_unused(self.device)

    def generate(self, recipes: Sequence[tuple[int, Recipe]], context: Context) -> Iterator[Rendered | Failed]:
        """Make the takes of `recipes`, each with its index. Ends early when `context` says so."""
        for place, (index, recipe) in enumerate(recipes):
            if context.cancelled():
                return
            try:
                yield self._take(index, recipe, Watch(context, index, place, len(recipes)), context)
            except CancelledError:
                return
            except RejectedError as error:
                yield Failed(index, error.told)
            except GenerationError as error:
                yield Failed(index, error)

    def _take(self, index: int, recipe: Recipe, watch: Watch, context: Context) -> Rendered:
        maker = self._maker
        if maker is None:
            raise GenerationError(f"{self._name} isn't loaded any more.", "Try again.")
        draft = self._draft(recipe, maker, context)
        watch.note("")
        try:
            with (
                warnings.catch_warnings(),
                torch.inference_mode(),
                seeded(recipe.seed, self.device),
                watch.inside(maker.pipeline.components),
            ):
                warnings.simplefilter("ignore")  # meant for those who write pipelines
                made = maker.make(recipe, draft, watch)
        except (RuntimeError, MemoryError) as error:
            if is_out_of_memory(error):
                release_unused(self.device)
                raise OutOfMemoryError(self._name) from error
            if self.device != "cpu":
                raise
            raise self._failed(error) from error
        except (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._failed(error) from error
        return self._rendered(index, recipe, maker, made)

    def _failed(self, error: Exception) -> GenerationError:
        return GenerationError(
            f"{self._name} failed while it made the take: {first_line(error)}.",
            "Check the model's files, or choose another model or other settings.",
        )

    def _draft(self, recipe: Recipe, maker: Maker, context: Context) -> Samples | None:
        if recipe.draft is None:
            return None
        sound, rate = context.draft(recipe.draft.sound)
        if not sound.size:
            raise GenerationError("The draft is empty.", "Choose another draft.")
        converted = sound if rate == maker.sample_rate else soxr.resample(sound, rate, maker.sample_rate, quality="HQ")
        return np.asarray(converted, np.float32)

    def _rendered(self, index: int, recipe: Recipe, maker: Maker, made: Made) -> Rendered:
        # A draft's id stands for the file where it is lossy, and decoders and resamplers differ in the last bits.
        decoder = {"libsndfile": soundfile.__libsndfile_version__, "soxr": soxr.__version__} if recipe.draft else {}
        completed = msgspec.structs.replace(
            recipe,
            model=self._name,
            revision=self._revision,
            licence=self._licence,
            fingerprint=self._fingerprint | decoder,
            exact=self.device == "cpu",
        )
        return Rendered(index, completed, made.samples, maker.sample_rate, made.kept)
