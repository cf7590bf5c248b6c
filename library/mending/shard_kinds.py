"""The kinds of shards that are looked into and mended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import get_args

import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.library import Library
from library.mending.listing import entries_in, files_in, folders_in
from library.store.shards import Damage, list_nested, list_shards

Tables = dict[str, dict[str, msgspec.Raw]]
"""The documents of a shard as they are written, by their table and key: with what only a newer Earmark knows."""
TABLES: msgspec.json.Decoder[Tables] = msgspec.json.Decoder(Tables)
_ANYTHING: msgspec.json.Decoder[object] = msgspec.json.Decoder()


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
    within: str = ""
    """The one folder there that has shards of this kind, where the others have other kinds."""
    strict: bool = False
    """Whether entries that can't be used are set aside too. Else they stay: a newer Earmark may know them."""

    def shards(self) -> list[Path]:
        """Those there are, by name, also where something is in their place that is no file; but no links."""
        return [
            writer / entry.name
            for writer in folders_in(self.library, self.folder)
            if self.within in ("", writer.name)
            for entry in entries_in(self.library, writer)
            if entry.kind != "link" and entry.name[0] not in ".~" and fnmatchcase(entry.name, self.name)
        ]

    def files(self, pattern: str) -> list[Path]:
        """The plain files beside shards whose names are as `pattern` has it, by name."""
        there = files_in(self.library, self.folder, 1)
        beside = [path for path in there if path.parent != self.folder and self.within in ("", path.parent.name)]
        return [path for path in beside if fnmatchcase(path.name, pattern)]

    def listed(self) -> list[Path | Damage]:
        """The shards as whoever reads them finds them. Raises LibraryError."""
        if self.within:
            return list_shards(self.library, f"{self.folder}/{self.within}")
        return list_nested(self.library, self.folder, None if self.name == "*.json" else self.name)

    def read(self, shard: Path) -> bytes:
        """The bytes of a shard; an empty one's where there is none. Raises OSError."""
        try:
            return self.library.read(shard)
        except FileNotFoundError:
            return b"{}"

    @cached_property
    def required(self) -> frozenset[str]:
        """The fields that every document of it has."""
        types = get_args(self.document) or (self.document,)
        fields = (msgspec.structs.fields(each) for each in types)
        return frozenset.intersection(*(frozenset(one.encode_name for one in each if one.required) for each in fields))

    def is_sound(self, document: msgspec.Raw) -> bool:
        try:
            decode_json(document, self._decoder)
        except NotJsonError:
            return False
        return True

    def whole(self, data: bytes) -> Mapping[str, msgspec.Raw] | None:
        """The documents of a shard by their keys, as they are written; None for one that is damaged anywhere."""
        try:
            documents = decode_json(data, TABLES).get(self.table, {})
        except NotJsonError:
            return None
        return documents if all(map(self.is_sound, documents.values())) else None

    @cached_property
    def _decoder(self) -> msgspec.json.Decoder[object]:
        return msgspec.json.Decoder(self.document)


def canonical(document: msgspec.Raw) -> bytes:
    """The same bytes for the same values, however they are written."""
    try:
        return msgspec.json.encode(decode_json(document, _ANYTHING), order="deterministic")
    except (NotJsonError, OverflowError):  # numbers that only a newer Earmark has room for
        return bytes(document)
