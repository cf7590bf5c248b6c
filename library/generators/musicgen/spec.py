"""What MusicGen is and takes, told without loading it: no torch here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

from library.errors import GenerationError
from library.generators.musicgen.published_models import LONGEST_S, META_LICENCE, PUBLISHED, full_name, published
from library.generators.spec import Setting, Spec
from library.take import DraftUse

PREFIX = "facebook/musicgen-"
SETTINGS = (
    Setting(name="temperature", kind="number", default=1.0, low=0, high=100, above_low=True,
            help="Randomness of sampling."),
    Setting(name="guidance", kind="number", default=3.0, low=0, high=100, help="How closely to follow the prompt."),
    Setting(name="top_k", kind="whole", default=250, low=0, high=1_000_000,
            help="Sample from so many of the likeliest tokens; 0 means all."),
    Setting(name="top_p", kind="number", default=0.0, low=0, high=1,
            help="Sample from the likeliest tokens with this total probability; 0 turns it off."),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class MusicGenSpec(Spec):
    """Knows Meta's checkpoints by name, and what a text encoder makes of prompts."""

    @property
    def remedy(self) -> str | None:
        """How to install it, where it isn't."""
        if find_spec("audiocraft") is None or find_spec("torch") is None:
            return "To add it, run `make musicgen` in Earmark's folder (about 3 GB)."
        return None

    def full_model(self, model: str | None) -> str | None:
        """The hub's name for what may be typed short."""
        return full_name(model)

    @property
    def typed_models(self) -> tuple[str, ...]:
        """Each by its short name, too."""
        return tuple(name for model in self.models for name in (model.removeprefix(PREFIX), model))

    def about(self, model: str | None) -> str:
        """Sound, size and licence of one of Meta's."""
        known = published(full_name(model))
        if known is None:
            return "Any MusicGen checkpoint that audiocraft can load. Check the licence of its weights."
        follows = ", follows melodies" if known.melody else ""
        sound = "stereo" if known.stereo else "mono"
        return (
            f"Meta's {known.name.removeprefix('facebook/')}: {sound}{follows}, a {known.gigabytes:g} GB download. "
            f"Weights: {META_LICENCE}, no commercial use."
        )

    def remarks(self, prompts: Sequence[str], model: str | None) -> tuple[str, ...]:
        """What the text encoder can't read of them, or tell apart."""
        from library.generators.musicgen.prompt_words import light_remarks

        return light_remarks(prompts, model)

    def check_draft(self, use: DraftUse, model: str | None) -> None:
        """Only some models follow a melody.

        Of a model that isn't on this machine nothing is known, unless it is one of Meta's; it refuses by itself.
        """
        super().check_draft(use, model)
        if use == "melody":
            from library.generators.musicgen.melody_support import follows_melodies

            if follows_melodies(model) is False:
                raise GenerationError(
                    f"{full_name(model)} can't follow a melody.",
                    "Choose a melody model, e.g. facebook/musicgen-melody, or continue from the draft instead.",
                )


SPEC = MusicGenSpec(
    name="musicgen",
    title="MusicGen",
    line="Meta's MusicGen, and any checkpoint built like it: from text, a melody, or the beginning of a piece.",
    made_by="library.generators.musicgen.generator:MusicGen",
    models=tuple(model.name for model in PUBLISHED),
    other_models=True,
    settings=SETTINGS,
    draws_tokens=True,
    drafts=("melody", "continuation"),
    extends=True,
    longest_s=LONGEST_S,
    devices=("auto", "cpu", "cuda", "mps"),
    licence=f"{META_LICENCE} for takes of Meta's weights",
    seeded="yes",
    exact=True,
)


def specs() -> tuple[Spec, ...]:
    """The one generator of this folder."""
    return (SPEC,)
