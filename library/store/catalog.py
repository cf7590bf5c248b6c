"""The takes of a library folder: opening, finding, iterating, adding."""

from __future__ import annotations

import itertools
import os
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import NamedTuple

import msgspec

from library import locations
from library.errors import LibraryError, NewerFormatError, UnconfirmedError, UnknownTakeError
from library.store.shards import Damage, ShardReader, ShardWriter, check_no_links, list_nested
from library.store.storage import make_folder, unconfirmed, unreadable, write_durably
from library.take import BatchName, Take, merge

FORMAT = 1
TABLE = "takes"


@dataclass(frozen=True)
class Change:
    """What a refresh found."""

    added: list[Take] = field(default_factory=list)
    """Takes that were not there before, in the order of their batches."""
    changed: list[Take] = field(default_factory=list)
    """Takes of which more is known now: another place, a prompt that was missing."""
    damages: list[Damage] = field(default_factory=list)


class Place(NamedTuple):
    """A point in the history of a catalog: how much a reader has heard of."""

    takes: int = 0
    changes: int = 0
    damages: int = 0


START = Place()


class Catalog:
    """A library's takes, the union of its batch files. Safe to refresh on one thread and read on another."""

    def __init__(self, root: Path) -> None:
        """Open the library at `root`, which need not exist yet. Reads nothing but its format: see `refresh`.

        Raises NewerFormatError or LibraryError.
        """
        self.root = root.expanduser().absolute()
        check_format(self.root)
        self._batches = str(locations.batches_folder(self.root))
        self._takes: dict[str, Take] = {}
        self._copies: dict[str, list[Take]] = {}
        self._changed: list[str] = []
        self._reader: ShardReader[Take] = ShardReader(
            lambda: list_nested(locations.batches_folder(self.root), "batch.json"), TABLE, Take
        )
        self._lock = threading.Lock()

    @classmethod
    def load(cls, root: Path) -> Catalog:
        """Open the library at `root` and read all its takes."""
        catalog = cls(root)
        catalog.refresh()
        return catalog

    def refresh(self) -> Change:
        """Read what other processes, or batches of this one, have written since the last call."""
        change = Change()
        copied: dict[str, dict[bytes, Take]] = {}
        with self._lock:
            known = len(self._reader.log)
            for path, documents in self._reader.changed():
                batch = path.parent.name
                for document in documents:
                    self._take_in(document, batch, path, change, copied)
            for take_id, copies in copied.items():
                self._merge(take_id, list(copies.values()), change)
            change.damages.extend(self._reader.log[known:])
        return change

    def news(self, place: Place = START) -> tuple[Change, Place]:
        """What any refresh has found since `place`, and the place from which to ask the next time.

        For whoever shares the catalog: a refresh by one reader, say an import, is no news to the others otherwise.
        """
        with self._lock:
            added = list(itertools.islice(self._takes.values(), place.takes, None))
            fresh = {take.id for take in added}
            changed = [self._takes[take] for take in self._changed[place.changes :] if take not in fresh]
            damages = self._reader.log[place.damages :]
            here = Place(len(self._takes), len(self._changed), len(self._reader.log))
        return Change(added, list({take.id: take for take in changed}.values()), damages), here

    def _take_in(
        self, document: Take, batch: str, path: Path, change: Change, copied: dict[str, dict[bytes, Take]]
    ) -> None:
        take = document if document.batch == batch else msgspec.structs.replace(document, batch=batch)
        if not _stays_inside(take.file) or (take.tokens is not None and not _stays_inside(take.tokens, owned=True)):
            self._reader.note(Damage(path, f"Take {take.id} was passed over: its path leaves the library."))
            return
        present = self._takes.get(take.id)
        if present is None:
            self._takes[take.id] = take
            change.added.append(take)
            return
        if take.id not in copied:
            copied[take.id] = {msgspec.json.encode(copy): copy for copy in self._copies.get(take.id, [present])}
        copied[take.id].setdefault(msgspec.json.encode(take), take)

    def _merge(self, take_id: str, copies: list[Take], change: Change) -> None:
        """Make one take of all documents of a sound, if there are new ones among `copies`."""
        if len(copies) == len(self._copies.get(take_id, [None])):
            return
        self._copies[take_id] = sorted(copies, key=lambda copy: (copy.created_at, copy.batch, copy.file))
        self._takes[take_id] = merged = merge(copies)
        self._changed.append(take_id)
        change.changed.append(merged)

    @property
    def damages(self) -> list[Damage]:
        """What of the library is damaged now."""
        return self._reader.damages

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
            shown = "`earmark list` shows the takes there are."
            if self.damages:
                shown = f"It may be in what can't be read, as {self.damages[0]} `earmark doctor` tells more."
            raise UnknownTakeError(f"No take is called {prefix!r}.", shown)
        some = ", ".join(take.id[:8] for take in matches[:4])
        raise UnknownTakeError(f"{len(matches)} takes begin with {prefix!r} ({some} …).", "Give more of the id.")

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

    def places_of(self, take: Take) -> list[Path]:
        """Every place where the take's sound was once seen."""
        return [Path(self._path(copy, copy.file)) for copy in self._copies.get(take.id, [take])]

    def documents_of(self, take: Take) -> list[Take]:
        """All that was written about the take's sound, oldest first."""
        return list(self._copies.get(take.id, [take]))

    def tokens_of(self, take: Take) -> Path | None:
        """The file of the model's tokens: the newest that exists, else the first one named; None for takes without."""
        documents = reversed(self.documents_of(take))
        paths = [self._path(copy, copy.tokens) for copy in documents if copy.tokens is not None]
        return Path(next(filter(os.path.isfile, paths), paths[-1])) if paths else None

    def _path(self, take: Take, file: str) -> str:
        return os.path.join(self._batches, take.batch, file)  # noqa: PTH118

    def new_batch(self) -> BatchWriter:
        """A new batch, for this process to write. Its takes show up at the next `refresh`.

        Raises LibraryError, also where the library that the takes here were read from is gone.
        """
        if self._takes:
            check_still_there(self.root)
        return BatchWriter(self.root)


class BatchWriter:
    """A batch that this process writes, and no other."""

    def __init__(self, root: Path) -> None:
        found_library(root)
        self.name = BatchName(f"{_next_stamp(root)}-{secrets.token_hex(4)}")
        self.folder = locations.batch_file(root, self.name).parent
        """Where the batch's own sounds go."""
        check_no_links(self.folder, root)
        make_folder(self.folder)
        self._shard = ShardWriter(locations.batch_file(root, self.name), TABLE)

    def add(self, takes: Sequence[Take]) -> None:
        """Put takes in the library; durable on return. Their sounds must be in place already. Raises LibraryError."""
        self._shard.append(takes)


_STAMP = "%Y%m%d-%H%M%S-%f"


def _next_stamp(root: Path) -> str:
    """Now, to the microsecond, but after every batch there is, also when the clock was set back since."""
    now = datetime.now(UTC).strftime(_STAMP)
    try:
        latest = max((name[:22] for name in os.listdir(locations.batches_folder(root))), default="")  # noqa: PTH208
        if latest < now:
            return now
        return (datetime.strptime(latest, _STAMP) + timedelta(microseconds=1)).strftime(_STAMP)
    except (OSError, ValueError, OverflowError):
        return now


def check_format(root: Path) -> bool:
    """Whether a library is at `root`. Raises NewerFormatError, or LibraryError where something else is in the way."""
    marker = locations.format_file(root)
    try:
        os.fspath(root).encode()
    except UnicodeEncodeError:
        shown = os.fspath(root).encode(errors="replace").decode()
        raise LibraryError(f"The name of the folder {shown} is not valid text.", "Rename it.") from None
    try:
        data = marker.read_bytes()
    except FileNotFoundError:
        if os.path.exists(root) and not os.path.isdir(root):  # noqa: PTH110, PTH112 - which raise nothing
            raise LibraryError(f"{root} is a file, not a folder.", "Name a folder with --library.") from None
        return False
    except NotADirectoryError:
        raise LibraryError(f"{root} is not a folder.", "Name a folder with --library.") from None
    except OSError as error:
        raise unreadable(marker, error) from error
    remedy = "The takes are not affected. `earmark doctor --repair` writes it anew and keeps the damaged one."
    if may_be_newer(data):
        remedy = "Update Earmark, or put the file back from a backup; the takes are not affected."
    try:
        found = msgspec.json.decode(data, type=dict[str, object]).get("format")
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LibraryError(f"{marker} is damaged ({error}).", remedy) from error
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise LibraryError(f"{marker} names no format.", remedy)
    if found > FORMAT:
        raise NewerFormatError(
            f"{root} has format {found}; this Earmark reads up to {FORMAT}.", "Update Earmark; nothing was touched."
        )
    return True


def may_be_newer(data: bytes) -> bool:
    """Whether a library's marker that can't be used may be of a format that this Earmark doesn't know."""
    named = re.search(rb'"format"\s*:\s*([^\s,}]+)', data)
    if named is None or named[1] in (b"true", b"false", b"null"):
        return False
    number = re.fullmatch(rb'"?(-?[0-9]+)(\.[0-9]*)?"?', named[1])
    return number is None or int(number[1]) > FORMAT


def found_library(root: Path) -> None:
    """Make `root` a library if it isn't one yet. Raises LibraryError."""
    if not check_format(root):
        make_folder(root)
        marker = locations.format_file(root)
        try:
            write_durably(marker, msgspec.json.encode({"format": FORMAT}) + b"\n")
        except UnconfirmedError as error:
            raise unconfirmed(marker, error) from error


def check_still_there(root: Path) -> None:
    """Raise LibraryError where nothing of a library is left at `root`, as when its disk was taken out.

    For a process that has seen one there: a new one in its place would hide what is written from who brings it back.
    """
    for part in (locations.format_file(root), locations.batches_folder(root), locations.sessions_folder(root)):
        try:
            part.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError:
            return  # there, although we may not look
        return
    raise LibraryError(f"The library {root} is gone.", "Bring its folder or its disk back, then try again.")


def _stays_inside(file: str, owned: bool = False) -> bool:
    """Whether a take's path is one we follow: inside its batch's folder or, unless `owned`, an absolute one."""
    if not file or "\0" in file:
        return False
    if file[0] == "/":
        return not owned
    return ".." not in file or ".." not in PurePosixPath(file.replace("\\", "/")).parts
