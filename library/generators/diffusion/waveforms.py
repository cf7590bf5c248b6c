"""Pipelines that diffuse a sound's own latents: ACE-Step and Stable Audio, both with an Oobleck autoencoder."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from library.errors import GenerationError
from library.generators.diffusion.families import Pipeline
from library.generators.diffusion.maker import Made, Maker, at_peak, noise_generator
from library.generators.diffusion.watch import Watch
from library.sound.samples import Samples
from library.take import Recipe

TILE = 256
"""Latent frames decoded at a time, some ten seconds: a take of any length needs the same memory, and can be stopped."""
TILE_OVERLAP = 32
LEAST_WORK = 0.1
"""What decoding counts, in times of all steps."""


class WaveformMaker(Maker):
    """What both have in common."""

    def __init__(self, pipeline: Pipeline, device: str) -> None:
        super().__init__(pipeline, device)
        self.vae = pipeline.vae
        self.sample_rate = int(self.vae.config.sampling_rate)
        self.hop = math.prod(self.vae.config.downsampling_ratios)
        self.vae.enable_tiling()
        self.vae.tile_latent_min_length, self.vae.tile_latent_overlap = TILE, TILE_OVERLAP
        self.vae.tile_sample_min_length = TILE * self.hop
        self.vae.tile_sample_overlap = TILE_OVERLAP * self.hop

    def decode(self, latents: Tensor, frames: int) -> Samples:
        """The first `frames` of the sound of latents [1, numbers, n]; no more of it is decoded than that takes."""
        enough = math.ceil(frames / self.hop) + TILE_OVERLAP
        sound = self.vae.decode(latents[:, :, :enough]).sample[0, :, :frames]
        return at_peak(np.ascontiguousarray(sound.float().cpu().numpy().T))

    def waveform(self, draft: Samples, frames: int) -> Tensor:
        """A draft as the autoencoder takes it, [channels, frames]: cut, or with silence behind it."""
        channels = int(self.vae.config.audio_channels)
        sound = draft[:frames]
        if sound.shape[1] != channels:
            sound = np.repeat(sound.mean(1, keepdims=True), channels, axis=1)
        padded = np.zeros((frames, channels), np.float32)
        padded[: len(sound)] = sound
        return torch.from_numpy(np.ascontiguousarray(padded.T))


class StableAudioMaker(WaveformMaker):
    """Stable Audio Open."""

    def make(self, recipe: Recipe, draft: Samples | None, watch: Watch) -> Made:
        longest = self.pipeline.transformer.config.sample_size * self.hop / self.sample_rate
        if recipe.duration_s > longest:
            raise GenerationError(
                f"The model makes takes of up to {longest:.2f} s.",
                f"Ask for {math.floor(longest * 10) / 10:g} s or less.",
            )
        settings = recipe.settings
        steps = int(settings.get("steps", 100))
        watch.expect(steps * (1 + LEAST_WORK))
        self.tell_of_long_prompt(recipe.prompt, self.pipeline.tokenizer.model_max_length, watch)
        self.renew_scheduler()
        latents = self.pipeline(
            recipe.prompt,
            audio_end_in_s=recipe.duration_s,
            num_inference_steps=steps,
            guidance_scale=float(settings.get("guidance", 7.0)),
            negative_prompt=settings.get("negative"),
            generator=noise_generator(recipe.seed),
            callback=lambda *_: watch.advance(),
            output_type="latent",
        ).audios
        watch.note("making its sound")
        return Made(self.decode(latents, self.frames(recipe)))


class AceStepMaker(WaveformMaker):
    """ACE-Step 1.5."""

    def make(self, recipe: Recipe, draft: Samples | None, watch: Watch) -> Made:
        settings = recipe.settings
        steps, frames = int(settings.get("steps", 8)), self.frames(recipe)
        watch.expect(steps * (1 + LEAST_WORK))
        self.tell_of_long_prompt(recipe.prompt, 256, watch)
        self.renew_scheduler()
        latents = self.pipeline(
            recipe.prompt,
            lyrics=str(settings.get("lyrics", "")),
            vocal_language=settings.get("language", "en"),
            audio_duration=recipe.duration_s,
            bpm=settings.get("bpm"),
            keyscale=settings.get("key"),
            timesignature=settings.get("meter"),
            num_inference_steps=steps,
            guidance_scale=float(settings.get("guidance", 7.0)),
            shift=float(settings.get("shift", 3.0)),
            generator=noise_generator(recipe.seed),
            callback_on_step_end=watch.after_step(1.0),
            output_type="latent",
            **({} if draft is None else self._with_draft(recipe, draft, frames)),
        ).audios
        watch.note("making its sound")
        return Made(self.decode(latents.transpose(1, 2), frames))

    def _with_draft(self, recipe: Recipe, draft: Samples, frames: int) -> dict[str, object]:
        """What the pipeline makes of a draft: a cover of it, or what comes after it."""
        padded = math.ceil(frames / self.hop) * self.hop
        if recipe.draft is not None and recipe.draft.use == "continuation":
            until = recipe.draft.until_s
            start = len(draft) / self.sample_rate if until is None else min(until, len(draft) / self.sample_rate)
            if start >= recipe.duration_s:
                raise GenerationError(
                    f"The draft is {start:.1f} s long, but the whole take is only {recipe.duration_s:g} s.",
                    "Make the take longer, or continue from an earlier point in the draft.",
                )
            kept = self.waveform(draft[: round(start * self.sample_rate)], padded)
            return {"task_type": "repaint", "src_audio": kept, "repainting_start": start}
        if self.pipeline.audio_tokenizer is None or self.pipeline.audio_token_detokenizer is None:
            raise GenerationError(
                "This model can't follow a draft as melody: it comes without what reads one (audio_tokenizer, "
                "audio_token_detokenizer).",
                "Choose a model that has them, or continue from the draft instead.",
            )
        strength = float(recipe.settings.get("strength", 1.0))
        return {"task_type": "cover", "src_audio": self.waveform(draft, padded), "audio_cover_strength": strength}
