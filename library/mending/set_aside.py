"""Shards that were set aside although they are whole, as one is that a synchroniser had half brought: put back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from library.files.reasons import unreadable
from library.mending.shard_kinds import Failure, Outcome, ShardKind, canonical

_KEPT = re.compile(r"(?P<shard>.+\.json)\.damaged-[0-9-]+")
"""As `library.store.shards.set_aside` names them."""


@dataclass(frozen=True)
class ShardPutBack(Outcome):
    """It is in use again."""

    subject = "set aside"
    shard: Path
    beside: Path | None = None
    """The one that has come in its place."""


class KeptUnread(Failure):
    """It can't be told whether it is whole."""

    subject = "set aside"


@dataclass(frozen=True)
class KeptDiffers(Outcome):
    """It is whole, but so may be the one that has come in its place, which differs."""

    subject = "set aside"
    done = False
    path: Path
    shard: Path


def find_kept(kind: ShardKind) -> list[Path]:
    """The shards that were taken out of use, by name."""
    return [path for path in kind.files(f"{kind.name}.damaged-*") if _KEPT.fullmatch(path.name)]


def is_missed(path: Path, kind: ShardKind) -> bool:
    """Whether a shard that was taken out of use is whole, and not all of it is in use. Raises OSError."""
    documents = kind.whole(kind.read(path))
    if not documents:
        return False
    try:
        there = kind.whole(kind.read(_place(path)))
    except OSError:  # something that is no file, or too large
        return True
    return there is None or not _values(documents).items() <= _values(there).items()


def put_back(kind: ShardKind) -> Iterator[ShardPutBack | KeptUnread | KeptDiffers]:
    """Give what is missed its name back, or one beside the shard that has come in its place. Raises LibraryError."""
    for path in find_kept(kind):
        shard = _place(path)
        try:
            if not is_missed(path, kind):
                continue
        except OSError as error:
            yield KeptUnread(unreadable(path, error))
            continue
        if not os.path.lexists(shard):
            kind.library.rename(path, shard)
            yield ShardPutBack(shard)
        elif kind.name == "*.json":
            other = shard.with_name(f"{shard.stem}-restored-{path.name.rpartition('-')[2]}.json")
            kind.library.rename(path, other)
            yield ShardPutBack(other, beside=shard)
        else:
            yield KeptDiffers(path, shard)


def _values(documents: Mapping[str, msgspec.Raw]) -> dict[str, bytes]:
    return {key: canonical(document) for key, document in documents.items()}


def _place(path: Path) -> Path:
    """Where a shard was before it was set aside."""
    return path.with_name(path.name.rpartition(".damaged-")[0])
