"""Sounds that no take names, as a kill between a sound and its document leaves them: brought back, or kept aside."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.errors import AudioError
from library.importing.find_files import SUFFIXES
from library.jobs.saving import EmbeddedRecipe, describe_take, read_tokens
from library.library import Library
from library.mending.listing import files_in
from library.mending.outcome import Outcome, a_few
from library.sound import audio
from library.store.catalog import TABLE, BatchWriter, Catalog
from library.store.shards import ShardWriter
from library.take import ID_LENGTH, BatchName, Take, TakeId, utc_now

OLD_S = 86_400.0
"""A sound older than a day waits for no document any more, neither of a process here nor by a synchroniser."""
FRESH_S = 600.0
"""A younger one is likely of a take that is being made."""
TOKENS = ".npz"
SHARD = "batch.json"
_OURS = re.compile(rf"[0-9a-f]{{{ID_LENGTH}}}({'|'.join(map(re.escape, (TOKENS, *SUFFIXES)))})")


@dataclass(frozen=True)
class Orphan:
    """A sound, or a model's tokens, in a batch's folder."""

    path: Path
    size: int
    """Bytes."""
    since: float
    """When its contents or its place last changed, in seconds since 1970: a clock that was set back can't hide that."""


def find_orphans(catalog: Catalog) -> list[Orphan]:
    """The files of the library at hand that are named like a take's, but by no take.

    Nothing is said of a batch whose documents can't all be read: they may name what lies there.
    """
    library = catalog.library
    unread = {damage.path for damage in catalog.damages}
    named = {file for take in catalog for file in catalog.files_of(take)}
    found = []
    for path in files_in(library, library.batches, 1):
        loose = _OURS.fullmatch(path.name) and path.parent != library.batches and str(path) not in named
        if loose and path.parent not in unread and path.with_name(SHARD) not in unread:
            with contextlib.suppress(FileNotFoundError):
                status = library.status(path)
                found.append(Orphan(path, status.st_size, max(status.st_mtime, status.st_ctime)))
    return found


def settle_sounds(library: Library, now: float) -> Iterator[Outcome]:
    """Bring sounds and takes together again that a kill, or an earlier repair, has parted. Raises LibraryError."""
    catalog = Catalog.load(library)
    if returned := return_sounds(catalog):
        yield Outcome("missing sounds", f"restored from set-aside ({len(returned):,}): {a_few(returned)}.")
    yield from settle_orphans(catalog, now)


def settle_orphans(catalog: Catalog, now: float) -> Iterator[Outcome]:
    """Bring back as takes what says how it was made, and set the rest aside; younger ones are left where they are.

    Where a batch's documents were damaged and are set aside, its takes come back at once, whatever their age. `now` is
    in seconds since 1970. Raises LibraryError where the library can't be written; nothing is lost then.
    """
    brought_back, aside, waiting = list[Take](), list[Path](), list[Path]()
    batch: BatchWriter | None = None
    revived: dict[Path, list[Take]] = {}
    orphans = find_orphans(catalog)
    with_sound = {orphan.path.stem for orphan in orphans if orphan.path.suffix != TOKENS}
    loose = {orphan.path for orphan in orphans}
    library = catalog.library
    there = files_in(library, library.batches, 1)
    parted = {path.parent for path in there if path.name.startswith(f"{SHARD}.damaged-")}
    for orphan in orphans:
        path, tokens = orphan.path, orphan.path.with_suffix(TOKENS)
        if path == tokens and path.stem in with_sound:
            continue  # goes where the sound goes
        old, damaged = now - orphan.since > OLD_S, path.parent in parted
        if not old and not damaged:
            if not 0 <= now - orphan.since < FRESH_S:  # else somebody may just be making it
                waiting.append(path)
            continue
        take = None if path == tokens else _document(catalog, path, tokens if tokens in loose else None)
        if take is None and not old:
            continue
        if take is not None and damaged:
            revived.setdefault(path.parent, []).append(take)
            continue
        if take is not None:
            batch = batch or BatchWriter(catalog.library)
            brought_back.append(msgspec.structs.replace(take, batch=batch.name))
            for file in filter(None, (take.file, take.tokens)):
                library.rename(path.with_name(file), batch.folder / file)
        aside += [_set_aside(library, left) for left in sorted(loose & {path, tokens}) if left.is_file()]
    if batch is not None:
        batch.add(brought_back)
    for folder, takes in revived.items():
        named = [msgspec.structs.replace(take, batch=BatchName(folder.name)) for take in takes]
        with contextlib.suppress(ValueError):  # what is there is not numbered as TinyDB does, and not ours to change
            ShardWriter(library, folder / SHARD, TABLE).append(named)
            brought_back += named
    for words, found in (
        ("brought back as takes", [f"{take.id[:8]} ({take.prompt or 'no prompt'})"[:60] for take in brought_back]),
        ("set aside and kept, since no take uses them", aside),
        ("left for now, since they're less than a day old", waiting),
    ):
        if found:
            yield Outcome("loose sounds", f"{words} ({len(found):,}): {a_few(found)}.", done=found is not waiting)


def return_sounds(catalog: Catalog) -> list[Path]:
    """Return to its place what was set aside and is named by a take after all; where it is now. Raises LibraryError."""
    library, back = catalog.library, list[Path]()
    aside = set(set_aside_sounds(library))
    if not aside:
        return []
    for take in catalog:
        for copy in catalog.documents_of(take):
            for file in filter(None, (copy.file, copy.tokens)):
                kept, place = library.set_aside / copy.batch / file, library.batches / copy.batch / file
                if kept in aside and not os.path.lexists(place):
                    library.make_folder(place.parent)
                    library.rename(kept, place)
                    back.append(place)
    return back


def set_aside_sounds(library: Library) -> list[Path]:
    """What was taken out of the batches' folders and is kept."""
    return [path for path in files_in(library, library.set_aside, 1) if path.parent != library.set_aside]


def _document(catalog: Catalog, path: Path, tokens: Path | None) -> Take | None:
    """The take's document, but for its batch; None where the sound is damaged, is in use already or says too little."""
    sound = TakeId(path.stem)
    known = catalog.get(sound)
    if known is not None and catalog.has_sound(known):
        return None
    kept = tokens.name if tokens and read_tokens(tokens) is not None else None
    try:
        if audio.examine(path).id != sound:
            return None
        if known is not None:
            take = msgspec.structs.replace(known, created_at=utc_now())
        else:
            embedded = msgspec.json.decode(audio.comment_of(path), type=EmbeddedRecipe)
            take = describe_take(sound, *audio.read(path), embedded)
        take = msgspec.structs.replace(take, file=path.name, tokens=kept)
        return msgspec.json.decode(msgspec.json.encode(take), type=Take)  # as it will be read
    except (AudioError, msgspec.MsgspecError, UnicodeError, RecursionError):
        return None


def _set_aside(library: Library, path: Path) -> Path:
    folder = library.set_aside / path.parent.name
    library.make_folder(folder)
    target, count = folder / path.name, 1
    while os.path.lexists(target):
        count += 1
        target = folder / f"{path.stem}-{count}{path.suffix}"
    library.rename(path, target)
    return target
