"""Collections: filters that a listener has given names. Each word on one is an event, and the latest holds."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from library.library import Library
from library.spelling import fold, one_spelling
from library.store.shards import Damage, ShardReader, ShardWriter, list_shards
from library.take import time_text
from ratings.errors import CollectionError
from ratings.judgement import Time
from ratings.logs.listeners import listener_folder

TABLE = "collections"
"""Of a log's file, which is in a folder of that name."""
MAX_NAME = 60
MAX_FILTER = 1000


class Collection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A filter by a name, as of a moment."""

    name: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
    filter: Annotated[str, Meta(max_length=MAX_FILTER)] = ""
    at: Time
    removed: bool = False
    version: Annotated[int, Meta(ge=0)] = 0
    """Of two words on a name the one with the higher version holds, whatever the clocks of their machines said."""


def collection_name(text: str) -> str:
    """`text` as a collection's name: one line of characters that can be seen. Raises CollectionError."""
    name = one_spelling(text)
    if not name:
        raise CollectionError("A collection needs a name.", "Write one.")
    if len(name) > MAX_NAME:
        raise CollectionError(f"A name of {len(name):,} characters is too long.", f"Use at most {MAX_NAME}.")
    if not name.isprintable() or not fold(name):
        raise CollectionError(f"The name {name!r} has characters that can't be shown.", "Use letters, digits, spaces.")
    return name


class Collections:
    """One listener's collections in a library: the union of what all processes wrote. Safe to use from several threads.

    Names are told apart by their letters, whatever their case.
    """

    def __init__(
        self, library: Library, listener: str, log: str = "", now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        """`log` is the name of this process's own, where it is to write."""
        self._library = library
        self._folder = library.sessions / listener_folder(listener) / TABLE
        self._file = self._folder / f"{log}.json"
        self._now = now
        self._reader: ShardReader[Collection] = ShardReader(
            library, lambda: list_shards(library, str(self._folder)), TABLE, Collection
        )
        self._shard: ShardWriter | None = None
        self._words: dict[Path | None, Sequence[Collection]] = {}
        self._lock = threading.RLock()

    @property
    def damages(self) -> list[Damage]:
        return list(self._reader.damages)

    def all(self) -> list[Collection]:
        """Those that there are, by name. Raises LibraryError."""
        there = [one for one in self._latest().values() if not one.removed]
        return sorted(there, key=lambda one: (fold(one.name), one.name))

    def find(self, name: str) -> Collection:
        """The one of that name. Raises CollectionError where there is none, and LibraryError."""
        there = self.all()
        found = next((one for one in there if fold(one.name) == fold(name)), None)
        if found is None:
            names = ", ".join(one.name for one in there)
            remedy = (
                f"Your collections: {names}."
                if names
                else "To save a filter as a collection, press F and then s in the app's Library."
            )
            raise CollectionError(f"There's no collection {name!r}.", remedy)
        return found

    def keep(self, name: str, filter: str) -> Collection:
        """Save a filter by a name, in place of what went by it before. Raises CollectionError or LibraryError."""
        name = collection_name(name)
        if len(filter) > MAX_FILTER:
            raise CollectionError(f"A filter of {len(filter):,} characters is too long.", f"Use at most {MAX_FILTER}.")
        with self._lock:
            kept = self._word(name, filter=filter)
            self._write([kept])
            return kept

    def remove(self, name: str) -> None:
        """Raises CollectionError or LibraryError."""
        with self._lock:
            self._write([self._word(self.find(name).name, removed=True)])

    def rename(self, name: str, other: str) -> Collection:
        """Give a collection another name. Raises CollectionError where that is taken, and LibraryError."""
        other = collection_name(other)
        with self._lock:
            before = self.find(name)
            if fold(other) != fold(name) and any(fold(one.name) == fold(other) for one in self.all()):
                raise CollectionError(f"There's already a collection {other}.", "Choose another name.")
            renamed = self._word(other, filter=before.filter)
            gone = [self._word(before.name, removed=True)] if fold(other) != fold(name) else []
            self._write([*gone, renamed])
            return renamed

    def _latest(self) -> dict[str, Collection]:
        """The latest word on each name, by the folded name."""
        with self._lock:
            for path, words in self._reader.changed():
                if path != self._file or self._shard is None:
                    self._words[path] = words
            latest: dict[str, Collection] = {}
            for one in chain.from_iterable(self._words.values()):
                before = latest.get(fold(one.name), one)
                latest[fold(one.name)] = max(before, one, key=lambda word: (word.version, word.at, word.filter))
            return latest

    def _word(self, name: str, *, filter: str = "", removed: bool = False) -> Collection:
        before = self._latest().get(fold(name))
        version = 0 if before is None else before.version + 1
        return Collection(name=name, filter=filter, at=time_text(self._now()), removed=removed, version=version)

    def _write(self, words: Sequence[Collection]) -> None:
        if self._shard is None:
            self._library.found()
            self._shard = ShardWriter(self._library, self._file, TABLE)
        self._shard.append(words)
        self._words[None] = [*self._words.get(None, ()), *words]
