"""Finds a checkpoint's files, here or on the Hugging Face hub, and says what to fetch when they aren't there."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from huggingface_hub import constants
from huggingface_hub.errors import (
    EntryNotFoundError,
    GatedRepoError,
    HFValidationError,
    LocalEntryNotFoundError,
    RepositoryNotFoundError,
)
from huggingface_hub.file_download import repo_folder_name

from library.errors import GenerationError, UnknownUserError
from library.files.reading import open_file, read_file
from library.generators.loading.fetching import Fetch, download_command, fetch_files, hub_command
from library.generators.loading.model_card import licence_in
from library.generators.musicgen.published_models import (
    CODEC_FILE,
    LM_FILE,
    META_LICENCE,
    PUBLISHED,
    STEMS_REPOSITORY,
    STEREO_CODEC,
    TEXT_ENCODER,
    published,
)
from library.locations import typed_path

_LISTING_BYTES = 1 << 20
TEXT_ENCODER_FILES = ("config.json", "spiece.model", "model.safetensors")
"""The repository has the same weights in four formats more, 4.5 GB in all."""
_NAME_ONE = "Give a MusicGen model's name, e.g. facebook/musicgen-small, or a folder with its files."


@dataclass(frozen=True)
class CheckpointFiles:
    """Where a checkpoint's parts are."""

    name: str
    lm: Path
    codec: Path
    licence: str | None
    """Of the weights; None when nothing says."""


def find_checkpoint(name: str, fetch: Fetch | None = None) -> CheckpointFiles:
    """The files of the checkpoint of that full name, or in that folder; fetched from the hub if need be.

    The hub's cache and HF_HUB_OFFLINE are respected. Raises GenerationError: what is missing, how big it is, and under
    which licence it can be had.
    """
    try:
        folder = typed_path(name)
    except UnknownUserError as error:
        raise GenerationError(error.what, error.remedy) from error
    if folder.is_dir():
        return _find_in_folder(folder.resolve())
    if folder.is_absolute() or name.startswith((".", "~")):
        raise GenerationError(f"There's no folder {name}.", f"Give a folder with {LM_FILE} and {CODEC_FILE}.")
    try:
        lm, codec = fetch_files(name, (LM_FILE, CODEC_FILE), fetch)
    except GatedRepoError as error:
        raise GenerationError(
            f"{name} can only be downloaded once you have accepted its terms.",
            f"Accept them at https://huggingface.co/{name}, then run `{hub_command('auth', 'login')}`.",
        ) from error
    except RepositoryNotFoundError as error:
        raise GenerationError(f"There's no model called {name} on the Hugging Face hub.", _NAME_ONE) from error
    except HFValidationError as error:
        raise GenerationError(f"{name!r} is neither a folder nor a model name.", _NAME_ONE) from error
    except OSError as error:
        if not isinstance(error, EntryNotFoundError) or isinstance(error, LocalEntryNotFoundError):
            raise _unreachable(name) from error
        raise GenerationError(
            f"{name} isn't an audiocraft MusicGen checkpoint: it has no {LM_FILE} or {CODEC_FILE}.",
            "Choose another model.",
        ) from error
    return CheckpointFiles(name, lm, codec, META_LICENCE if published(name) else _licence_of(name))


@contextmanager
def fetching(what: str, repository: str, size: str, *files: str) -> Iterator[None]:
    """Turn what the hub raises, all of it an OSError, where `what` can't be had into an error for the user."""
    try:
        yield
    except OSError as error:
        raise GenerationError(
            f"{what} isn't on this machine and can't be downloaded right now: {_why_not()}.",
            f"When you're online, try again, or run `{download_command(repository, *files)}` once ({size}).",
        ) from error


def find_stem_separator(fetch: Fetch | None = None) -> Path:
    """The folder of the stem separator, which melody models need; fetched if need be. Raises GenerationError."""
    what = "Melody models need the stem separator htdemucs, which"
    with fetching(what, STEMS_REPOSITORY, "about 0.1 GB, MIT licence"):
        (listing,) = fetch_files(STEMS_REPOSITORY, ("htdemucs.yaml",), fetch)
        signatures = yaml.safe_load(read_file(listing, _LISTING_BYTES))["models"]
        fetch_files(STEMS_REPOSITORY, [f"{signature}.safetensors" for signature in signatures], fetch)
    return listing.parent


def find_text_encoder(repository: str, fetch: Fetch | None = None) -> None:
    """See to it that the text encoder is here, fetched if need be. Raises GenerationError."""
    what = f"The text encoder {repository}, which the model needs,"
    with fetching(what, repository, "about 0.9 GB, Apache 2.0 licence", *TEXT_ENCODER_FILES):
        try:
            fetch_files(repository, TEXT_ENCODER_FILES, fetch)
        except EntryNotFoundError:
            fetch_files(repository, (*TEXT_ENCODER_FILES[:2], "pytorch_model.bin"), fetch)


def find_codec(name: str, fetch: Fetch | None) -> None:
    """See to it that the EnCodec of that name is here, fetched if need be. Raises what `fetch_files` does."""
    if Path(name).is_dir():
        return
    try:
        fetch_files(name, ("config.json", "model.safetensors"), fetch)
    except EntryNotFoundError:
        fetch_files(name, ("config.json", "pytorch_model.bin"), fetch)


def weights_digest(files: CheckpointFiles) -> str:
    """A hash of the weights, 20 hexadecimal digits: what a recipe calls the model's revision. Reads all of them."""
    return read_weights(files)[0]


def read_weights(files: CheckpointFiles) -> tuple[str, str | None]:
    """The same, and the licence of the weights: Meta's are known by their hash, also in a folder without their card."""
    total, of_files = hashlib.sha256(), []
    for path in (files.lm, files.codec):
        with open_file(path) as file:
            digest = hashlib.file_digest(file, "sha256")
        total.update(digest.digest())
        of_files.append(digest.hexdigest())
    licence = files.licence or (META_LICENCE if _is_metas(of_files[0]) else None)
    return total.hexdigest()[:20], licence


def _is_metas(digest: str) -> bool:
    """Whether the hub's cache has a file of that hash from one of Meta's models: it calls files by their hashes."""
    cache = Path(constants.HF_HUB_CACHE)
    folders = (repo_folder_name(repo_id=model.name, repo_type="model") for model in PUBLISHED)
    return any((cache / folder / "blobs" / digest).is_file() for folder in folders)


def _find_in_folder(folder: Path) -> CheckpointFiles:
    paths = [folder / name for name in (LM_FILE, CODEC_FILE)]
    missing = [path.name for path in paths if not path.is_file()]
    if missing:
        command = hub_command(
            "download", "facebook/musicgen-small", LM_FILE, CODEC_FILE, "--local-dir", "musicgen-small"
        )
        raise GenerationError(
            f"{folder} holds no MusicGen checkpoint: {' and '.join(missing)} missing.",
            f"Give a folder with {LM_FILE} and {CODEC_FILE}, as `{command}` makes one.",
        )
    return CheckpointFiles(str(folder), paths[0], paths[1], _metas(licence_in(folder / "README.md")))


def _why_not() -> str:
    return "HF_HUB_OFFLINE is set" if constants.HF_HUB_OFFLINE else "huggingface.co can't be reached"


def _unreachable(name: str) -> GenerationError:
    """With a line for the shell that fetches everything the model needs."""
    known = published(name)
    commands = [download_command(name, LM_FILE, CODEC_FILE), download_command(TEXT_ENCODER, *TEXT_ENCODER_FILES)]
    size = "0.9 GB of it the text encoder t5-base, Apache 2.0"
    if known:
        size = f"about {known.gigabytes:.1f} GB, {META_LICENCE}, no commercial use; {size.replace(' of it', ' for')}"
    if known and known.melody:
        commands.append(download_command(STEMS_REPOSITORY))
        size += "; 0.1 GB for the stem separator, MIT"
    if known and known.stereo:
        commands.append(download_command(STEREO_CODEC))
    return GenerationError(
        f"The weights for {name} aren't on this machine, and {_why_not()}.",
        f"When you're online, try again: a download goes on where it broke off. Or run `{' && '.join(commands)}` "
        f"({size}).",
    )


def _licence_of(name: str) -> str | None:
    try:
        return _metas(licence_in(fetch_files(name, ("README.md",), None)[0]))
    except OSError:
        return None


def _metas(licence: str | None) -> str | None:
    """Meta's own way to write its licence, where it is that one."""
    return META_LICENCE if licence == "cc-by-nc-4.0" else licence
