"""Copies that a synchroniser leaves beside a batch's documents when two machines have written them: merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from library.files.decoding import decode_json
from library.mending.outcome import Outcome
from library.mending.shard_kinds import TABLES, ShardKind, canonical


def find_copies(kind: ShardKind) -> list[Path]:
    """Files beside a shard that nobody reads and whose names begin and end as its own, by name.

    Such as `batch.sync-conflict-20261122-101530-ABCDEFG.json` and `batch (conflicted copy).json`. None where all
    files of a folder are shards.
    """
    stem, _, suffix = kind.name.rpartition(".")
    if stem == "*":
        return []
    return kind.files(f"{stem}[!a-zA-Z0-9]*.{suffix}")


def only_there(copy: Path, kind: ShardKind) -> list[msgspec.Raw] | None:
    """The documents of a copy that the shard beside it lacks; None where one of them is damaged or can't be read."""
    try:
        there, more = kind.whole(kind.read(copy.with_name(kind.name))), kind.whole(kind.read(copy))
    except OSError:
        return None
    if there is None or more is None:
        return None
    known = set(map(canonical, there.values()))
    return [document for document in more.values() if canonical(document) not in known]


def merge_copies(kind: ShardKind) -> Iterator[Outcome]:
    """Put what only a copy has into the shard, and give the copy another name. Raises LibraryError."""
    for copy in find_copies(kind):
        shard, documents = copy.with_name(kind.name), only_there(copy, kind)
        if documents is None:
            words = f"{copy} or {shard.name} is damaged or unreadable: compare them yourself."
            yield Outcome("conflict copies", words, done=False)
            continue
        try:
            _append(kind, shard, documents)
        except ValueError:
            yield Outcome("conflict copies", f"{shard} can't take in the extra entries of {copy.name}.", done=False)
            continue
        kept = copy.with_name(f"{copy.name}.merged")
        kind.library.rename(copy, kept)
        more = f"its {len(documents)} extra entries are now in {shard.name}" if documents else "it had nothing extra"
        yield Outcome("conflict copies", f"{copy}: {more}; it's kept as {kept.name}.")


def _append(kind: ShardKind, shard: Path, documents: Sequence[msgspec.Raw]) -> None:
    """Raises ValueError for a shard that is not numbered as TinyDB does, which is not ours to change."""
    tables = decode_json(kind.read(shard), TABLES)
    there = tables.setdefault(kind.table, {})
    last = max(map(int, there), default=0)
    there |= {str(number): document for number, document in enumerate(documents, last + 1)}
    if documents:
        kind.library.write(shard, msgspec.json.encode(tables))
