"""Finds a pipeline's files, here or on the Hugging Face hub, and checks them before anything is built of them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
from huggingface_hub import HfApi, constants, try_to_load_from_cache
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)

from library.errors import GenerationError, UnknownUserError
from library.files.reading import list_folder, open_file, read_file
from library.generators.diffusion.families import Family
from library.generators.diffusion.loading.survey import CARD, INDEX, Needed, find_needed, read_index
from library.generators.loading.fetching import Fetch, fetch_files, hub_command, watched
from library.generators.loading.model_card import licence_in
from library.locations import typed_path

_MOST_INDEX = 1 << 20
_MOST_HEADER = 100 << 20
"""Bytes; safetensors itself allows no more."""


@dataclass(frozen=True)
class PipelineFiles:
    """A pipeline whose files are all here."""

    name: str
    folder: Path
    needed: Needed
    parts: dict[str, tuple[str, str]]
    licence: str | None
    numbers: int
    """How many its weights are."""

    def revision(self) -> str:
        """A hash of all files that are loaded, 20 hexadecimal digits. Reads all of them."""
        total = hashlib.sha256()
        for file in sorted(set(self.needed.files) - {CARD}):
            with open_file(self.folder / file) as opened:
                total.update(file.encode() + b"\0" + hashlib.file_digest(opened, "sha256").digest())
        return total.hexdigest()[:20]


class _Header(msgspec.Struct):
    """Of one tensor in a safetensors file."""

    shape: list[int]
    data_offsets: tuple[int, int]


def find_pipeline(name: str, family: Family, fetch: Fetch) -> PipelineFiles:
    """The pipeline of that name on the hub, or in that folder; fetched if need be. Raises GenerationError.

    The hub's cache and HF_HUB_OFFLINE are respected; what is in the cache is taken without a look at the network.
    """
    try:
        folder = typed_path(name)
    except UnknownUserError as error:
        raise GenerationError(error.what, error.remedy) from error
    if folder.is_dir():
        return _look(str(folder.resolve()), folder.resolve(), family)
    if folder.is_absolute() or name.startswith((".", "~")):
        raise GenerationError(f"There's no folder {name}.", f"Give a folder with {INDEX}, or a name on the hub.")
    try:
        cached = try_to_load_from_cache(name, INDEX)
        if isinstance(cached, str):
            there = _survey(name, Path(cached).parent, family)[1]
            if isinstance(there, Needed):
                return _look(name, Path(cached).parent, family)
        return _look(name, _fetch(name, family, fetch), family)
    except GatedRepoError as error:
        raise GenerationError(
            f"{name} can only be downloaded once you have accepted its terms.",
            f"Accept them at https://huggingface.co/{name}, then run `{hub_command('auth', 'login')}`.",
        ) from error
    except RepositoryNotFoundError as error:
        hint = f"Give a model's name, e.g. {family.example}, or a folder with its files."
        raise GenerationError(f"There's no model called {name} on the Hugging Face hub.", hint) from error
    except HFValidationError as error:
        hint = f"Give a model's name, e.g. {family.example}, or a folder with its files."
        raise GenerationError(f"{name!r} is neither a folder nor a model name.", hint) from error
    except EntryNotFoundError as error:
        hint = f"Choose another, e.g. {family.example}."
        raise GenerationError(f"{name} isn't a pipeline that diffusers saved: it has no {INDEX}.", hint) from error


def _fetch(name: str, family: Family, fetch: Fetch) -> Path:
    """The folder of the hub's cache that has all of a pipeline, fetched. Raises what the hub's client does."""
    try:
        (index,) = fetch_files(name, (INDEX,), fetch)
        parts = read_index(name, read_file(index, _MOST_INDEX), family)
        with watched(fetch):
            listing = [file.rfilename for file in HfApi().model_info(name).siblings or ()]
        needed = find_needed(name, listing, parts)
        if not isinstance(needed, Needed):
            raise _incomplete(name, needed, family)
        fetch_files(name, needed.files, fetch)
    except (GatedRepoError, RepositoryNotFoundError):
        raise
    except EntryNotFoundError as error:
        if isinstance(error, LocalEntryNotFoundError):  # it is the network that isn't there
            raise _unreachable(name) from error
        raise
    except OSError as error:
        raise _unreachable(name) from error
    return index.parent


def _unreachable(name: str) -> GenerationError:
    why = "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else "huggingface.co can't be reached"
    wanted = ("*.json", "*.txt", "*.model", "*.safetensors", CARD)
    command = hub_command("download", name, "--include", *wanted, "--exclude", "safety_checker/*")
    return GenerationError(
        f"The weights for {name} aren't on this machine, and {why}.",
        f"When you're online, try again: a download says how large it is, and goes on where it broke off. Or run "
        f"`{command}`.",
    )


def _survey(name: str, folder: Path, family: Family) -> tuple[dict[str, tuple[str, str]], Needed | tuple[str, ...]]:
    try:
        data = read_file(folder / INDEX, _MOST_INDEX)
    except FileNotFoundError as error:
        raise GenerationError(
            f"{folder} holds no pipeline: it has no {INDEX}.",
            f"Give a folder as `{hub_command('download', family.example, '--local-dir', family.generator)}` makes one.",
        ) from error
    parts = read_index(name, data, family)
    return parts, find_needed(name, set(_listing(folder, parts)), parts)


def _listing(folder: Path, parts: dict[str, tuple[str, str]]) -> Iterator[str]:
    for place in ("", *parts):
        inside = folder / place
        if inside.is_dir():
            yield from (f"{place}/{entry.name}".lstrip("/") for entry in list_folder(inside) if entry.is_file())


def _look(name: str, folder: Path, family: Family) -> PipelineFiles:
    """What is in a folder that is to be whole. Raises GenerationError."""
    parts, needed = _survey(name, folder, family)
    if not isinstance(needed, Needed):
        raise _incomplete(name, needed, family)
    numbers = sum(_count(name, folder / file) for file in needed.weights)
    licence = licence_in(folder / CARD) or family.licences.get(name)
    return PipelineFiles(name, folder, needed, parts, licence, numbers)


def _count(name: str, file: Path) -> int:
    """How many numbers a safetensors file holds, by its header. Raises GenerationError where it isn't whole."""
    size = file.stat().st_size
    with open_file(file) as opened:
        length = int.from_bytes(opened.read(8), "little")
        header = opened.read(length) if length <= min(size, _MOST_HEADER) else b""
    try:
        entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
        tensors = [msgspec.json.decode(raw, type=_Header) for key, raw in entries.items() if key != "__metadata__"]
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        raise GenerationError(f"{name} can't be loaded: {file.name} is damaged.", "Download it again.") from error
    whole = 8 + length + max((tensor.data_offsets[1] for tensor in tensors), default=0)
    if size != whole:
        raise GenerationError(
            f"{name} can't be loaded: {file.parent.name}/{file.name} has {size:,} of {whole:,} bytes.",
            "Download it again.",
        )
    return sum(math.prod(tensor.shape) for tensor in tensors)


def _incomplete(name: str, missing: tuple[str, ...], family: Family) -> GenerationError:
    return GenerationError(
        f"{name} isn't whole: {', '.join(missing)} missing.",
        f"Download it again, or choose another, e.g. {family.example}.",
    )
