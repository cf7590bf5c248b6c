"""The kinds of shards that are looked into and mended, and what came of one thing that was to be mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal, get_args

import msgspec

from library.library import Library

UNREADABLE_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding bytes may raise."""
Tables = dict[str, dict[str, msgspec.Raw]]
"""The documents of a shard as they are written, by their table and key: with what only a newer Earmark knows."""
Subject = Literal[
    "library", "set aside", "damaged files", "conflict copies", "stray files", "loose sounds", "missing sounds"
]


@dataclass(frozen=True)
class ShardKind:
    """A kind of shards: where they are, and what they hold."""

    library: Library
    folder: Path
    """Has a folder a writer, which has the shards."""
    name: str
    """Of a shard; `*.json` for any."""
    table: str
    document: object
    """Type or union of its documents."""
    strict: bool = False
    """Whether entries that can't be used are set aside too. Else they stay: a newer Earmark may know them."""

    def shards(self) -> list[Path]:
        """Those there are, by name; none is a link or lies behind one."""
        found = sorted(self.folder.glob(f"*/{self.name}"))
        return [path for path in found if path.name[0] not in ".~" and not path.is_symlink() | path.parent.is_symlink()]

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that every document of it has."""
        types = get_args(self.document) or (self.document,)
        return frozenset.intersection(*(_required(each) for each in types))

    def is_sound(self, document: msgspec.Raw) -> bool:
        """Whether it is a document that this Earmark can use."""
        try:
            self._decoder.decode(document)
        except UNREADABLE_JSON:
            return False
        return True

    def whole(self, data: bytes) -> Mapping[str, msgspec.Raw] | None:
        """The documents of a shard by their keys, as they are written; None for one that is damaged anywhere."""
        try:
            documents = msgspec.json.decode(data, type=Tables).get(self.table, {})
        except UNREADABLE_JSON:
            return None
        return documents if all(map(self.is_sound, documents.values())) else None

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[object]:
        return msgspec.json.Decoder(self.document)


def _required(kind: type) -> frozenset[str]:
    return frozenset(field.encode_name for field in msgspec.structs.fields(kind) if field.required)


def canonical(document: msgspec.Raw) -> bytes:
    """The same bytes for the same values, however they are written."""
    try:
        return msgspec.json.encode(msgspec.json.decode(document), order="deterministic")
    except UNREADABLE_JSON:  # numbers that only a newer Earmark has room for
        return bytes(document)


@dataclass(frozen=True)
class Outcome:
    """What came of one thing that was to be mended."""

    subject: ClassVar[Subject]
    done: ClassVar[bool] = True
