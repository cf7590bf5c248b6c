"""From what a generator rendered to a take in the library: written, measured, documented, durable."""

from __future__ import annotations

import io
import os
import secrets
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from library.errors import AudioError, LibraryError, UnconfirmedError
from library.files.durable import sync_folder, write_durably
from library.files.reasons import unconfirmed, unwritable
from library.generators.api import Rendered
from library.library import Library
from library.sound import audio
from library.sound.loudness_meter import measure
from library.sound.samples import Samples
from library.store.catalog import TABLE, BatchWriter
from library.store.shards import ShardReader
from library.take import Recipe, Take, TakeId, utc_now

MAX_TOKEN_BYTES = 256 << 20
"""Unpacked: of a take of hours they are a few megabytes."""


class EmbeddedRecipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sound says of itself, in its comment: enough to document it again, and for `import` to know it."""

    recipe: Recipe
    parent: str | None = None


def save(
    batch: BatchWriter,
    rendered: Rendered,
    parent: str | None = None,
    before_commit: Callable[[Take], None] = lambda _: None,
) -> Take:
    """Put a finished take into `batch`: sound as 24-bit FLAC, tokens as npz, named by the hash of the sound.

    `before_commit` is called when all is in place but the document that makes it a take. Durable on return. Raises
    LibraryError when the disk is full or can't be written, AudioError for a sound that FLAC can't hold; nothing is
    left behind then.
    """
    new: list[Path] = []
    committing = False
    try:
        take = _write_files(batch, rendered, parent, new)
        before_commit(take)
        committing = True
        batch.add([take])
    except LibraryError as error:
        with suppress(OSError):
            shard = batch.folder / "batch.json"
            documents = shard.read_text() if shard.exists() else ""
            for path in new:
                # A document that made it to the disk all the same keeps its files.
                if path.name not in documents:
                    path.unlink(missing_ok=True)
        if committing or not isinstance(error, UnconfirmedError):
            raise
        raise unconfirmed(batch.folder, error) from error
    return take


def _write_files(batch: BatchWriter, rendered: Rendered, parent: str | None, new: list[Path]) -> Take:
    """Write all of a take but its document; puts the files that were not there before into `new`."""
    sound_id = _write_sound(batch.folder, rendered, parent, new)
    tokens = f"{sound_id}.npz" if rendered.tokens else None
    if tokens is not None:
        _note_if_new(batch.folder / tokens, new)
        write_durably(batch.folder / tokens, _pack(rendered.tokens))
    embedded = EmbeddedRecipe(recipe=rendered.recipe, parent=parent)
    take = describe_take(sound_id, rendered.samples, rendered.sample_rate, embedded)
    return msgspec.structs.replace(take, batch=batch.name, file=f"{sound_id}.flac", tokens=tokens)


def describe_take(sound: TakeId, samples: Samples, rate: int, embedded: EmbeddedRecipe) -> Take:
    """The take that a made sound is, but for where it lies. Samples are float32 [frames, channels], `rate` in Hz."""
    measured, recipe = measure(samples, rate), embedded.recipe
    return Take(
        id=sound,
        batch="",
        file="",
        duration_s=len(samples) / rate,
        sample_rate=rate,
        channels=samples.shape[1],
        created_at=utc_now(),
        prompt=recipe.prompt,
        seed=recipe.seed,
        generator=recipe.generator,
        model=recipe.model,
        lufs=measured.lufs,
        true_peak_db=measured.true_peak_db,
        # It ends where it was asked to end, so that a longer one can begin with it: no fault.
        flags=tuple(flag for flag in measured.flags if flag != "cut-off"),
        recipe=recipe,
        parent=embedded.parent,
    )


def is_saved(library: Library, take: Take) -> bool:
    """Whether that very take made it into its batch in the library, sound and all; durable if so."""
    folder = library.batches / take.batch
    shard: ShardReader[Take] = ShardReader(library, lambda: [folder / "batch.json"], TABLE, Take)
    documents = [document for _, documents in shard.changed() for document in documents]
    if not any(document.id == take.id for document in documents):
        return False
    try:
        (folder / take.file).stat()
        sync_folder(folder)  # its writer may have been killed before it did that
    except (OSError, UnconfirmedError):
        return False
    return True


def write_scratch(folder: Path, name: str, rendered: Rendered) -> tuple[Path, Path | None]:
    """Write a take's sound and tokens into `folder` as `save` would, without a library.

    Raises LibraryError, and AudioError for a sound that FLAC can't hold.
    """
    sound = folder / f"{name}.flac"
    audio.write_flac(sound, rendered.samples, rendered.sample_rate)
    if not rendered.tokens:
        return sound, None
    tokens = folder / f"{name}.npz"
    write_durably(tokens, _pack(rendered.tokens))
    return sound, tokens


def read_tokens(path: Path) -> Mapping[str, NDArray[np.generic]] | None:
    """The tokens in `path`, None where they are missing or damaged. Never unpickles."""
    try:
        with zipfile.ZipFile(path) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_TOKEN_BYTES:
                return None
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error):
        return None


def _write_sound(folder: Path, rendered: Rendered, parent: str | None, new: list[Path]) -> TakeId:
    temporary = folder / f".sound.{secrets.token_hex(4)}.tmp"
    embedded = msgspec.json.encode(EmbeddedRecipe(recipe=rendered.recipe, parent=parent)).decode()
    try:
        audio.write_flac(temporary, rendered.samples, rendered.sample_rate, embedded)
        sound_id = _id_of_written(temporary)
        _note_if_new(folder / f"{sound_id}.flac", new)
        temporary.replace(folder / f"{sound_id}.flac")
        sync_folder(folder)
    except OSError as error:
        raise unwritable(folder, error) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
    return sound_id


def _id_of_written(path: Path) -> TakeId:
    """The id of the sound that was just written there. Raises LibraryError: it is the disk that fails, not the take."""
    try:
        return audio.sound_id(path)
    except AudioError as error:
        raise LibraryError(
            f"{path} can't be read again: {error.what}", error.remedy or "Look after that disk."
        ) from error


def _note_if_new(path: Path, new: list[Path]) -> None:
    if not os.path.exists(path):  # noqa: PTH110 - which raises nothing
        new.append(path)


def _pack(tokens: Mapping[str, NDArray[np.generic]]) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **tokens)
    return packed.getvalue()
