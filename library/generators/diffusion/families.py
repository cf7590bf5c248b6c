"""What a pipeline of each kind is made of: which classes may be built from a folder's files, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Pipeline: TypeAlias = Any
"""One of diffusers' pipelines: nothing is known of their types."""
_SCHEDULER = "Scheduler"


@dataclass(frozen=True, kw_only=True)
class Family:
    """One kind of pipeline."""

    generator: str
    """Whose it is, as it is typed."""
    pipelines: tuple[str, ...]
    """What the folder's index may call it; the first is what is built."""
    parts: Mapping[str, tuple[str, ...]]
    """By the name of each part: the classes it may be of."""
    optional: tuple[str, ...] = ()
    """Parts that it works without."""
    left_out: Mapping[str, object] = field(default_factory=dict)
    """What is never loaded, whatever the index says, and the arguments that say so."""
    example: str
    """A model on the hub."""
    on_gpu: str = "float16"
    """What it is computed in there, unless a recipe says otherwise."""
    packages: tuple[str, ...] = ()
    """Whose versions a take's bits may depend on, besides those that all have."""
    licences: Mapping[str, str] = field(default_factory=dict)
    """Of models whose card doesn't say."""

    def may_be(self, part: str, name: str) -> bool:
        """Whether a part may be of the class of that name."""
        if part == "scheduler" and self.parts[part] == (_SCHEDULER,):
            return name.isidentifier() and name.endswith(_SCHEDULER)
        return name in self.parts[part]


RIFFUSION = Family(
    generator="riffusion",
    pipelines=("StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline", "RiffusionPipeline"),
    parts={
        "vae": ("AutoencoderKL",),
        "text_encoder": ("CLIPTextModel",),
        "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
        "unet": ("UNet2DConditionModel",),
        "scheduler": (_SCHEDULER,),
    },
    left_out={
        "safety_checker": None,
        "feature_extractor": None,
        "image_encoder": None,
        "requires_safety_checker": False,
    },
    example="riffusion/riffusion-model-v1",
    licences={"riffusion/riffusion-model-v1": "creativeml-openrail-m"},
)
STABLE_AUDIO = Family(
    generator="stable-audio",
    pipelines=("StableAudioPipeline",),
    parts={
        "vae": ("AutoencoderOobleck",),
        "text_encoder": ("T5EncoderModel",),
        "tokenizer": ("T5Tokenizer", "T5TokenizerFast"),
        "projection_model": ("StableAudioProjectionModel",),
        "transformer": ("StableAudioDiTModel",),
        "scheduler": ("EDMDPMSolverMultistepScheduler", "CosineDPMSolverMultistepScheduler"),
    },
    example="stabilityai/stable-audio-open-1.0",
    packages=("torchsde",),
    licences={"stabilityai/stable-audio-open-1.0": "Stability AI Community License"},
)
ACE_STEP = Family(
    generator="ace-step",
    pipelines=("AceStepPipeline",),
    parts={
        "vae": ("AutoencoderOobleck",),
        "text_encoder": ("Qwen3Model",),
        "tokenizer": ("Qwen2Tokenizer", "Qwen2TokenizerFast", "PreTrainedTokenizerFast"),
        "transformer": ("AceStepTransformer1DModel",),
        "condition_encoder": ("AceStepConditionEncoder",),
        "scheduler": ("FlowMatchEulerDiscreteScheduler",),
        "audio_tokenizer": ("AceStepAudioTokenizer",),
        "audio_token_detokenizer": ("AceStepAudioTokenDetokenizer",),
    },
    optional=("audio_tokenizer", "audio_token_detokenizer"),
    example="ACE-Step/acestep-v15-xl-turbo-diffusers",
    on_gpu="bfloat16",
)
FAMILIES = (RIFFUSION, ACE_STEP, STABLE_AUDIO)
