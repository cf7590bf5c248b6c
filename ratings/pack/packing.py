"""Writes a pack: recipes, judgements, drafts and, if they are wanted, sounds."""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from library.errors import AudioError, LibraryError
from library.files.durable import make_folder, replacing
from library.files.reading import open_file, read_file
from library.jobs.saving import EmbeddedRecipe
from library.locations import typed_path
from library.purging.restore import bring_back
from library.sound import audio
from library.sound.file_bytes import StoppedError
from library.store.catalog import Catalog
from library.take import Take, utc_now
from ratings.errors import ExportError
from ratings.export.placing import check_outside
from ratings.export.redaction import public_take
from ratings.export.run import software
from ratings.export.source import find_sound
from ratings.history import History, takes_of
from ratings.judgement import AnyJudgement
from ratings.pack.contents import DOCUMENT, DRAFTS, FORMAT, MOST_BYTES, MOST_DOCUMENT, MOST_ENTRIES, SOUNDS, Pack

_WHEN = (1980, 1, 1, 0, 0, 0)
_SUFFIXES = ("wav", "flac", "ogg", "opus", "mp3", "aiff", "aif", "m4a", "caf", "au", "w64", "webm", "wma", "aac")


@dataclass(frozen=True)
class Packed:
    """What was written."""

    files: list[Path] = field(default_factory=list)
    takes: int = 0
    judgements: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Ids of takes or drafts whose sounds are not in it, and why."""
    cancelled: bool = False


def write_pack(
    catalog: Catalog,
    history: History,
    destination: Path,
    takes: Iterable[Take],
    *,
    sounds: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Packed:
    """Write a pack of `takes` with their drafts' sounds, in the place of one that is there; with `sounds` theirs, too.

    When cancelled there is none. Raises ExportError where the destination can't be used or it would be too large.
    """
    target = typed_path(destination).absolute()
    check_outside(target.parent, catalog.library)
    _check_ours(target)
    chosen = list({take.id: take for take in takes}.values())
    if not chosen:
        return Packed()
    wanted = {DRAFTS: list(_drafts(catalog, chosen)), SOUNDS: chosen if sounds else []}
    if sum(map(len, wanted.values())) > MOST_ENTRIES:
        raise ExportError(f"A pack holds {MOST_ENTRIES:,} sounds at most.", "Make several.")
    bring_back(catalog, (take for some in wanted.values() for take in some), stopped=cancelled)
    document = Pack(
        format=FORMAT,
        software=software(),
        created_at=utc_now(),
        takes=tuple(map(_public, chosen)),
        judgements=tuple(_said_of(history, {take.id for take in chosen})),
    )
    encoded, failed, done = msgspec.json.encode(document), list[tuple[str, str]](), 0
    if len(encoded) > MOST_DOCUMENT:
        raise ExportError("The document of that pack would be too large.", "Pack fewer takes.")
    try:
        make_folder(target.parent)
        with replacing(target) as file, zipfile.ZipFile(file, "w") as entries:
            entries.writestr(_entry(DOCUMENT, zipfile.ZIP_DEFLATED), encoded)
            for folder, some in wanted.items():
                for take in some:
                    progress(done, sum(map(len, wanted.values())))
                    done += 1
                    try:
                        data, suffix = _sound_of(catalog, take, cancelled)
                    except AudioError as error:
                        failed.append((take.id, str(error)))
                        continue
                    if file.tell() + len(data) > MOST_BYTES:
                        raise ExportError("The pack would be over 4 GB.", "Pack fewer takes, or leave --sound out.")
                    entries.writestr(_entry(f"{folder}/{take.id}.{suffix}", zipfile.ZIP_STORED), data)
    except StoppedError:
        return Packed(failed=failed, cancelled=True)
    except LibraryError as error:
        raise ExportError(error.what, error.remedy) from error
    return Packed([target], len(chosen), len(document.judgements), failed)


def _check_ours(target: Path) -> None:
    head = b""
    with contextlib.suppress(OSError), open_file(target) as file:
        head = file.read(64)
    if os.path.lexists(target) and not (head[:4] == b"PK\3\4" and head[30 : 30 + len(DOCUMENT)] == DOCUMENT.encode()):
        raise ExportError(f"{target} is there already.", "Choose another name.")


def _entry(name: str, kind: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _WHEN)
    entry.compress_type = kind
    entry.external_attr = 0o644 << 16
    return entry


def _drafts(catalog: Catalog, takes: Iterable[Take]) -> Iterator[Take]:
    """What these takes are made from, and that again."""
    seen, look = set[str](), list(takes)
    while look:
        recipe = look.pop().recipe
        draft = None if recipe is None or recipe.draft is None else catalog.get(recipe.draft.sound)
        if draft is not None and draft.id not in seen:
            seen.add(draft.id)
            look.append(draft)
            yield draft


def _public(take: Take) -> Take:
    public = public_take(take)
    return msgspec.structs.replace(
        take, batch="", file="-", tokens=None, recipe=public.recipe, model=public.model, generator=public.generator
    )


def _said_of(history: History, ids: set[str]) -> Iterator[AnyJudgement]:
    yield from (event for event in history.live() if ids.issuperset(takes_of(event)))
    for take in sorted(ids):
        yield from history.labels(take)


def _sound_of(catalog: Catalog, take: Take, stop: Callable[[], bool]) -> tuple[bytes, str]:
    """The bytes of a take's sound, and how such a file's name ends. What Earmark made tells no path of this machine."""
    path, _ = find_sound(catalog, take, lambda _path: None, stop)
    if take.recipe is not None and catalog.is_own(path):
        samples, rate = audio.read(path)
        recipe = public_take(take).recipe or take.recipe
        comment = msgspec.json.encode(EmbeddedRecipe(recipe=recipe, parent=take.parent)).decode()
        return audio.encode_flac(samples, rate, comment), "flac"
    suffix = path.suffix.lower()[1:]
    try:
        return read_file(path, MOST_BYTES), suffix if suffix in _SUFFIXES else "bin"
    except OSError as error:
        raise AudioError(f"{path} can't be read: {error.strerror or error}.") from error
