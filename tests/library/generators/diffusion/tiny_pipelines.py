"""Writes pipelines with random weights as diffusers saves them, so that the real loader can run on them: 1 MB in all.

Tokenizers are made here too: of bytes, without a download.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer, PreTrainedTokenizerFast

PROMPT = "a solo cello"
CARDS = {
    "riffusion": "---\nlicense: creativeml-openrail-m\n---\n",
    "ace-step": "---\nlicense: mit\n---\n",
    "stable-audio": "---\nlicense: other\nlicense_name: stable-audio-community\n---\n",
}


def write_riffusion(folder: Path) -> Path:
    """A Stable Diffusion, with nothing that checks safety."""
    from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel

    torch.manual_seed(0)
    tokenizer = _clip_tokenizer(folder.parent / "clip")
    config = CLIPTextConfig(
        vocab_size=len(tokenizer), hidden_size=16, intermediate_size=16, num_hidden_layers=1, num_attention_heads=2,
        max_position_embeddings=77, projection_dim=16, pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id, eos_token_id=tokenizer.eos_token_id,
    )  # fmt: skip
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4, norm_num_groups=4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, layers_per_block=1, sample_size=512,
    )  # fmt: skip
    unet = UNet2DConditionModel(
        block_out_channels=(8, 16), layers_per_block=1, sample_size=64, cross_attention_dim=16, norm_num_groups=4,
        attention_head_dim=4, down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    pipeline = StableDiffusionPipeline(
        vae=vae, text_encoder=CLIPTextModel(config), tokenizer=tokenizer, unet=unet,
        scheduler=DDIMScheduler(
            beta_schedule="scaled_linear", clip_sample=False, set_alpha_to_one=False, steps_offset=1
        ),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip
    return _saved(pipeline, folder, "riffusion")


def write_stable_audio(folder: Path) -> Path:
    """A Stable Audio of up to two seconds."""
    from diffusers import AutoencoderOobleck, CosineDPMSolverMultistepScheduler, StableAudioPipeline
    from diffusers.models import StableAudioDiTModel
    from diffusers.pipelines.stable_audio import StableAudioProjectionModel
    from transformers import T5Config, T5EncoderModel, T5TokenizerFast

    torch.manual_seed(1)
    tokenizer = T5TokenizerFast(tokenizer_object=_bytes_tokenizer("</s>", "<pad>", "<unk>"), model_max_length=64)
    text = T5EncoderModel(
        T5Config(vocab_size=len(tokenizer), d_model=16, d_ff=16, d_kv=8, num_layers=1, num_heads=2, pad_token_id=1)
    )
    vae = AutoencoderOobleck(
        encoder_hidden_size=4, downsampling_ratios=[4, 8, 8], channel_multiples=[1, 2, 4], decoder_channels=4,
        decoder_input_channels=4, audio_channels=2, sampling_rate=44100,
    )  # fmt: skip
    transformer = StableAudioDiTModel(
        sample_size=345, in_channels=4, out_channels=4, num_layers=1, attention_head_dim=8, num_attention_heads=2,
        num_key_value_attention_heads=1, cross_attention_dim=8, cross_attention_input_dim=8, global_states_input_dim=16,
        time_proj_dim=8,
    )  # fmt: skip
    pipeline = StableAudioPipeline(
        vae=vae, text_encoder=text, tokenizer=tokenizer, transformer=transformer,
        projection_model=StableAudioProjectionModel(
            text_encoder_dim=16, conditioning_dim=8, min_value=0, max_value=512
        ),
        scheduler=CosineDPMSolverMultistepScheduler(solver_order=2, prediction_type="v_prediction", sigma_data=1.0),
    )  # fmt: skip
    return _saved(pipeline, folder, "stable-audio")


def write_ace_step(folder: Path, *, covers: bool = True) -> Path:
    """An ACE-Step 1.5, base rather than turbo; with what reads a draft's melody, or without."""
    from diffusers import AceStepPipeline, AutoencoderOobleck, FlowMatchEulerDiscreteScheduler
    from diffusers.models.transformers.ace_step_transformer import AceStepTransformer1DModel
    from diffusers.pipelines.ace_step.modeling_ace_step import (
        AceStepAudioTokenDetokenizer,
        AceStepAudioTokenizer,
        AceStepConditionEncoder,
    )
    from transformers import Qwen3Config, Qwen3Model

    torch.manual_seed(2)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=_bytes_tokenizer("<|endoftext|>", "<pad>"), eos_token="<|endoftext|>", pad_token="<pad>"
    )
    text = Qwen3Model(
        Qwen3Config(
            vocab_size=len(tokenizer), hidden_size=32, intermediate_size=32, num_hidden_layers=1, num_attention_heads=4,
            num_key_value_heads=2, head_dim=8, max_position_embeddings=256,
        )
    )  # fmt: skip
    sizes = {"hidden_size": 32, "intermediate_size": 32, "num_attention_heads": 4, "num_key_value_heads": 2,
             "head_dim": 8}  # fmt: skip
    reading = {
        "audio_tokenizer": AceStepAudioTokenizer(
            **sizes, fsq_dim=32, pool_window_size=5, audio_acoustic_hidden_dim=4, num_attention_pooler_hidden_layers=1
        ),
        "audio_token_detokenizer": AceStepAudioTokenDetokenizer(
            **sizes, pool_window_size=5, audio_acoustic_hidden_dim=4, num_attention_pooler_hidden_layers=1
        ),
    }
    pipeline = AceStepPipeline(
        vae=AutoencoderOobleck(
            encoder_hidden_size=8, downsampling_ratios=[4, 8, 10], channel_multiples=[1, 2, 4], decoder_channels=4,
            decoder_input_channels=4, audio_channels=2, sampling_rate=8000,
        ),
        text_encoder=text,
        tokenizer=tokenizer,
        transformer=AceStepTransformer1DModel(
            **sizes, num_hidden_layers=1, in_channels=12, audio_acoustic_hidden_dim=4, patch_size=2, sliding_window=16
        ),
        condition_encoder=AceStepConditionEncoder(
            **sizes, text_hidden_dim=32, timbre_hidden_dim=4, num_lyric_encoder_hidden_layers=1,
            num_timbre_encoder_hidden_layers=1,
        ),
        scheduler=FlowMatchEulerDiscreteScheduler(num_train_timesteps=1, shift=1.0),
        **(reading if covers else {}),
    )  # fmt: skip
    return _saved(pipeline, folder, "ace-step")


WRITERS = {"riffusion": write_riffusion, "stable-audio": write_stable_audio, "ace-step": write_ace_step}


def _saved(pipeline, folder: Path, name: str) -> Path:
    pipeline.save_pretrained(folder, safe_serialization=True)
    (folder / "README.md").write_text(CARDS[name])
    return folder


def _alphabet(*special: str) -> dict[str, int]:
    letters = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    return {letter: number for number, letter in enumerate(letters)}


def _bytes_tokenizer(*special: str) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(vocab=_alphabet(*special), merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(list(special))
    return tokenizer


def _clip_tokenizer(folder: Path) -> CLIPTokenizer:
    folder.mkdir(parents=True, exist_ok=True)
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({word: number for number, word in enumerate(words)}))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(folder / "vocab.json"), str(folder / "merges.txt"), model_max_length=77)
