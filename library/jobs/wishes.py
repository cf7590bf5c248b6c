"""What was asked for, on disk in the library until it is made: a file a wish, held by whoever makes it."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import secrets
import socket
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta, Struct

from library import locations
from library.errors import LibraryError
from library.library import Library
from library.take import ID_LENGTH, MAX_NAME, Recipe

FOLDER = "queue"
FORMAT = 1
MOST = 100_000
"""Takes of one wish."""
NAME = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}-[0-9a-f]{8}")
_Take = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]
_Name = Annotated[str, Meta(max_length=MAX_NAME)]
_Index = Annotated[int, Meta(ge=0, lt=MOST)]


class Wish(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Takes that were asked for in one go."""

    id: Annotated[str, Meta(pattern=f"^{NAME.pattern}$")]
    place: _Name
    """Whose machine is to make it, see `here`."""
    recipes: Annotated[tuple[Recipe, ...], Meta(min_length=1, max_length=MOST)]
    parent: _Take | tuple[_Take, ...] | None = None
    """The take that these extend or continue, or one for each of them."""
    device: Annotated[str, Meta(max_length=20)] = "auto"

    def __post_init__(self) -> None:
        if isinstance(self.parent, tuple) and len(self.parent) != len(self.recipes):
            raise ValueError("there is not one parent for each recipe")


class Settled(Struct):
    """Which of a wish's recipes nobody wants any more, or came to nothing."""

    settled: Annotated[list[_Index], Meta(max_length=MOST)] = []


class Held:
    """A wish that this process makes, and no other that can see its locks."""

    def __init__(self, library: Library, wish: Wish, lock: BinaryIO) -> None:
        self.wish = wish
        self._library, self._lock = library, lock
        self._settled = set[int]()
        self._file = f"{wish.id}.settled-{secrets.token_hex(4)}.json"

    def settle(self, places: Iterable[int]) -> None:
        """These recipes are to be made no more; durable on return. Raises LibraryError."""
        self._settled.update(places)
        written = msgspec.json.encode(Settled(sorted(self._settled)))
        self._library.write(self._library.root / FOLDER / self._file, written)

    def fulfil(self) -> None:
        """Nothing is to come of it any more: remove it. Raises LibraryError."""
        try:
            with self._library.folder(self._library.root / FOLDER) as folder:
                folder.remove(f"{self.wish.id}.json")
                folder.sync()
                for entry in folder.scan():
                    if entry.name.startswith(f"{self.wish.id}."):
                        folder.remove(entry.name)
        finally:
            self._let_go()

    def release(self) -> None:
        """Leave what is still to come to whoever goes on."""
        with suppress(LibraryError), self._library.folder(self._library.root / FOLDER) as folder:
            folder.remove(lock_name(self.wish.id))
        self._let_go()

    def _let_go(self) -> None:
        with suppress(OSError):  # nothing is in it that could get lost
            self._lock.close()


def here() -> str:
    """This user on this machine: who asked goes on; two homes on one machine are two places."""
    user = ""
    with suppress(OSError, KeyError, ImportError):
        user = getpass.getuser()
    home = hashlib.sha256(os.fsencode(locations.cache_folder())).hexdigest()[:8]
    name = f"{user}@{socket.gethostname()}".encode(errors="replace").decode()
    return f"{name[: MAX_NAME - 10]}:{home}"


def record(
    library: Library, recipes: Sequence[Recipe], parent: str | Sequence[str] | None = None, device: str = "auto"
) -> Held:
    """Put a wish in the library and hold it; durable on return. Founds the library. Raises LibraryError."""
    library.found()
    folder = library.root / FOLDER
    library.make_folder(folder)
    wish = Wish(
        id=f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}-{secrets.token_hex(4)}",
        place=here(),
        recipes=tuple(recipes),
        parent=parent if parent is None or isinstance(parent, str) else tuple(parent),
        device=device,
    )
    # Held before it is there, so that nobody else takes it up in between.
    with library.folder(folder) as opened:
        lock = opened.hold(lock_name(wish.id))
    if lock is None:
        raise LibraryError(f"{folder / lock_name(wish.id)} is in use.")
    held = Held(library, wish, lock)
    try:
        library.write(folder / f"{wish.id}.json", msgspec.json.encode({"format": FORMAT} | msgspec.to_builtins(wish)))
    except LibraryError:
        with suppress(LibraryError):
            held.fulfil()
        raise
    return held


def lock_name(wish: str) -> str:
    """The file that is held by whoever makes that wish."""
    return f"{wish}.lock"
