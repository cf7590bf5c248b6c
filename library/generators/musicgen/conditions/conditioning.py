"""Turns a prompt and a melody into what the transformer is conditioned on, each take's alone.

audiocraft pads the prompts of a batch to the longest one, so that a take depends on its neighbours. Here every take's
conditions are made as when audiocraft makes one take, on one thread.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Module

from library.generators.api import Context
from library.generators.machine.torch_threads import torch_threads
from library.generators.musicgen.conditions.chroma import MelodyChroma
from library.generators.musicgen.loading.audiocraft_import import audiocraft
from library.generators.musicgen.prompt_words import prompt_remarks

from audiocraft.modules.conditioners import (  # isort: skip - after audiocraft_import
    ClassifierFreeGuidanceDropout,
    ConditioningAttributes,
    WavCondition,
)

_ = audiocraft

CACHE_SIZE = 64
"""Conditions kept for takes that share them."""


@dataclass(frozen=True, eq=False)
class Melody:
    """A draft whose melody a take follows."""

    sound: str
    """The draft's id."""
    wave: Tensor
    """[channels, samples] at the model's rate, at least one sample."""
    context: Context
    """Whom to tell how far finding it is, and who keeps what was found."""


@dataclass(frozen=True, eq=False)
class Condition:
    """What a window of a take is conditioned on: rows for the prompt and for the null condition."""

    prefix: Tensor
    """[2, length, dim] in front of the sequence; length 0 for models that attend to the text."""
    text: Tensor | None
    """[2, length, dim] to attend to; None for models that have it in the prefix."""


class Conditioning:
    """The conditioners of one model."""

    def __init__(self, lm: Module, sample_rate: int, window_s: float, made_by: str) -> None:
        """`made_by` stands for all that a melody's chroma may depend on besides the sound."""
        self._provider = lm.condition_provider
        self._fuser = lm.fuser
        self._tokenizer = self._provider.conditioners["description"].t5_tokenizer
        self._dim: int = lm.dim
        self._rate = sample_rate
        self._window = int(window_s * sample_rate)
        self._cache: OrderedDict[tuple[str, str | None, float], Condition] = OrderedDict()
        self.follows_melodies = "self_wav" in self._provider.conditioners
        self._chroma = MelodyChroma(self._provider.conditioners["self_wav"], made_by) if self.follows_melodies else None

    def pieces(self, prompt: str) -> tuple[int, ...]:
        """What the text encoder is given for `prompt`: prompts with the same pieces give the same takes."""
        return tuple(self._tokenizer(prompt).input_ids)

    def remarks(self, prompts: Sequence[str]) -> tuple[str, ...]:
        """What a user should know of `prompts` before anything is made of them."""
        return prompt_remarks(prompts, self._tokenizer.sp_model)

    def condition(self, prompt: str, melody: Melody | None, offset_s: float) -> Condition:
        """The condition of the window that starts `offset_s` into a take. The same object for the same arguments."""
        key = (prompt, None, 0.0) if melody is None else (prompt, melody.sound, offset_s)
        if key not in self._cache:
            self._cache[key] = self._make(prompt, melody, offset_s)
            while len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        self._cache.move_to_end(key)
        return self._cache[key]

    def close(self) -> None:
        if self._chroma is not None:
            self._chroma.close()

    def _make(self, prompt: str, melody: Melody | None, offset_s: float) -> Condition:
        nothing = WavCondition(torch.zeros(1, 1, 1), torch.tensor([0]), [self._rate], [None], [0.0])
        attributes = ConditioningAttributes(text={"description": prompt}, wav={"self_wav": nothing})
        if self._chroma is not None:
            followed = silence = self._chroma.silence
            if melody is not None:
                wave = self._melody_window(melody.wave, offset_s)[None]
                followed = self._chroma.chroma(wave, f"{melody.sound} {offset_s}", melody.context)
            # In the place of what audiocraft separates anew for every prompt, silence included.
            both = torch.cat([followed, silence])
            self._provider.conditioners["self_wav"]._get_wav_embedding = lambda _: both  # noqa: SLF001
        with torch.inference_mode(), torch_threads(1):
            attributes_and_null = [attributes, *ClassifierFreeGuidanceDropout(p=1.0)([attributes])]
            tensors = self._provider(self._provider.tokenize(attributes_and_null))
            prefix, text = self._fuser(torch.zeros(2, 0, self._dim), tensors)
        return Condition(prefix, text)

    def _melody_window(self, wave: Tensor, offset_s: float) -> Tensor:
        """A window's length of `wave`, repeated as often as need be, from `offset_s` on.

        audiocraft does this for takes over one window only; doing it always makes a short take the start of a long one.
        """
        start = int(offset_s * self._rate)
        return wave[:, torch.arange(start, start + self._window) % wave.shape[-1]]
