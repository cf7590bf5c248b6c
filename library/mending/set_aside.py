"""Shards that were set aside although they are whole, as one is that a synchroniser had half brought: put back."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from library.files.reasons import unreadable
from library.mending.outcome import Outcome
from library.mending.shard_kinds import ShardKind, canonical

_KEPT = re.compile(r"(?P<shard>.+\.json)\.damaged-[0-9-]+")
"""As `library.store.shards.set_aside` names them."""


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


def put_back(kind: ShardKind) -> Iterator[Outcome]:
    """Give what is missed its name back, or one beside the shard that has come in its place. Raises LibraryError."""
    for path in find_kept(kind):
        shard = _place(path)
        try:
            if not is_missed(path, kind):
                continue
        except OSError as error:
            yield Outcome.failed("set aside", unreadable(path, error))
            continue
        if not os.path.lexists(shard):
            kind.library.rename(path, shard)
            yield Outcome("set aside", f"{shard} is intact and back in use.")
        elif kind.name == "*.json":
            other = shard.with_name(f"{shard.stem}-restored-{path.name.rpartition('-')[2]}.json")
            kind.library.rename(path, other)
            yield Outcome("set aside", f"{other} is intact and back in use, beside {shard.name}.")
        else:
            yield Outcome(
                "set aside", f"{path} is intact, but {shard.name} differs from it: compare them yourself.", done=False
            )


def _values(documents: Mapping[str, msgspec.Raw]) -> dict[str, bytes]:
    return {key: canonical(document) for key, document in documents.items()}


def _place(path: Path) -> Path:
    """Where a shard was before it was set aside."""
    return path.with_name(path.name.rpartition(".damaged-")[0])
