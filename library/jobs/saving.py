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
from library.files.durable import write_durably
from library.files.reading import read_file
from library.files.reasons import unconfirmed, unwritable
from library.generators.api import Rendered
from library.library import Library
from library.sound import audio
from library.sound.loudness_meter import measure, with_measures
from library.sound.samples import Samples
from library.store.catalog import TABLE, BatchWriter
from library.store.shards import ShardReader
from library.take import OFF_LENGTH, OFF_LENGTH_S, Flag, Recipe, Take, TakeId, utc_now

MAX_TOKEN_BYTES = 256 << 20
"""Unpacked: of a take of hours they are a few megabytes."""


class EmbeddedRecipe(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a sound says of itself, in its comment: enough to document it again, and for `import` to know it.

    As in the library's documents, a model that is a folder of this machine stands here by its path, without which the
    take can't be made again. What leaves the library is written by `ratings.export`, which takes paths out.
    """

    recipe: Recipe
    parent: str | None = None


def save(
    batch: BatchWriter,
    rendered: Rendered,
    parent: str | None = None,
    before_commit: Callable[[Take], None] = lambda _: None,
    check_id: Callable[[TakeId], None] = lambda _: None,
    *,
    wish: str | None = None,
) -> Take:
    """Put a finished take into `batch`: sound as 24-bit FLAC, tokens as npz, named by the hash of the sound.

    `wish` is what of the queue it fulfils, see `Take.wish`.
    `check_id` is called before anything is in its place, and may raise to keep it out. `before_commit` is called when
    all is in place but the document that makes it a take. Durable on return. Raises LibraryError when the disk is full
    or can't be written, AudioError for a sound that FLAC can't hold; nothing is left behind then.
    """
    new: list[Path] = []
    committing = False
    try:
        take = msgspec.structs.replace(_write_files(batch, rendered, parent, new, check_id), wish=wish)
        before_commit(take)
        committing = True
        batch.add([take])
    except LibraryError as error:
        with suppress(OSError, LibraryError):
            documents = batch.read()
            for path in new:
                # A document that made it to the disk all the same keeps its files.
                if path.name.encode() not in documents:
                    batch.library.remove(path)
        if committing or not isinstance(error, UnconfirmedError):
            raise
        raise unconfirmed(batch.folder, error) from error
    return take


def _write_files(
    batch: BatchWriter, rendered: Rendered, parent: str | None, new: list[Path], check_id: Callable[[TakeId], None]
) -> Take:
    """Write all of a take but its document; puts the files that were not there before into `new`."""
    embedded = EmbeddedRecipe(recipe=rendered.recipe, parent=parent)
    sound_id = _write_sound(batch, rendered, embedded, new, check_id)
    tokens = f"{sound_id}.npz" if rendered.tokens else None
    if tokens is not None:
        _append_if_new(batch.folder / tokens, new)
        batch.library.write(batch.folder / tokens, _pack(rendered.tokens))
    take = describe_take(sound_id, rendered.samples, rendered.sample_rate, embedded)
    return msgspec.structs.replace(take, batch=batch.name, file=f"{sound_id}.flac", tokens=tokens)


def describe_take(sound: TakeId, samples: Samples, rate: int, embedded: EmbeddedRecipe) -> Take:
    """The take that a made sound is, but for where it lies. Samples are float32 [frames, channels], `rate` in Hz."""
    measured, recipe = measure(samples, rate), embedded.recipe
    take = Take(
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
        # It ends where it was asked to end, so that a longer one can begin with it: no fault.
        flags=(*(flag for flag in measured.flags if flag != "cut-off"), *_length_flags(len(samples) / rate, recipe)),
        recipe=recipe,
        parent=embedded.parent,
    )
    return with_measures(take, measured)


def _length_flags(length_s: float, recipe: Recipe) -> tuple[Flag, ...]:
    off_s = abs(length_s - recipe.duration_s)
    return ("length",) if off_s > max(OFF_LENGTH * recipe.duration_s, OFF_LENGTH_S) else ()


def is_saved(library: Library, take: Take) -> bool:
    """Whether that very take made it into its batch in the library, sound and all; durable if so."""
    folder = library.batches / take.batch
    shard: ShardReader[Take] = ShardReader(library, lambda: [folder / "batch.json"], TABLE, Take)
    if not any(document.id == take.id for _, documents in shard.changed() for document in documents):
        return False
    try:
        with library.folder(folder) as folder_handle:
            folder_handle.status(take.file)
            folder_handle.sync()  # its writer may have been killed before it did that
    except LibraryError:
        return False
    return True


def write_scratch(folder: Path, name: str, rendered: Rendered) -> tuple[Path, Path | None]:
    """Write sound and tokens into `folder` as `save` would, without a library. Raises LibraryError and AudioError."""
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
        packed = io.BytesIO(read_file(path, MAX_TOKEN_BYTES))
        with zipfile.ZipFile(packed) as entries:
            if sum(entry.file_size for entry in entries.infolist()) > MAX_TOKEN_BYTES:
                return None
        with np.load(packed, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, ValueError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile, zlib.error, struct.error):
        return None


def _write_sound(
    batch: BatchWriter,
    rendered: Rendered,
    embedded: EmbeddedRecipe,
    new: list[Path],
    check_id: Callable[[TakeId], None],
) -> TakeId:
    comment = msgspec.json.encode(embedded).decode()
    encoded = audio.encode_flac(rendered.samples, rendered.sample_rate, comment)
    temporary = f".sound.{secrets.token_hex(4)}.tmp"
    with batch.library.folder(batch.folder) as folder:
        try:
            with folder.create(temporary) as file:
                file.write(encoded)
                file.flush()
                os.fsync(file.fileno())
            sound_id = audio.sound_id(batch.folder / temporary)
            check_id(sound_id)
            _append_if_new(batch.folder / f"{sound_id}.flac", new)
            folder.rename(temporary, f"{sound_id}.flac")
        except OSError as error:
            raise unwritable(batch.folder, error) from error
        except AudioError as error:  # it is the disk that fails, not the take
            what = f"{batch.folder / temporary} can't be read back: {error.what}"
            raise LibraryError(what, error.remedy or "Check that disk: it may be failing.") from error
        finally:
            with suppress(OSError):
                folder.remove(temporary)
        folder.sync()
    return sound_id


def _append_if_new(path: Path, new: list[Path]) -> None:
    if not os.path.exists(path):  # noqa: PTH110 - which raises nothing
        new.append(path)


def _pack(tokens: Mapping[str, NDArray[np.generic]]) -> bytes:
    packed = io.BytesIO()
    np.savez_compressed(packed, allow_pickle=False, **tokens)
    return packed.getvalue()
