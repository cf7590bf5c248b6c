"""A library's shards: TinyDB files of one writer each, whose union is what everybody reads."""

from __future__ import annotations

import re
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from tinydb import TinyDB

from library.errors import LibraryError, UnconfirmedError
from library.files.decoding import NotJsonError, decode_json
from library.files.file_stamp import FileStamp
from library.files.reading import UnfitFileError
from library.files.reasons import unreadable, unwritable
from library.library import MAX_BYTES, Library
from library.store.storage import CrashSafeStorage

Document = TypeVar("Document")


@dataclass(frozen=True)
class Damage:
    """A file, or something in it, that could not be used."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


class ShardWriter:
    """Appends documents to one shard, which no other process writes."""

    def __init__(self, library: Library, path: Path, table: str) -> None:
        """Makes its folder. Raises LibraryError."""
        library.make_folder(path.parent)
        self._path = path
        self._table = TinyDB(library, path, storage=CrashSafeStorage).table(table)

    def append(self, documents: Sequence[msgspec.Struct]) -> None:
        """Write `documents`, all or none; durable on return.

        Raises LibraryError, also for a document that no reader would take: it would be lost without a word.
        """
        try:
            for document in documents:
                msgspec.json.decode(msgspec.json.encode(document), type=type(document))
        except msgspec.ValidationError as error:
            raise LibraryError(f"{self._path} can't store this: {error}.") from error
        if documents:
            self._table.insert_multiple([msgspec.to_builtins(document) for document in documents])


class ShardReader(Generic[Document]):
    """Reads every shard of a kind, and later only those that changed.

    A damaged shard is left where it is: it may be half of what a synchroniser is still bringing, and it is another
    process's to write. It is read as soon as it is whole.
    """

    def __init__(
        self, library: Library, find: Callable[[], Iterable[Path | Damage]], table: str, document: object
    ) -> None:
        """`find` lists the shards there are now; `document` is the type (or union) every document must have."""
        self._library = library
        self._find = find
        self._name = table
        self._whole: msgspec.json.Decoder[dict[str, dict[str, Document]]] = msgspec.json.Decoder(
            dict[str, dict[str, document]]  # type: ignore[valid-type]
        )
        self._loose = msgspec.json.Decoder(dict[str, dict[str, msgspec.Raw]])
        self._single: msgspec.json.Decoder[Document] = msgspec.json.Decoder(document)
        self._seen: dict[Path, FileStamp] = {}
        self._standing: dict[Path, Damage] = {}

    @property
    def damages(self) -> list[Damage]:
        return list(self._standing.values())

    def note(self, damage: Damage) -> None:
        """Have `damage` stand until its file is read anew; a file has one, the first that was found."""
        self._standing.setdefault(damage.path, damage)

    def changed(self) -> Iterator[tuple[Path, list[Document]]]:
        """Every shard that is new or has changed since the last call, with all its documents in order."""
        there = set[Path]()
        for path in self._find():
            if isinstance(path, Damage):
                there.add(path.path)
                self.note(path)
                continue
            there.add(path)
            try:
                data = self._read(path)
            except FileNotFoundError:
                there.discard(path)
                continue
            except OSError as error:
                self._seen.pop(path, None)
                self.note(Damage(path, f"It can't be read: {error.strerror or error}."))
                continue
            if data is None:
                continue
            damage, documents = self._decode(path, data)
            if damage is None:
                self._standing.pop(path, None)
            else:
                self.note(damage)
            if documents:
                yield path, documents
        self._standing = {path: damage for path, damage in self._standing.items() if path in there}

    def _read(self, path: Path) -> bytes | None:
        """The bytes of `path`, None where they are known or not to be read. Raises OSError."""
        status = path.lstat()
        stamp = FileStamp.of(status)
        if self._seen.get(path) == stamp:
            return None
        reason = ""
        if not stat.S_ISREG(status.st_mode):
            reason = "It's a link or not a file at all, so it's not read."
        elif status.st_size > MAX_BYTES:
            reason = f"It's too large to read ({status.st_size >> 20:,} MB)."
        data = None if reason else self._library.read(path)
        self._seen[path] = stamp
        if reason:
            self.note(Damage(path, reason))
        return data

    def _decode(self, path: Path, data: bytes) -> tuple[Damage | None, list[Document]]:
        try:
            tables = decode_json(data, self._whole)
        except NotJsonError:
            return self._salvage(path, data)
        if not any(tables.values()):  # nobody writes a shard before there is something to put into it
            return Damage(path, _EMPTY), []
        return None, list(tables.get(self._name, {}).values())

    def _salvage(self, path: Path, data: bytes) -> tuple[Damage | None, list[Document]]:
        """The sound documents of a shard with unsound ones; none when the file as a whole is no JSON of ours."""
        try:
            raw = decode_json(data, self._loose).get(self._name, {})
        except NotJsonError as error:
            damaged = f"It's damaged or only partly copied ({_why(error)}). It will be read once it's complete."
            return Damage(path, damaged if data else _EMPTY), []
        documents, unsound, first = list[Document](), 0, ""
        for key, value in raw.items():
            try:
                documents.append(decode_json(value, self._single))
            except NotJsonError as error:
                first = first or f"Entry {key[:40]} was skipped ({_why(error)})."
                unsound += 1
        more = f" So were {unsound - 1:,} more." if unsound > 1 else ""
        return Damage(path, f"{first}{more}") if unsound else None, documents


def _why(error: Exception) -> str:
    """What is wrong with an entry, without the grammar of what was expected."""
    what, found, place = str(error).partition(" - at `$.")
    what = re.sub(r" matching regex '.*'", " of another form", what)
    return f"{place.rstrip('`')}: {what[:1].lower()}{what[1:]}" if found else what


def list_below(library: Library, folder: Path, name: str) -> list[Path | Damage]:
    """The files `*.json` in the folder `name` of each folder of `folder`, as `list_nested` lists those of the folders.

    It names what is wrong with the folders themselves. Raises LibraryError.
    """
    try:
        above = [entry.name for entry in library.scan(folder) if entry.kind == "folder" and entry.name[0] != "."]
    except (FileNotFoundError, UnfitFileError):
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
    return [found for each in above if _is_text(each) for found in list_shards(library, f"{folder}/{each}/{name}")]


def list_nested(library: Library, folder: Path, name: str | None = None) -> list[Path | Damage]:
    """The files `name` (or `*.json`) in each folder of `folder`, by name; none if it isn't there.

    Hidden files and what office programs and synchronisers put beside a file while they write it are left out. A link
    is not followed and a folder that can't be read is passed over: both are named as damages. Raises LibraryError.
    """
    found: list[Path | Damage] = []
    try:
        for entry in library.scan(folder):
            if entry.name[0] == ".":
                continue
            path = f"{folder}/{entry.name}"
            if entry.kind == "link":
                found.append(Damage(Path(path), _LINK))
            elif entry.kind != "folder":
                continue
            elif not _is_text(entry.name):
                found.append(Damage(Path(path), "Its name isn't valid text, so it's not read. Rename it."))
            elif name is not None:
                found.append(Path(f"{path}/{name}"))
            else:
                found += list_shards(library, path)
    except FileNotFoundError:
        return []
    except UnfitFileError as error:
        return [Damage(Path(error.filename), _LINK)]
    except OSError as error:
        raise unreadable(folder, error) from error
    return found


_EMPTY = "It's empty. It will be read once it's complete."
_LINK = "It's a link, and Earmark doesn't follow links. Replace it with the file it points to."


def list_shards(library: Library, folder: str) -> list[Path | Damage]:
    """The files `*.json` in `folder`, by name; none if it isn't there, a damage where it can't be read."""
    try:
        names = [entry.name for entry in library.scan(folder) if entry.name.endswith(".json")]
    except FileNotFoundError:
        return []
    except UnfitFileError:
        return [Damage(Path(folder), _LINK)]
    except OSError as error:
        return [Damage(Path(folder), f"It can't be read: {error.strerror or error}.")]
    return [Path(f"{folder}/{name}") for name in names if not name.startswith((".", "~")) and _is_text(name)]


def _is_text(name: str) -> bool:
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def set_aside(library: Library, path: Path, instead: bytes = b"") -> Path:
    """Give a damaged file a name by which it is no shard any more, and put `instead` in its place, if there is any.

    Durable on return; all of it happens or none, wherever this ends. Raises LibraryError.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S-%f")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    if not instead:
        library.rename(path, target)
        return target
    try:
        damaged = library.read(path)
    except OSError as error:
        raise unwritable(path, error) from error
    library.write(target, damaged)
    try:
        library.write(path, instead)
    except UnconfirmedError:
        raise
    except LibraryError:
        library.remove(target)
        raise
    return target
