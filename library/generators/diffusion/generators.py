"""The three generators: each loads the pipeline that a recipe names, keeps it, and makes takes with it."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from library.errors import GenerationError
from library.generators.diffusion.families import ACE_STEP, RIFFUSION, STABLE_AUDIO, Family, Pipeline
from library.generators.loading.one_model import Choice, Loaded, OneModelGenerator, told_in_words
from library.take import Recipe

if TYPE_CHECKING:
    from library.generators.diffusion.engine import DiffusionEngine
    from library.generators.diffusion.loading.pipeline_files import PipelineFiles
    from library.generators.diffusion.maker import Maker
    from library.generators.loading.fetching import Fetch


class PipelineGenerator(OneModelGenerator):
    """What all have in common: takes are made one at a time, by a pipeline that lies in one folder."""

    family: Family

    @abstractmethod
    def make_maker(self, pipeline: Pipeline, device: str) -> Maker:
        """What makes takes with such a pipeline."""

    @property
    def name(self) -> str:  # type: ignore[override] # which is one and the same for each class
        return self.family.generator

    def choose(self, recipe: Recipe) -> Choice:
        return Choice(recipe.model or self.family.example, str(recipe.settings.get("precision", "")))

    def load(self, choice: Choice, asked: str, failed: frozenset[str], fetch: Fetch) -> Loaded:
        # Half a minute of imports on a cold disk: here, where they can be waited for and cancelled.
        from library.generators.diffusion.loading import pipeline_files
        from library.generators.diffusion.loading.pipeline import BYTES

        with told_in_words(choice.model):
            files = pipeline_files.find_pipeline(choice.model, self.family, fetch)
            from library.generators.machine import devices

            half_size = files.numbers * BYTES[choice.precision or self.family.on_gpu]
            device, remark = devices.choose_device(asked, half_size, failed)
            revision = files.revision()
            try:
                return Loaded(self._on(device, files, revision, choice), remark)
            except RuntimeError as error:
                if device == "cpu":
                    raise
                remark = devices.fallen_back(device, devices.first_line(error))
            return Loaded(self._on("cpu", files, revision, choice), remark)

    def _on(self, device: str, files: PipelineFiles, revision: str, choice: Choice) -> DiffusionEngine:
        """The engine on that device. Raises RuntimeError where the device fails, GenerationError for all else."""
        from library.generators.diffusion.engine import DiffusionEngine
        from library.generators.diffusion.loading.pipeline import build, check_memory

        precision = choice.precision or ("float32" if device == "cpu" else self.family.on_gpu)
        if precision == "float16" and device == "cpu":
            raise GenerationError("float16 is for GPUs, and this is the CPU.", "Set precision to float32 or bfloat16.")
        check_memory(files, precision)
        pipeline = build(files, self.family, precision).to(device)
        maker = self.make_maker(pipeline, device)
        return DiffusionEngine(maker, files, revision, packages=self.family.packages, precision=precision)


class Riffusion(PipelineGenerator):
    """Stable Diffusion on pictures of spectrograms."""

    family = RIFFUSION

    def make_maker(self, pipeline: Pipeline, device: str) -> Maker:
        from library.generators.diffusion.riffusion.maker import RiffusionMaker

        return RiffusionMaker(pipeline, device)


class AceStep(PipelineGenerator):
    """ACE-Step 1.5."""

    family = ACE_STEP

    def make_maker(self, pipeline: Pipeline, device: str) -> Maker:
        from library.generators.diffusion.waveforms import AceStepMaker

        return AceStepMaker(pipeline, device)


class StableAudio(PipelineGenerator):
    """Stable Audio Open."""

    family = STABLE_AUDIO

    def make_maker(self, pipeline: Pipeline, device: str) -> Maker:
        from library.generators.diffusion.waveforms import StableAudioMaker

        return StableAudioMaker(pipeline, device)
