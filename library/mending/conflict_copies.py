"""Copies that a synchroniser leaves beside a batch's documents when two machines have written them: merged."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.files.decoding import decode_json
from library.mending.shard_kinds import TABLES, Outcome, ShardKind, canonical


@dataclass(frozen=True)
class CopyMerged(Outcome):
    """What only it had is in the shard."""

    subject = "conflict copies"
    copy: Path
    shard: Path
    documents: int
    """How many it had that the shard lacked."""
    kept: Path
    """Where the copy is now."""


@dataclass(frozen=True)
class CopyLeft(Outcome):
    """It, or its shard, is damaged or can't be read; or the shard is not numbered as ours are, and can take no more."""

    subject = "conflict copies"
    done = False
    copy: Path
    shard: Path
    damaged: bool


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


def merge_copies(kind: ShardKind) -> Iterator[CopyMerged | CopyLeft]:
    """Put what only a copy has into the shard, and give the copy another name. Raises LibraryError."""
    for copy in find_copies(kind):
        shard, documents = copy.with_name(kind.name), only_there(copy, kind)
        if documents is None:
            yield CopyLeft(copy, shard, damaged=True)
            continue
        try:
            _append(kind, shard, documents)
        except ValueError:
            yield CopyLeft(copy, shard, damaged=False)
            continue
        kept = copy.with_name(f"{copy.name}.merged")
        kind.library.rename(copy, kept)
        yield CopyMerged(copy, shard, len(documents), kept)


def _append(kind: ShardKind, shard: Path, documents: Sequence[msgspec.Raw]) -> None:
    """Raises ValueError for a shard that is not numbered as TinyDB does, which is not ours to change."""
    tables = decode_json(kind.read(shard), TABLES)
    there = tables.setdefault(kind.table, {})
    last = max(map(int, there), default=0)
    there |= {str(number): document for number, document in enumerate(documents, last + 1)}
    if documents:
        kind.library.write(shard, msgspec.json.encode(tables))
