"""A library's shards: TinyDB files of one writer each, whose union is what everybody reads."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from tinydb import TinyDB

from library.errors import LibraryError
from library.storage import CrashSafeStorage, make_folder

Document = TypeVar("Document")


@dataclass(frozen=True)
class Damage:
    """A file, or a document in it, that could not be used."""

    path: Path
    reason: str
    set_aside: Path | None = None
    """Where the damaged file is kept now, if it could be moved out of the way."""

    def __str__(self) -> str:
        kept = f" It is kept as {self.set_aside.name}." if self.set_aside else ""
        return f"{self.path}: {self.reason}{kept}"


class ShardWriter:
    """Appends documents to one shard, which no other process writes."""

    def __init__(self, path: Path, table: str) -> None:
        make_folder(path.parent)
        self._table = TinyDB(path, storage=CrashSafeStorage).table(table)

    def append(self, documents: Sequence[msgspec.Struct]) -> None:
        """Write `documents`, all or none; durable on return. Raises LibraryError."""
        if documents:
            self._table.insert_multiple([msgspec.to_builtins(document) for document in documents])


class ShardReader(Generic[Document]):
    """Reads every shard of a kind, and later only those that changed."""

    def __init__(self, find: Callable[[], Iterable[Path]], table: str, document: object) -> None:
        """`find` lists the shards there are now; `document` is the type (or union) every document must have."""
        self._find = find
        self._name = table
        self._whole: msgspec.json.Decoder[dict[str, dict[str, Document]]] = msgspec.json.Decoder(
            dict[str, dict[str, document]]  # type: ignore[valid-type]
        )
        self._loose = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
        self._single: msgspec.json.Decoder[Document] = msgspec.json.Decoder(document)
        self._seen: dict[Path, tuple[int, int, int]] = {}
        self.damages: list[Damage] = []
        """All that was found damaged since this reader was made."""

    def changed(self) -> Iterator[tuple[Path, list[Document]]]:
        """Every shard that is new or has changed since the last call, with all its documents in order."""
        for path in self._find():
            try:
                status = path.stat()
                stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
                if self._seen.get(path) == stamp:
                    continue
                data = path.read_bytes()
            except FileNotFoundError:
                continue
            except OSError as error:
                if path not in self._seen:
                    self._seen[path] = (0, 0, 0)
                    self.damages.append(Damage(path, f"It can't be read: {error.strerror or error}."))
                continue
            self._seen[path] = stamp
            documents = self._decode(path, data)
            if documents:
                yield path, documents

    def _decode(self, path: Path, data: bytes) -> list[Document]:
        try:
            return list(self._whole.decode(data).get(self._name, {}).values())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return self._salvage(path, data)

    def _salvage(self, path: Path, data: bytes) -> list[Document]:
        """The sound documents of a shard with unsound ones; none when the file as a whole is no JSON of ours."""
        try:
            raw = self._loose.decode(data).get(self._name, {})
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            self.damages.append(Damage(path, f"It is damaged ({error}).", _set_aside(path)))
            return []
        documents = []
        for key, value in raw.items():
            try:
                documents.append(self._single.decode(value))
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
                self.damages.append(Damage(path, f"Entry {key} was passed over ({error})."))
        return documents


def list_nested(folder: Path, name: str | None = None) -> list[Path]:
    """The files `name` (or `*.json`) in each folder of `folder`, by name; none if it isn't there."""
    try:
        with os.scandir(folder) as entries:
            children = sorted(entry.path for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise LibraryError(f"{folder} can't be read: {error.strerror or error}.") from error
    if name is not None:
        return [Path(f"{child}/{name}") for child in children]
    return [path for child in children for path in sorted(Path(child).glob("*.json")) if not path.name.startswith(".")]


def _set_aside(path: Path) -> Path | None:
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    try:
        path.rename(target)
    except OSError:
        return None
    return target
