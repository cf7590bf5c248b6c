"""What is wrong with a library, found without changing it."""

from __future__ import annotations

import contextlib
import os
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from library.errors import EarmarkError, LibraryError, NewerFormatError
from library.files.folder import Folder
from library.files.reasons import unreadable, unwritable
from library.library import Library
from library.mending.conflict_copies import find_copies, only_there
from library.mending.listing import folders_in
from library.mending.loose_sounds import FRESH_S, Orphan, find_orphans, set_aside_sounds
from library.mending.marker import is_mendable
from library.mending.missing_sounds import find_missing
from library.mending.set_aside import find_kept, is_missed
from library.mending.shard_kinds import ShardKind
from library.mending.stray_files import find_strays
from library.store.catalog import TABLE, Catalog
from library.store.shards import Damage, ShardReader
from library.take import Take

READING_S = 3.0
"""So long sounds are read that were written to since they came, unless all are to be read."""


@dataclass(frozen=True)
class Unopened:
    """A library that can't be opened."""

    error: EarmarkError
    mendable: bool
    """Whether `repair_library` can open it again."""


@dataclass
class Health:
    """What was found; each list is empty where all is well."""

    founded: bool
    takes: int
    unwritable: LibraryError | None
    free: int
    """Bytes on its disk."""
    closed: list[Damage] = field(default_factory=list)
    """What may not be read."""
    damaged: list[Damage] = field(default_factory=list)
    kept: list[Path] = field(default_factory=list)
    """Shards that were taken out of use …"""
    missed: list[Path] = field(default_factory=list)
    """… and those of them that are whole and not in use, or can't be read."""
    copies: list[Path] = field(default_factory=list)
    """Conflict copies with something that is not in use."""
    strays: list[Path] = field(default_factory=list)
    loose: list[Orphan] = field(default_factory=list)
    """Sounds of no take, but for those that one may name in a moment."""
    aside: list[Path] = field(default_factory=list)
    """Sounds that were set aside …"""
    aside_size: int = 0
    """… and their bytes."""
    missing: list[str] = field(default_factory=list)
    changed: list[tuple[Path, str]] = field(default_factory=list)
    """Sounds that are no longer what they were, and what they are."""
    unread: int = 0
    """Sounds that were written to since they came, and could not be read in READING_S."""
    all_read: bool = False
    """Whether every sound was read."""
    hidden: list[LibraryError] = field(default_factory=list)
    """What stood in the way of looking."""


def examine(library: Library, kinds: Sequence[ShardKind] = (), *, sounds: bool = False) -> Health | Unopened:
    """Look at a library and at its shards of these `kinds`; with `sounds`, all of them are read."""
    try:
        founded = library.check()
        catalog = Catalog.load(library)
    except EarmarkError as error:
        newer = isinstance(error, NewerFormatError)
        return Unopened(error, mendable=not newer and is_mendable(library))
    health = Health(founded, len(catalog), *_try_writing(library))
    looking = partial(_noting, health.hidden, library)
    with looking():
        _look_at_shards(catalog, health, kinds)
    for kind in kinds:
        with looking():
            kept = find_kept(kind)
            health.kept += kept
            health.missed += [path for path in kept if _may_be_missed(path, kind)]
            health.copies += [path for path in find_copies(kind) if only_there(path, kind) != []]
    with looking():
        health.strays = find_strays(library)
    with looking():
        health.loose = [orphan for orphan in find_orphans(catalog) if not 0 <= time.time() - orphan.since < FRESH_S]
    with looking():
        health.aside = set_aside_sounds(library)
        health.aside_size = sum(library.status(path).st_size for path in health.aside)
    with looking():
        health.missing = [catalog.name_of(take) for take in find_missing(catalog)]
        _read_sounds(catalog, health) if sounds else _read_written(catalog, health)
    return health


@contextlib.contextmanager
def _noting(hidden: list[LibraryError], library: Library) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        hidden.append(unreadable(library.root / (error.filename or ""), error))


def _try_writing(library: Library) -> tuple[LibraryError | None, int]:
    """Why something can't be written there, and how many bytes are free."""
    place = library.root
    while not place.exists() and place != place.parent:
        place = place.parent
    try:
        free = os.statvfs(place)
        with Folder.at(place) as folder, folder.scratch():
            pass
        top = [folder for folder in folders_in(library, library.root) if folder in (library.batches, library.sessions)]
        for place in (*top, *folders_in(library, library.sessions)):
            with library.folder(place) as folder, folder.scratch():
                pass
    except LibraryError as error:
        return error, 0
    except OSError as error:
        return unwritable(place, error), 0
    return None, free.f_bavail * free.f_frsize


def _look_at_shards(catalog: Catalog, health: Health, kinds: Sequence[ShardKind]) -> None:
    damages = list(catalog.damages)
    for kind in kinds:
        if kind.table == TABLE:
            continue  # the catalog has read those
        reader: ShardReader[object] = ShardReader(kind.library, kind.listed, kind.table, kind.document)
        try:
            deque(reader.changed(), maxlen=0)
        except LibraryError as error:
            damages.append(Damage(kind.folder, f"It {error.what.removeprefix(f'{kind.folder} ')}"))
        damages += reader.damages
    for damage in damages:
        # What os.path tells it tells without raising where we may not look.
        closed = not os.path.islink(damage.path) and not os.access(damage.path, os.R_OK)  # noqa: PTH114
        (health.closed if closed else health.damaged).append(damage)


def _may_be_missed(path: Path, kind: ShardKind) -> bool:
    try:
        return is_missed(path, kind)
    except OSError:
        return True


def _read_sounds(catalog: Catalog, health: Health) -> None:
    """Whether every sound is the one its take's id says; decodes them all, on all cores."""
    from library.sound.audio import examine

    def changed(take: Take) -> tuple[Path, str] | None:
        path = catalog.path_of(take)
        try:
            found = examine(path) if catalog.has_sound(take) else None
        except EarmarkError as error:
            return path, error.what
        return None if found is None or found.id == take.id else (path, found.partial or "its audio has changed")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        health.changed += filter(None, pool.map(changed, catalog))
    health.all_read = True


def _read_written(catalog: Catalog, health: Health) -> None:
    """Whether sounds are still the same that were written to since they came, as many as can be read in READING_S."""
    from library.sound.changed_sound import changed_since, written_since

    doubtful = [take for take in catalog if written_since(take.created_at, catalog.name_of(take))]
    limit = time.monotonic() + READING_S
    for number, take in enumerate(doubtful):
        if time.monotonic() > limit:
            health.unread = len(doubtful) - number
            return
        path = catalog.path_of(take)
        if trouble := changed_since(take.id, take.created_at, path, lambda: time.monotonic() > limit):
            health.changed.append((path, trouble.what))
