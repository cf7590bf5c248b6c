"""Which of a pipeline's files are needed, told from a list of names: known classes, and weights as safetensors."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

import msgspec

from library.errors import GenerationError
from library.generators.diffusion.families import FAMILIES, Family

INDEX = "model_index.json"
CARD = "README.md"
_CODE_CAN_HIDE = (".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle", ".msgpack", ".h5")
_PLAIN = (".json", ".txt", ".model", ".jinja")
"""What tokenizers and configurations are written in."""
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.safetensors$")
_LIBRARIES = ("diffusers", "transformers", "stable_diffusion", "stable_audio", "ace_step")
_SHOWN = 60


@dataclass(frozen=True)
class Needed:
    """What has to be there."""

    files: tuple[str, ...]
    """Relative to the folder, `/` between its parts."""
    weights: tuple[str, ...]
    """Those of them with weights."""
    variant: str | None
    """"fp16" where there are weights of no other kind."""


def read_index(name: str, data: bytes, family: Family) -> dict[str, tuple[str, str]]:
    """The parts that a pipeline's index names, each with its library and class. Raises GenerationError."""
    try:
        index = msgspec.json.decode(data, type=dict[str, object])
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise GenerationError(f"{name} can't be loaded: its {INDEX} is damaged.", "Download it again.") from error
    kind = str(index.get("_class_name"))
    if kind not in family.pipelines:
        raise _other_kind(name, kind, family)
    parts: dict[str, tuple[str, str]] = {}
    for part in family.parts:
        match index.get(part):
            case [str(library), str(made_as)]:
                if library not in _LIBRARIES or not family.may_be(part, made_as):
                    raise GenerationError(
                        f"{name} can't be used: its {part} is a {library[:_SHOWN]}.{made_as[:_SHOWN]}, which isn't "
                        f"known here, and code that comes with a model is never run.",
                        f"Choose another model, e.g. {family.example}.",
                    )
                parts[part] = (library, made_as)
            case _ if part not in family.optional:
                raise GenerationError(
                    f"{name} can't be used: its {INDEX} names no {part}.", f"Choose another, e.g. {family.example}."
                )
    return parts


def find_needed(name: str, listing: Collection[str], parts: Mapping[str, tuple[str, str]]) -> Needed | tuple[str, ...]:
    """What of the files in `listing` makes the pipeline; the parts that are not whole, where there are such.

    Raises GenerationError for weights that come as pickles only.
    """
    half = all(
        not _weights(listing, part, "") and _weights(listing, part, ".fp16")
        for part in parts
        if _weights(listing, part, "") or _weights(listing, part, ".fp16")
    )
    variant = ".fp16" if half and any(_weights(listing, part, ".fp16") for part in parts) else ""
    files, weights, missing = [INDEX, *([CARD] if CARD in listing else [])], [], []
    for part in parts:
        inside = sorted(file for file in listing if PurePosixPath(file).parent.as_posix() == part)
        plain = [file for file in inside if file.endswith(_PLAIN)]
        of_part = _weights(listing, part, variant)
        files += plain + of_part
        weights += of_part
        if part in {"scheduler", "tokenizer"}:
            if not plain:
                missing.append(part)
        elif not of_part:
            if any(file.endswith(_CODE_CAN_HIDE) for file in inside):
                raise GenerationError(
                    f"{name} isn't safe to open: the weights of its {part} are a pickle, which could run code on this "
                    "machine.",
                    "Choose a model whose weights are .safetensors files, or convert it as the README says.",
                )
            missing.append(part)
        elif f"{part}/config.json" not in inside:
            missing.append(part)
    return tuple(missing) or Needed(tuple(files), tuple(weights), variant.removeprefix(".") or None)


def _weights(listing: Collection[str], part: str, variant: str) -> list[str]:
    """The weights of a part, all of them: one file, or as many as their names say."""
    for stem in ("diffusion_pytorch_model", "model"):
        single = f"{part}/{stem}{variant}.safetensors"
        if single in listing:
            return [single]
        shards = sorted(file for file in listing if file.startswith(f"{part}/{stem}{variant}-") and _SHARD.search(file))
        totals = {match[2] for file in shards if (match := _SHARD.search(file))}
        if len(totals) == 1 and len(shards) == int(totals.pop()):
            return shards
    return []


def _other_kind(name: str, kind: str, family: Family) -> GenerationError:
    other = next((other for other in FAMILIES if kind in other.pipelines), None)
    what = f"{name} holds the pipeline {kind[:_SHOWN]}, and {family.generator} needs {family.pipelines[0]}."
    hint = f"It's for `--generator {other.generator}`." if other else f"Choose another, e.g. {family.example}."
    return GenerationError(what, hint)
