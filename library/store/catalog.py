"""The takes of a library folder: opening, finding, iterating, adding."""

from __future__ import annotations

import itertools
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from library.errors import UnknownTakeError
from library.library import Library
from library.store.purges import PurgeLog
from library.store.shards import Damage, ShardReader, ShardWriter, list_nested
from library.take import BatchName, Take, as_measured, merge, only_measures

TABLE = "takes"


@dataclass(frozen=True)
class Change:
    """What refreshes found."""

    added: list[Take]
    """Takes that were not there before, in the order of their batches."""
    changed: list[Take]
    """Takes of which more is known now: another place, a prompt that was missing."""


class Place(NamedTuple):
    """A point in the history of a catalog: how much a reader has heard of."""

    takes: int = 0
    changes: int = 0


class Catalog:
    """A library's takes, the union of its batch files. Safe to refresh on one thread and read on another."""

    def __init__(self, library: Library) -> None:
        """The library need not be there yet. Reads its format alone: see `refresh`. Raises LibraryError."""
        self.library = library
        library.check()
        self._batches = str(self.library.batches)
        self._takes: dict[str, Take] = {}
        self._copies: dict[str, list[Take]] = {}
        self._measures: dict[str, Take] = {}
        """The documents that tell measures alone, the newest meter's."""
        self._changed: list[str] = []
        self._reader: ShardReader[Take] = ShardReader(
            self.library, lambda: list_nested(self.library, self.library.batches, "batch.json"), TABLE, Take
        )
        self.purges = PurgeLog(library)
        """Which sounds were dropped on purpose."""
        self._lock = threading.Lock()

    @classmethod
    def load(cls, library: Library) -> Catalog:
        catalog = cls(library)
        catalog.refresh()
        return catalog

    def refresh(self) -> None:
        """Read what other processes, or batches of this one, have written since the last call."""
        copied: dict[str, dict[bytes, Take]] = {}
        with self._lock:
            for path, documents in self._reader.changed():
                batch = path.parent.name
                for document in documents:
                    self._take_in(document, batch, path, copied)
            for take_id, copies in copied.items():
                self._merge(take_id, list(copies.values()))
            self._changed += [take_id for take_id in self.purges.refresh() if take_id in self._takes]
            self.library.founded = self.library.founded or bool(self._takes)

    def news(self, place: Place) -> tuple[Change, Place]:
        """What any refresh has found since `place`, and the place from which to ask the next time.

        For whoever shares the catalog: a refresh by one reader, say an import, is no news to the others otherwise.
        """
        with self._lock:
            added = list(itertools.islice(self._takes.values(), place.takes, None))
            fresh = {take.id for take in added}
            changed = [self._takes[take] for take in self._changed[place.changes :] if take not in fresh]
            here = Place(len(self._takes), len(self._changed))
        return Change(added, list({take.id: take for take in changed}.values())), here

    def _take_in(self, document: Take, batch: str, path: Path, copied: dict[str, dict[bytes, Take]]) -> None:
        take = document if document.batch == batch else msgspec.structs.replace(document, batch=batch)
        if not _stays_inside(take.file) or (take.tokens is not None and not _stays_inside(take.tokens, owned=True)):
            self._reader.note(Damage(path, f"Take {take.id} was skipped: its path leads out of the library."))
            return
        present = self._takes.get(take.id)
        if only_measures(take):
            if take.meter > getattr(self._measures.get(take.id), "meter", 0):
                self._measures[take.id] = take
            if present is not None and present.meter < take.meter:
                self._takes[take.id] = as_measured(present, take)
                self._changed.append(take.id)
            return
        if present is None:
            self._takes[take.id] = self._measured(take) if self._measures else take
            return
        if take.id not in copied:
            copied[take.id] = {msgspec.json.encode(copy): copy for copy in self._copies.get(take.id, [present])}
        copied[take.id].setdefault(msgspec.json.encode(take), take)

    def _merge(self, take_id: str, copies: list[Take]) -> None:
        """Make one take of all documents of a sound, if there are new ones among `copies`."""
        if len(copies) == len(self._copies.get(take_id, [None])):
            return
        self._copies[take_id] = sorted(copies, key=lambda copy: (copy.created_at, copy.batch, copy.file))
        self._takes[take_id] = self._measured(merge(copies))
        self._changed.append(take_id)

    def _measured(self, take: Take) -> Take:
        return as_measured(take, self._measures.get(take.id, take))

    @property
    def damages(self) -> list[Damage]:
        return [*self._reader.damages, *self.purges.damages]

    def __len__(self) -> int:
        return len(self._takes)

    def __iter__(self) -> Iterator[Take]:
        """Every take once, in the order in which they came."""
        return iter(list(self._takes.values()))

    def __contains__(self, take_id: str) -> bool:
        return take_id in self._takes

    def get(self, take_id: str) -> Take | None:
        """The take of that whole id, None if there is none."""
        return self._takes.get(take_id)

    def find(self, prefix: str) -> Take:
        """The one take whose id begins with `prefix`. Raises UnknownTakeError for none or several."""
        prefix = prefix.strip().lower()
        if take := self._takes.get(prefix):
            return take
        matches = [take for take in self if take.id.startswith(prefix)] if prefix else []
        if len(matches) == 1:
            return matches[0]
        if not matches:
            shown = "Run `earmark list` to see the takes."
            if self.damages:
                shown = f"It may be in a file that can't be read: {self.damages[0]} `earmark doctor` tells you more."
            raise UnknownTakeError(f"No take has the ID {prefix!r}.", shown)
        some = ", ".join(take.id[:8] for take in matches[:4])
        raise UnknownTakeError(f"{len(matches)} takes start with {prefix!r} ({some} …).", "Type more of the ID.")

    def path_of(self, take: Take) -> Path:
        """Where the take's sound is: the newest of its known places that exists, else the first one named."""
        return Path(self.name_of(take))

    def name_of(self, take: Take) -> str:
        """`path_of` as text, which 100,000 takes are told by in a tenth of the time."""
        copies = self._copies.get(take.id)
        if copies is None:
            return self._path(take, take.file)
        paths = [self._path(copy, copy.file) for copy in reversed(copies)]
        return next((path for path in paths if os.path.isfile(path)), paths[-1])  # noqa: PTH113

    def has_sound(self, take: Take) -> bool:
        """Whether the take's sound is where it should be; not, in a folder that may not be looked into."""
        return os.path.isfile(self.name_of(take))  # noqa: PTH113 - Path's raises for such a folder

    def owns_sound(self, take: Take) -> bool:
        """Whether the library itself holds the take's sound, wherever else it is."""
        copies = self._copies.get(take.id, [take])
        own = [self._path(copy, copy.file) for copy in copies if not os.path.isabs(copy.file)]  # noqa: PTH117
        return any(map(os.path.isfile, own))

    def is_purged(self, take: Take) -> bool:
        """Whether its sound was dropped on purpose, and is not back."""
        return take.id in self.purges.purges and not self.has_sound(take)

    def note_purged(self, take_id: str) -> None:
        """Tell whoever asks for news that the sound of that take went, or came back."""
        with self._lock:
            self._changed.append(take_id)

    def is_own(self, path: Path) -> bool:
        """Whether that is a place of the library's own."""
        return path.is_relative_to(self.library.batches)

    def owned_sounds(self, take: Take) -> list[Path]:
        """The files of the take's sound that are there and the library's own."""
        places = dict.fromkeys(filter(self.is_own, self.places_of(take)))
        return [path for path in places if os.path.isfile(path)]  # noqa: PTH113

    def places_of(self, take: Take) -> list[Path]:
        """Every place where the take's sound was once seen."""
        return [Path(self._path(copy, copy.file)) for copy in self._copies.get(take.id, [take])]

    def files_of(self, take: Take) -> list[str]:
        """Every file, of sound or of tokens, that was once named for the take."""
        copies = self._copies.get(take.id, [take])
        return [self._path(copy, file) for copy in copies for file in (copy.file, copy.tokens) if file is not None]

    def documents_of(self, take: Take) -> list[Take]:
        """All that was written about the take's sound, oldest first."""
        return list(self._copies.get(take.id, [take]))

    def tokens_of(self, take: Take) -> Path | None:
        """The file of the model's tokens: the newest that exists, else the first one named; None for takes without."""
        documents = reversed(self.documents_of(take))
        paths = [self._path(copy, copy.tokens) for copy in documents if copy.tokens is not None]
        return Path(next(filter(os.path.isfile, paths), paths[-1])) if paths else None

    def _path(self, take: Take, file: str) -> str:
        return file if file[0] == "/" else f"{self._batches}/{take.batch}/{file}"


class BatchWriter:
    """A batch that this process writes, and no other. A catalog has its takes after the next `refresh`."""

    def __init__(self, library: Library) -> None:
        """Founds the library where it is none yet. Raises LibraryError, also where one that was seen there is gone."""
        self.library = library
        library.found()
        self.name = BatchName(f"{_next_stamp(self.library)}-{secrets.token_hex(4)}")
        self.folder = self.library.batches / self.name
        """Where the batch's own sounds go."""
        self._shard = ShardWriter(self.library, self.library.batch_file(self.name), TABLE)

    def read(self) -> bytes:
        """The documents as they are on disk now. Raises OSError."""
        try:
            return self.library.read(self.library.batch_file(self.name))
        except FileNotFoundError:
            return b""

    def add(self, takes: Sequence[Take]) -> None:
        """Put takes in the library; durable on return. Their sounds must be in place already. Raises LibraryError."""
        self._shard.append(takes)


_STAMP = "%Y%m%d-%H%M%S-%f"


def _next_stamp(library: Library) -> str:
    """Now, to the microsecond, but after every batch there is, also when the clock was set back since."""
    now = datetime.now(UTC).strftime(_STAMP)
    try:
        latest = max((entry.name[:22] for entry in library.scan(library.batches)), default="")
        if latest < now:
            return now
        return (datetime.strptime(latest, _STAMP) + timedelta(microseconds=1)).strftime(_STAMP)
    except (OSError, ValueError, OverflowError):
        return now


def _stays_inside(file: str, owned: bool = False) -> bool:
    """Whether a take's path is one we follow: inside its batch's folder or, unless `owned`, an absolute one."""
    if not file or "\0" in file:
        return False
    if file[0] == "/":
        return not owned
    return ".." not in file or ".." not in PurePosixPath(file.replace("\\", "/")).parts
