"""Builds audiocraft's models from a checkpoint's files, unpickling nothing but tensors and plain values."""

from __future__ import annotations

import hashlib
import json
import pickle
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors import SafetensorError, safe_open
from torch.nn import Module

from library.errors import GenerationError
from library.files.reading import list_folder
from library.generators.loading.fetching import Fetch
from library.generators.musicgen.loading.audiocraft_import import audiocraft
from library.generators.musicgen.loading.checkpoint_files import (
    CheckpointFiles,
    fetching,
    find_codec,
    find_stem_separator,
    find_text_encoder,
    read_weights,
)

from omegaconf import DictConfig, OmegaConf  # isort: skip - audiocraft's own dependency
from omegaconf.errors import OmegaConfBaseException  # isort: skip
from transformers import EncodecModel  # isort: skip

STEMS_CLASS = "demucs.htdemucs.HTDemucs"
_UNUSED = ("self_wav.chroma_stem", "cache_path"), ("args", "merge_text_conditions_p"), ("args", "drop_desc_p")


@dataclass(frozen=True)
class Checkpoint:
    """A loaded checkpoint, as audiocraft would have it: on the CPU, in float32."""

    files: CheckpointFiles
    revision: str
    """Hash of the weights."""
    lm: Module
    """audiocraft's LMModel."""
    codec: Module
    """audiocraft's CompressionModel, wrapped for stereo where the model is."""
    window_s: float
    """The longest stretch the model was trained on, in seconds."""
    extra_digests: dict[str, str]
    """Hashes of the weights that the files only name, and the revision can't know."""


def load(files: CheckpointFiles, fetch: Fetch | None = None) -> Checkpoint:
    """Load what `files` hold. Raises GenerationError when they are damaged, unsafe, or not a MusicGen."""
    revision, licence = read_weights(files)
    files = replace(files, licence=licence)
    lm_contents, codec_contents = read_safely(files.lm), read_safely(files.codec)
    config = _config(files.lm, lm_contents)
    with _as_generation_error(files.lm):
        _check(files, config, fetch)
        for place, key in _UNUSED:
            (OmegaConf.select(config, f"conditioners.{place}") or {}).pop(key, None)
        # Weights are about to be loaded: drawing random ones first takes minutes for the large models.
        OmegaConf.update(config, "transformer_lm.weight_init", None)
        OmegaConf.update(config, "transformer_lm.depthwise_init", None)
        OmegaConf.update(config, "transformer_lm.zero_bias_init", False)
        find_text_encoder(str(config.conditioners.description.t5.name), fetch)
        lm = audiocraft.models.builders.get_lm_model(config)
        lm.load_state_dict(_weights(lm_contents.pop("best_state")))
        lm.eval()
        if "self_wav" in lm.condition_provider.conditioners:
            melody = lm.condition_provider.conditioners["self_wav"]
            melody.match_len_on_eval, melody._use_masking = True, False  # noqa: SLF001 - as audiocraft's MusicGen does
        window_s = float(config.dataset.segment_duration)
    with _as_generation_error(files.codec):
        codec = _build_codec(files.codec, codec_contents, fetch)
        codec = audiocraft.models.builders.get_wrapped_compression_model(codec.eval(), config)
        if codec.num_codebooks != lm.n_q:
            raise GenerationError(f"{files.lm} and {files.codec} don't match.", "Download the model again.")
    extra_digests = {"text encoder": _digest(lm.condition_provider.conditioners["description"].t5)}
    if "self_wav" in lm.condition_provider.conditioners:
        extra_digests["stem separator"] = _digest(lm.condition_provider.conditioners["self_wav"].demucs)
    if "pretrained" in codec_contents:
        extra_digests["codec"] = _digest(codec)
    return Checkpoint(files, revision, lm, codec, window_s, extra_digests)


def _digest(module: Module) -> str:
    """A hash of a module's weights, 20 hexadecimal digits."""
    total = hashlib.sha256()
    for name, weight in sorted(module.state_dict().items()):
        total.update(f"{name} {weight.dtype} {tuple(weight.shape)}".encode())
        total.update(weight.contiguous().reshape(-1).view(torch.uint8).numpy())
    return total.hexdigest()[:20]


def read_safely(path: Path) -> dict[str, Any]:
    """What torch saved in `path`; tensors are read when they are used. Raises GenerationError.

    Runs no code from the file: whatever is more than tensors and plain values is refused.
    """
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except pickle.UnpicklingError as error:
        raise GenerationError(
            f"{path} isn't safe to open: it holds more than weights and could run code on this machine.",
            "Download the model from its publisher again, or export it with audiocraft.utils.export.",
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise _damaged(path, error) from error
    if not isinstance(contents, dict):
        raise _damaged(path, "it isn't a dictionary")
    return contents


def _config(path: Path, contents: dict[str, Any]) -> DictConfig:
    if not isinstance(contents.get("xp.cfg"), str) or not isinstance(contents.get("best_state"), dict):
        raise GenerationError(
            f"{path} isn't a checkpoint exported by audiocraft: its configuration or weights are missing.",
            "Export it with audiocraft.utils.export, or choose another model.",
        )
    with _as_generation_error(path):
        written = OmegaConf.create(contents["xp.cfg"])
        config = OmegaConf.create(_inert(OmegaConf.to_container(written, resolve=False)))
        if not isinstance(config, DictConfig):
            raise _damaged(path, "its configuration isn't a mapping")
        config.device, config.dtype = "cpu", "float32"
        return config


_REFERENCE = re.compile(r"\$\{[\w.]+\}")
"""To another place of the same configuration, as Meta's have them."""


def _inert(value: object) -> object:
    """A checkpoint's configuration with nothing in it to be looked up elsewhere: `${oc.env:HOME}` is mere text then."""
    match value:
        case dict():
            return {key: _inert(part) for key, part in value.items()}
        case list():
            return [_inert(part) for part in value]
        case str() if not _REFERENCE.fullmatch(value):
            return re.sub(r"\$+\{", "{", value)
    return value


def _check(files: CheckpointFiles, config: DictConfig, fetch: Fetch | None) -> None:
    """Raise GenerationError unless `config` is a MusicGen's, before anything is built that it names."""
    if other := _other_model_of_metas(config):
        raise _refused(files, other)
    if config.lm_model != "transformer_lm":
        raise _refused(files, f"its language model is {config.lm_model}")
    pattern = config.codebooks_pattern
    if pattern.modeling != "delay" or pattern.delay.get("flatten_first") or pattern.delay.get("empty_initial"):
        raise _refused(files, f"its codebooks are interleaved by {pattern.modeling}")
    conditioners: Any = config.conditioners or {}
    for name, kind in {"description": "t5", "self_wav": "chroma_stem"}.items():
        if name in conditioners and conditioners[name].model != kind:
            raise _refused(files, f"its {name} uses {conditioners[name].model}")
    others = set(conditioners) - {"description", "self_wav", "args"}
    if others or "description" not in conditioners:
        raise _refused(files, f"it's conditioned on {', '.join(sorted(map(str, others))) or 'no text'}")
    if config.fuser.sum or config.fuser.input_interpolate:
        raise _refused(files, "it mixes conditioning into its input")
    if "self_wav" in conditioners:
        if conditioners.self_wav.chroma_stem.get("eval_wavs"):
            raise _refused(files, "it takes melodies from files")
        check_stems(find_stem_separator(fetch))


def _other_model_of_metas(config: DictConfig) -> str | None:
    """What the model is and does, where it is one that Earmark knows and can't use."""
    if config.lm_model == "transformer_lm_magnet":
        return "it's a MAGNeT, which fills in tokens in any order, and Earmark draws them one after the other"
    conditioners: Any = config.conditioners or {}
    if "self_wav" in conditioners and conditioners.self_wav.get("model") == "style":
        return "it's a musicgen-style, which follows the style of a sound, and audiocraft 1.3 can't build it"
    if "chords" in conditioners:
        return "it's a JASCO, which follows chords and drums by another method (flow matching)"
    return None


def check_stems(folder: Path) -> None:
    """Raise GenerationError unless every model in `folder` says it is the class that demucs is to make of it."""
    for path in sorted(Path(entry.path) for entry in list_folder(folder) if entry.name.endswith(".safetensors")):
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
        except (OSError, SafetensorError) as error:
            raise _damaged(path, error) from error
        if metadata.get("klass") != STEMS_CLASS or "_class" in json.dumps(metadata.get("structure", "")):
            raise GenerationError(
                f"{path} isn't safe to open: it asks for {metadata.get('klass')}, where {STEMS_CLASS} belongs.",
                "Delete it from the Hugging Face cache and download it again.",
            )


def _weights(state: dict[str, Any]) -> dict[str, Any]:
    """A model's weights from what was saved: training saves them one level deeper than audiocraft exports them."""
    nested = state.get("model")
    return nested if isinstance(nested, dict) else state


def _build_codec(path: Path, contents: dict[str, Any], fetch: Fetch | None) -> Module:
    """EnCodec; from the hub, where a checkpoint names it only, as the stereo ones do."""
    if "pretrained" in contents:
        name = str(contents["pretrained"]).removeprefix("//pretrained/")
        if name.startswith("dac"):
            raise GenerationError(
                f"The model's audio codec is {name}, and Earmark makes sound with EnCodec only.",
                "Choose another model.",
            )
        with fetching(f"The audio codec {name}, which the model needs,", name, "about 0.5 GB"):
            find_codec(name, fetch)
            return audiocraft.models.encodec.HFEncodecCompressionModel(EncodecModel.from_pretrained(name))
    codec = audiocraft.models.builders.get_compression_model(_config(path, contents))
    codec.load_state_dict(_weights(contents["best_state"]))
    return codec


@contextmanager
def _as_generation_error(path: Path) -> Iterator[None]:
    """Turn what audiocraft raises over a checkpoint that isn't what it should be into an error for the user."""
    try:
        yield
    except (
        AssertionError, AttributeError, KeyError, TypeError, ValueError, OmegaConfBaseException, yaml.YAMLError,
        RecursionError,
    ) as error:  # fmt: skip
        raise _damaged(path, error) from error
    except RuntimeError as error:
        if "state_dict" not in str(error) and "size mismatch" not in str(error):
            raise
        raise _damaged(path, "its weights don't fit its configuration") from error


def _damaged(path: Path, reason: object) -> GenerationError:
    return GenerationError(f"{path} can't be loaded: {reason or 'it is damaged'}.", "Download the model again.")


def _refused(files: CheckpointFiles, reason: str) -> GenerationError:
    return GenerationError(
        f"{files.name} can't be used: {reason}.",
        "Choose one of Meta's MusicGen models, e.g. facebook/musicgen-small.",
    )
