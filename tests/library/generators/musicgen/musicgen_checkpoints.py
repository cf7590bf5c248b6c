"""Writes MusicGen checkpoints with random weights in the official format, so that the real loader can run on them.

A folder as on the Hugging Face hub (`state_dict.bin`, `compression_state_dict.bin`), and a hub cache with the T5 text
encoder the stem separator and the codec that such a checkpoint needs. audiocraft's `xformers` must be importable.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
import yaml

PROMPTS = (
    "a solo cello in an empty church",
    "slow strings, then a bright trumpet over timpani",
    "small jazz band with brushes and upright bass",
    "harp and flute",
)
REVISION = "0" * 40


@dataclass(frozen=True)
class Shape:
    """How large a checkpoint is, and of which kind."""

    dim: int = 64
    heads: int = 4
    layers: int = 2
    card: int = 64
    books: int = 4
    delays: tuple[int, ...] = (0, 1, 2, 3)
    stereo: bool = False
    melody: bool = False
    segment_s: int = 30
    filters: int = 4
    ratios: tuple[int, ...] = (8, 5, 4, 4)
    sample_rate: int = 32000
    codec: str | None = None
    """The repository of a codec that the checkpoint names in place of having one."""
    half: bool = False
    """Weights kept as float16, as Meta's are."""
    overrides: dict[str, Any] = field(default_factory=dict)


TEXT = Shape()
STEREO = Shape(books=8, delays=(0, 0, 1, 1, 2, 2, 3, 3), stereo=True)
MELODY = Shape(melody=True, segment_s=2)
SHORT = Shape(segment_s=2)
"""Its window is 2 s long, so that sliding is quick to test."""
AUDIOGEN = Shape(sample_rate=16000, ratios=(8, 5, 4, 2), segment_s=3)
POINTER = Shape(
    card=2048, books=8, delays=(0, 0, 1, 1, 2, 2, 3, 3), stereo=True, half=True, codec="facebook/encodec_32khz"
)
"""As Meta's stereo models are: half precision, and EnCodec by its name."""
SMALL = Shape(dim=1024, heads=16, layers=24, card=2048, filters=64, half=True)
"""facebook/musicgen-small's real size."""


def write_checkpoint(folder: Path, shape: Shape, seed: int = 0) -> Path:
    """A checkpoint of that shape in `folder`, its weights drawn with `seed`. Needs the hub cache for its T5."""
    from omegaconf import OmegaConf

    from library.generators.musicgen.loading.audiocraft_import import audiocraft

    torch.manual_seed(seed)
    folder.mkdir(parents=True, exist_ok=True)
    codec_config = OmegaConf.create(_codec_config(shape))
    codec = audiocraft.models.builders.get_compression_model(codec_config)
    for layer in codec.quantizer.vq.layers:
        buffers = dict(layer.named_buffers())
        buffers["_codebook.embed"].normal_()
        buffers["_codebook.inited"].fill_(True)
    if shape.codec is None:
        _save(folder / "compression_state_dict.bin", codec_config, codec.state_dict())
    else:
        named = {"pretrained": shape.codec, "exported": True, "version": "1.3.0"}
        torch.save(named, folder / "compression_state_dict.bin")
    config = OmegaConf.create(_lm_config(shape))
    lm = audiocraft.models.builders.get_lm_model(config)
    state = lm.state_dict()
    if shape.half:
        state = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    _save(folder / "state_dict.bin", config, state)
    return folder


def write_hub(cache: Path, *, layers: int = 2, stems: bool = True) -> Path:
    """A Hugging Face hub cache with a t5-base of so many layers, and htdemucs (both tiny, random)."""
    _write_t5(_snapshot(cache, "t5-base"), layers)
    if stems:
        _write_demucs(_snapshot(cache, "adefossez/HTDemucs"))
        _write_encodec(_snapshot(cache, "facebook/encodec_32khz"))
    return cache


def _snapshot(cache: Path, repository: str) -> Path:
    root = cache / f"models--{repository.replace('/', '--')}"
    (root / "refs").mkdir(parents=True)
    (root / "refs" / "main").write_text(REVISION)
    snapshot = root / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    return snapshot


def _write_t5(folder: Path, layers: int) -> None:
    import sentencepiece
    from transformers import T5Config, T5EncoderModel

    corpus = folder / "corpus.txt"
    corpus.write_text("\n".join([*PROMPTS, "abcdefghijklmnopqrstuvwxyz 0123456789 ,.!?"] * 20))
    sentencepiece.SentencePieceTrainer.train(
        input=str(corpus), model_prefix=str(folder / "spiece"), vocab_size=90, hard_vocab_limit=False,
        pad_id=0, eos_id=1, unk_id=2, bos_id=-1, minloglevel=2,
    )  # fmt: skip
    corpus.unlink()
    torch.manual_seed(1)
    config = T5Config(vocab_size=256, d_model=768, d_kv=64, d_ff=256, num_layers=layers, num_heads=4)
    T5EncoderModel(config).save_pretrained(folder)
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "T5Tokenizer", "extra_ids": 0, "model_max_length": 512})
    )


def _write_encodec(folder: Path) -> None:
    from transformers import EncodecConfig, EncodecModel

    torch.manual_seed(3)
    model = EncodecModel(
        EncodecConfig(
            target_bandwidths=[2.2], sampling_rate=32000, audio_channels=1, normalize=False, num_filters=4,
            num_residual_layers=1, upsampling_ratios=[8, 5, 4, 4], use_causal_conv=False, codebook_size=2048,
            codebook_dim=128, use_conv_shortcut=False, pad_mode="reflect",
        )
    )  # fmt: skip
    for layer in model.quantizer.layers:
        layer.codebook.embed.normal_()
    model.save_pretrained(folder)


def _write_demucs(folder: Path) -> None:
    from demucs.htdemucs import HTDemucs
    from safetensors.torch import save_file

    torch.manual_seed(2)
    arguments = {
        "sources": ["drums", "bass", "other", "vocals"], "audio_channels": 2, "samplerate": 44100, "segment": 1,
        "channels": 4, "nfft": 512, "depth": 2, "bottom_channels": 8, "t_layers": 1, "t_heads": 2,
        "t_hidden_scale": 1.0, "dconv_comp": 2,
    }  # fmt: skip
    model = HTDemucs(**arguments)
    state = {name: value.contiguous().clone() for name, value in model.state_dict().items()}
    metadata = {"klass": "demucs.htdemucs.HTDemucs", "args": "[]", "kwargs": json.dumps(arguments)}
    save_file(state, folder / "955717e8.safetensors", metadata=metadata)
    (folder / "htdemucs.yaml").write_text("models: ['955717e8']\n")


def _save(path: Path, config: Any, state: dict[str, torch.Tensor]) -> None:
    from omegaconf import OmegaConf

    torch.save(
        {"xp.cfg": OmegaConf.to_yaml(config), "best_state": state, "version": "1.3.0", "exported": True},
        path,
    )


def _codec_config(shape: Shape) -> dict[str, Any]:
    text = f"""
    compression_model: encodec
    device: cpu
    sample_rate: {shape.sample_rate}
    channels: 1
    encodec: {{autoencoder: seanet, quantizer: rvq, sample_rate: {shape.sample_rate}, channels: 1, causal: false,
              renormalize: false}}
    seanet: {{dimension: 128, channels: 1, causal: false, n_filters: {shape.filters}, n_residual_layers: 1,
             ratios: {list(shape.ratios)}, activation: ELU, activation_params: {{alpha: 1.0}}, norm: weight_norm,
             norm_params: {{}}, kernel_size: 7, residual_kernel_size: 3, last_kernel_size: 7, dilation_base: 2,
             pad_mode: constant, true_skip: true, compress: 2, lstm: 2, disable_norm_outer_blocks: 0,
             decoder: {{trim_right_ratio: 1.0, final_activation: null, final_activation_params: null}},
             encoder: {{}}}}
    rvq: {{n_q: 4, q_dropout: false, bins: {shape.card}, decay: 0.99, kmeans_init: false, kmeans_iters: 1,
          threshold_ema_dead_code: 2, orthogonal_reg_weight: 0.0, orthogonal_reg_active_codes_only: false}}
    """
    config: dict[str, Any] = yaml.safe_load(text)
    return config


def _lm_config(shape: Shape) -> dict[str, Any]:
    t5 = "{model: t5, t5: {name: t5-base, finetune: false, word_dropout: 0.3, normalize_text: false}}"
    chroma = """{model: chroma_stem, chroma_stem: {sample_rate: 32000, n_chroma: 12, radix2_exp: 12, argmax: true,
                match_len_on_eval: true, eval_wavs: null, n_eval_wavs: 100, cache_path: null}}"""
    conditioners = f"{{self_wav: {chroma}, description: {t5}}}" if shape.melody else f"{{description: {t5}}}"
    prepend, cross = ("[self_wav, description]", "[]") if shape.melody else ("[]", "[description]")
    text = f"""
    lm_model: transformer_lm
    device: cpu
    dtype: float32
    sample_rate: {shape.sample_rate}
    channels: {2 if shape.stereo else 1}
    codebooks_pattern: {{modeling: delay,
                        delay: {{delays: {list(shape.delays)}, flatten_first: 0, empty_initial: 0}}}}
    transformer_lm: {{dim: {shape.dim}, num_heads: {shape.heads}, num_layers: {shape.layers}, hidden_scale: 4,
                     n_q: {shape.books}, card: {shape.card}, dropout: 0.0, emb_lr: null, activation: gelu,
                     norm_first: true, bias_ff: false, bias_attn: false, bias_proj: false, past_context: null,
                     causal: true, custom: false, memory_efficient: true, attention_as_float32: false,
                     layer_scale: null, positional_embedding: sin, xpos: false, checkpointing: none,
                     weight_init: gaussian, depthwise_init: current, zero_bias_init: true, norm: layer_norm,
                     cross_attention: false, qk_layer_norm: false, qk_layer_norm_cross: false,
                     attention_dropout: null, kv_repeat: 1, two_step_cfg: false}}
    classifier_free_guidance: {{training_dropout: 0.3, inference_coef: 3.0}}
    attribute_dropout: {{text: {{}}, wav: {{}}}}
    fuser: {{cross_attention_pos_emb: false, cross_attention_pos_emb_scale: 1, sum: [], prepend: {prepend},
            cross: {cross}, input_interpolate: []}}
    conditioners: {conditioners}
    dataset: {{segment_duration: {shape.segment_s}}}
    interleave_stereo_codebooks: {{use: {str(shape.stereo).lower()}, per_timestep: false}}
    compression_model_n_q: {4 if shape.stereo else "null"}
    """
    config: dict[str, Any] = yaml.safe_load(text)
    for path, value in shape.overrides.items():
        *parents, last = path.split(".")
        node = config
        for parent in parents:
            node = node[parent]
        node[last] = value
    return config
