"""Copies that a synchroniser leaves beside a batch's documents when two machines have written them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from library.mending.shard_kinds import Repair, Shelf
from library.store.shards import ShardWriter
from library.store.storage import sync_folder


def find_copies(shelf: Shelf) -> list[Path]:
    """Files beside a shard that nobody reads and whose names begin and end as its own, by name.

    Such as `batch.sync-conflict-20261122-101530-ABCDEFG.json` and `batch (conflicted copy).json`. None where all
    files of a folder are shards.
    """
    stem, _, suffix = shelf.name.rpartition(".")
    if stem == "*":
        return []
    found = shelf.folder.glob(f"*/{stem}[!a-zA-Z0-9]*.{suffix}")
    return sorted(path for path in found if path.is_file() and not path.is_symlink() | path.parent.is_symlink())


def only_there(copy: Path, shelf: Shelf) -> list[msgspec.Struct] | None:
    """The documents of a copy that the shard beside it lacks; None where one of them is damaged. Raises OSError."""
    there, more = _documents(copy.with_name(shelf.name), shelf), _documents(copy, shelf)
    if there is None or more is None:
        return None
    return [document for document in more.values() if document not in there.values()]


def merge_copies(shelf: Shelf) -> Iterator[Repair]:
    """Put what only a copy has into the shard, and give the copy another name. Raises LibraryError or OSError."""
    for copy in find_copies(shelf):
        shard = copy.with_name(shelf.name)
        documents = only_there(copy, shelf)
        if documents is None:
            yield Repair("conflict copies", f"{copy} or {shard.name} is damaged: compare them.", done=False)
            continue
        try:
            ShardWriter(shard, shelf.table).append(documents)
        except ValueError:  # what is there is not numbered as TinyDB does, and not ours to change
            yield Repair("conflict copies", f"{shard} can't take what {copy.name} has more.", done=False)
            continue
        kept = copy.with_name(f"{copy.name}.merged")
        copy.rename(kept)
        sync_folder(kept.parent)
        said = f"what only it had ({len(documents)}) is in {shard.name} now" if documents else "it had nothing more"
        yield Repair("conflict copies", f"{copy}: {said}; it is kept as {kept.name}.")


def _documents(path: Path, shelf: Shelf) -> Mapping[str, msgspec.Struct] | None:
    try:
        decoder = msgspec.json.Decoder(dict[str, dict[str, shelf.document]])  # type: ignore[name-defined]
        tables = decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    found: Mapping[str, msgspec.Struct] = tables.get(shelf.table, {})
    return found
