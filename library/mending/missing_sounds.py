"""Sounds that are gone from where their takes say they are: found again by their hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from library.errors import AudioError
from library.library import Library
from library.mending.outcome import Outcome, a_few
from library.store.catalog import BatchWriter, Catalog
from library.take import Take, utc_now


def find_missing(catalog: Catalog) -> list[Take]:
    """Those that nobody dropped on purpose."""
    purged = catalog.purges.purges
    return [take for take in catalog if take.id not in purged and not catalog.has_sound(take)]


def relink(library: Library, folders: Sequence[Path]) -> Iterator[Outcome]:
    """Seek them among the files of `folders` that are as long as one of them. Raises LibraryError."""
    if not folders:
        return
    from library.importing.find_files import find_files
    from library.sound.audio import probe, sound_id

    catalog = Catalog.load(library)
    gone = {take.id: take for take in find_missing(catalog)}
    lengths = {_length(take) for take in gone.values()}
    found: list[Take] = []
    batch = None
    for path in find_files(folders, lambda _path, _reason: None, lambda: not gone):
        try:
            info = probe(path)
            if (info.sample_rate, info.channels, round(info.duration_s, 1)) not in lengths:
                continue
            take = gone.pop(sound_id(path), None)
        except AudioError:
            continue
        if take is not None:
            batch = batch or BatchWriter(catalog.library)
            place = {"batch": batch.name, "file": str(path), "tokens": None, "created_at": utc_now()}
            found.append(msgspec.structs.replace(take, **place))
    if batch is not None:
        batch.add(found)
        yield Outcome("missing sounds", f"{len(found):,} were found: {a_few(take.file for take in found)}.")
    if gone:
        yield Outcome("missing sounds", f"{len(gone):,} aren't in {a_few(folders)}.", done=False)


def _length(take: Take) -> tuple[int, int, float]:
    return take.sample_rate, take.channels, round(take.duration_s, 1)
