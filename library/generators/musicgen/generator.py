"""The MusicGen generator: loads the model a recipe names, keeps it, and makes takes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from library.generators.loading.one_model import Choice, Loaded, OneModelGenerator, told_in_words
from library.generators.musicgen.published_models import full_name
from library.generators.musicgen.spec import SPEC
from library.take import Recipe

if TYPE_CHECKING:
    from library.generators.loading.fetching import Fetch

MAX_SLOTS = 16
"""Takes side by side: on the CPU more make no more a minute."""


class MusicGen(OneModelGenerator):
    """Takes from Meta's MusicGen and checkpoints built like it, many at once, as rows of one batch."""

    name = SPEC.name

    def choose(self, recipe: Recipe) -> Choice:
        return Choice(full_name(recipe.model))

    def load(self, choice: Choice, asked: str, failed: frozenset[str], fetch: Fetch) -> Loaded:
        # Half a minute of imports on a cold disk: here, where they can be waited for and cancelled.
        from library.generators.machine import devices
        from library.generators.musicgen.loading import checkpoint, checkpoint_files
        from library.generators.musicgen.run.engine import InferenceEngine

        with told_in_words(choice.model):
            found = checkpoint.load(checkpoint_files.find_checkpoint(choice.model, fetch), fetch)
            half_size = 2 * sum(weight.numel() for weight in found.lm.parameters())
            device, remark = devices.choose_device(asked, half_size, failed)
            try:
                return Loaded(InferenceEngine(found, device, MAX_SLOTS), remark)
            except RuntimeError as error:
                if device == "cpu":
                    raise
                remark = devices.fallen_back(device, devices.first_line(error))
            # Its weights have been moved out of the checkpoint: it is read once more.
            found = checkpoint.load(found.files)
            return Loaded(InferenceEngine(found, "cpu", MAX_SLOTS), remark)
