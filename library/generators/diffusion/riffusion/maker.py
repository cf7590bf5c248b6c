"""Makes takes with Stable Diffusion: prompt to picture to sound, from a draft's picture, and on walks."""

from __future__ import annotations

from functools import partial
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from torch import Tensor

from library.errors import GenerationError
from library.generators.diffusion.families import Pipeline
from library.generators.diffusion.maker import Made, Maker, at_peak, noise_generator
from library.generators.diffusion.riffusion import phases, picture, walk
from library.generators.diffusion.riffusion.picture import Picture
from library.generators.diffusion.spec import SCHEDULERS
from library.generators.diffusion.watch import Watch
from library.sound.samples import Samples
from library.take import Recipe

STEP_WORK, DECODING_WORK, ROUND_WORK = 10.0, 10.0, 1.0
"""What a denoising step, a picture's decoding and a round of making its sound count in a take's progress."""
KEPT = "spectrogram"
"""The picture beside the take: uint8 [channels, 512, columns], green and blue or grey, the highest band first."""


class _FromPicture(StableDiffusionImg2ImgPipeline):  # type: ignore[misc] # nothing is known of diffusers' types
    """Starts from latents and noise that it is given, rather than from an image and noise that it draws."""

    noise: Tensor

    def prepare_latents(self, image: Tensor, timestep: Tensor, *_: object, **__: object) -> Tensor:
        noisy: Tensor = self.scheduler.add_noise(image, self.noise, timestep)
        return noisy


class RiffusionMaker(Maker):
    """Riffusion's model, or any Stable Diffusion trained on such pictures."""

    sample_rate = picture.SAMPLE_RATE

    def __init__(self, pipeline: Pipeline, device: str) -> None:
        super().__init__(pipeline, device)
        self._factor = 2 ** (len(pipeline.vae.config.block_out_channels) - 1)
        self._multiple = self._factor * 2 ** (len(pipeline.unet.config.block_out_channels) - 1)
        pipeline.vae.enable_tiling()  # only what is wider than the pictures it was trained on

    def make(self, recipe: Recipe, draft: Samples | None, watch: Watch) -> Made:
        settings, frames = recipe.settings, self.frames(recipe)
        goal, stereo = walk.goal_of(settings.get("to")), bool(settings.get("stereo", True))
        plan = walk.plan(picture.seconds_to_columns(recipe.duration_s), self._multiple, goal)
        steps = int(settings.get("steps", 50))
        strength = float(settings.get("strength", 0.75)) if draft is not None else 1.0
        columns = plan.starts[-1] + plan.columns
        channels = 2 if stereo else 1
        a_picture = max(1, int(steps * strength)) * STEP_WORK + DECODING_WORK
        watch.expect(len(plan.shares) * a_picture + channels * phases.rounds_for(columns) * ROUND_WORK)
        self.tell_of_long_prompt(recipe.prompt, self.pipeline.tokenizer.model_max_length, watch)
        drawn = self._draft_latents(draft, plan, stereo) if draft is not None else None
        words, noise = self._embed(recipe), self._noise(recipe.seed, plan.columns)
        words_there = words if goal is None or goal.prompt is None else self._embed(recipe, goal.prompt)
        noise_there = noise if goal is None or goal.seed is None else self._noise(goal.seed, plan.columns)
        pictures: list[Picture] = []
        for place, share in enumerate(plan.shares):
            between = torch.lerp(words[0], words_there[0], share)
            noisy = walk.slerp(share, noise, noise_there) if noise_there is not noise else noise
            start = None if drawn is None else drawn[place]
            latents = self._denoise(recipe, (between, words[1]), noisy, watch, start=start, strength=strength)
            pictures.append(self._decode(latents, stereo=stereo))
            watch.advance(DECODING_WORK)
            if place + 1 < len(plan.shares):
                watch.preview(partial(self._sound, walk.join(pictures), watch, counted=False), self.sample_rate)
        whole = walk.join(pictures)
        watch.note("making its sound")
        return Made(at_peak(self._sound(whole, watch)[:frames]), {KEPT: whole})

    def _embed(self, recipe: Recipe, prompt: str | None = None) -> tuple[Tensor, Tensor | None]:
        """What the text encoder makes of the prompt, and of what the take should be unlike."""
        guided = float(recipe.settings.get("guidance", 7.0)) > 1
        text, against = self.pipeline.encode_prompt(
            prompt or recipe.prompt, self.device, 1, guided, str(recipe.settings.get("negative", ""))
        )
        return text, against

    def _noise(self, seed: int, columns: int) -> Tensor:
        shape = (1, self.pipeline.unet.config.in_channels, picture.BANDS // self._factor, columns // self._factor)
        drawn = torch.randn(shape, generator=noise_generator(seed), dtype=torch.float32)
        return drawn.to(self.device, self.pipeline.unet.dtype)

    def _draft_latents(self, draft: Samples, plan: walk.Plan, stereo: bool) -> list[Tensor]:
        """What each picture starts from: the draft's own at that place. A draft that ends sooner begins anew."""
        if not draft.any():
            raise GenerationError("The draft is silent.", "Choose another draft.")
        heard = draft[:, :2] if stereo else draft.mean(1, keepdims=True)
        whole = picture.picture_of(np.ascontiguousarray(heard, np.float32))
        needed = plan.starts[-1] + plan.columns
        looped = np.tile(whole, (1, 1, -(-needed // whole.shape[2])))
        vae = self.pipeline.vae
        latents = []
        for start in plan.starts:
            colours = picture.as_colours(looped[:, :, start : start + plan.columns]).to(self.device, vae.dtype)
            latents.append(vae.encode(colours).latent_dist.mode() * vae.config.scaling_factor)
        return latents

    def _denoise(
        self,
        recipe: Recipe,
        words: tuple[Tensor, Tensor | None],
        noise: Tensor,
        watch: Watch,
        *,
        start: Tensor | None,
        strength: float,
    ) -> Tensor:
        settings = recipe.settings
        self.renew_scheduler()
        if (named := settings.get("scheduler")) is not None:
            kind = getattr(diffusers, SCHEDULERS[str(named)])
            self.pipeline.scheduler = kind.from_config(self.pipeline.scheduler.config)
        parts = {name: part for name, part in self.pipeline.components.items() if part is not None}
        absent = dict.fromkeys(("safety_checker", "feature_extractor", "image_encoder"))
        common: dict[str, Any] = {
            "prompt_embeds": words[0],
            "negative_prompt_embeds": words[1],
            "num_inference_steps": int(settings.get("steps", 50)),
            "guidance_scale": float(settings.get("guidance", 7.0)),
            "generator": noise_generator(recipe.seed),
            "callback_on_step_end": watch.after_step(STEP_WORK),
            "output_type": "latent",
        }
        if start is None:
            pipeline = StableDiffusionPipeline(**absent | parts, requires_safety_checker=False)
            height, width = (side * self._factor for side in noise.shape[-2:])
            common |= {"latents": noise, "height": height, "width": width}
        else:
            pipeline = _FromPicture(**absent | parts, requires_safety_checker=False)
            pipeline.noise = noise
            common |= {"image": start, "strength": max(strength, 1 / int(common["num_inference_steps"]))}
        pipeline.set_progress_bar_config(disable=True)
        latents: Tensor = pipeline(**common).images
        return latents

    def _decode(self, latents: Tensor, *, stereo: bool) -> Picture:
        vae = self.pipeline.vae
        return picture.from_colours(vae.decode(latents / vae.config.scaling_factor).sample, stereo=stereo)

    def _sound(self, whole: Picture, watch: Watch, *, counted: bool = True) -> Samples:
        """The sound of a picture, [frames, channels]: to its last column."""

        def after_round() -> None:
            watch.advance(ROUND_WORK if counted else 0.0)

        bands = picture.bands_of(whole)
        return np.stack([phases.sound_of(channel, after_round) for channel in bands], axis=1)
