"""What is still to come of a library: the wishes in it, less what has been made of them; and who goes on with one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import msgspec
from msgspec import Struct

from library.files.decoding import NotJsonError, decode_json
from library.files.folder import Folder
from library.generators import registry
from library.jobs.wishes import FOLDER, FORMAT, NAME, Held, Settled, Wish, here, lock_name
from library.library import Library
from library.store.catalog import Catalog
from library.store.shards import Damage, list_shards
from library.take import Recipe

_TRIES = 5
"""Who only looks whether a wish is held holds it for an instant."""


class _Version(Struct):
    format: int = 0


_VERSION, _WISH = msgspec.json.Decoder(_Version), msgspec.json.Decoder(Wish)
_SETTLED = msgspec.json.Decoder(Settled)


@dataclass(frozen=True)
class Unmade:
    """A wish of which something is still to come."""

    wish: Wish
    missing: tuple[int, ...]
    """The recipes without a take, by index."""
    busy: bool
    """Whether a living process is at it."""

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        return tuple(self.wish.recipes[index] for index in self.missing)

    @property
    def parent(self) -> str | tuple[str, ...] | None:
        whose = self.wish.parent
        return tuple(whose[index] for index in self.missing) if isinstance(whose, tuple) else whose

    @property
    def from_here(self) -> bool:
        return self.wish.place == here()

    @property
    def machine(self) -> str:
        """Where it was asked for, as people call it."""
        return self.wish.place.rpartition(":")[0] or self.wish.place


@dataclass(frozen=True)
class ToCome:
    """All that is still to come of a library's takes, in the order in which it was asked for."""

    unmade: tuple[Unmade, ...] = ()
    damages: tuple[Damage, ...] = ()
    """Files of the queue that could not be read; they stay as they are."""

    @property
    def waiting(self) -> tuple[Unmade, ...]:
        """What was asked for here, and nobody is at."""
        return tuple(one for one in self.unmade if one.from_here and not one.busy)


@dataclass
class _Found:
    wishes: list[Wish] = field(default_factory=list)
    settled: dict[str, set[int]] = field(default_factory=dict)
    damages: list[Damage] = field(default_factory=list)


def is_anything_asked(library: Library) -> bool:
    """Whether there may be a wish; reads nothing."""
    return bool(list_shards(library, str(library.root / FOLDER)))


def asked_for(library: Library) -> Iterator[Recipe]:
    """All that any process asked for in that library and is not through with, made or not. Raises LibraryError."""
    return (recipe for wish in _read_all(library).wishes for recipe in wish.recipes)


def to_come(catalog: Catalog) -> ToCome:
    """What is still to come, by the takes that the catalog knows. Changes nothing. Raises LibraryError."""
    found = _read_all(catalog.library)
    if not found.wishes:
        return ToCome(damages=tuple(found.damages))
    made = _made(catalog, {wish.id for wish in found.wishes})
    unmade = []
    with catalog.library.folder(catalog.library.root / FOLDER) as folder:
        for wish in found.wishes:
            done = made.get(wish.id, set()) | found.settled.get(wish.id, set())
            if missing := tuple(index for index in range(len(wish.recipes)) if index not in done):
                unmade.append(Unmade(wish, missing, _is_held(folder, wish)))
    return ToCome(tuple(unmade), tuple(found.damages))


def take_up(catalog: Catalog, wish: Wish) -> tuple[Held, Unmade] | None:
    """Hold that wish, with what is to come of it now; None where another process is at it, or nothing is to come.

    Raises LibraryError.
    """
    lock = _hold(catalog.library, wish)
    if lock is None:
        return None
    held = Held(catalog.library, wish, lock)
    catalog.refresh()  # who held it before may have made some since
    for unmade in to_come(catalog).unmade:
        if unmade.wish.id == wish.id:
            return held, unmade
    held.fulfil()
    return None


def check_makeable(unmade: Unmade) -> None:
    """Raises GenerationError where that can't be made here and now: its generator or its model is not there.

    A library names generators, but defines none: those of the user's own are in the user's own configuration.
    """
    for generator, model in dict.fromkeys((recipe.generator, recipe.model) for recipe in unmade.recipes):
        spec = registry.spec(generator)
        spec.check_model(model)
        spec.check_available()


def drop(library: Library, wish: Wish) -> bool:
    """Nobody wants that wish any more: remove it, durably. Whether it was there to be. Raises LibraryError."""
    lock = _hold(library, wish)
    if lock is not None:
        Held(library, wish, lock).fulfil()
    return lock is not None


def _hold(library: Library, wish: Wish) -> BinaryIO | None:
    with library.folder(library.root / FOLDER) as folder:
        for _ in range(_TRIES):
            if (lock := folder.hold(lock_name(wish.id))) is not None:
                return lock
            time.sleep(0.01)
    return None


def _is_held(folder: Folder, wish: Wish) -> bool:
    try:
        return folder.is_held(lock_name(wish.id))
    except FileNotFoundError:
        return False


def _made(catalog: Catalog, asked: set[str]) -> dict[str, set[int]]:
    """Which recipes of these wishes have takes."""
    made: dict[str, set[int]] = {}
    for take in catalog:
        for document in catalog.documents_of(take):
            if document.wish is not None:
                wish, _, index = document.wish.partition("/")
                if wish in asked and index.isdecimal() and len(index) < 10:
                    made.setdefault(wish, set()).add(int(index))
    return made


def _read_all(library: Library) -> _Found:
    found = _Found()
    for path in list_shards(library, str(library.root / FOLDER)):
        if isinstance(path, Damage):
            found.damages.append(path)
            continue
        wish, _, rest = path.name.partition(".")
        try:
            data = library.read(path)
            if NAME.fullmatch(wish) and rest.startswith("settled-"):
                found.settled.setdefault(wish, set()).update(decode_json(data, _SETTLED).settled)
            elif reason := _read_wish(data, wish, found):
                found.damages.append(Damage(path, reason))
        except FileNotFoundError:
            continue  # it has just been fulfilled
        except NotJsonError as error:
            found.damages.append(Damage(path, f"It's damaged or only partly copied ({error}). It stays as it is."))
        except OSError as error:
            found.damages.append(Damage(path, f"It can't be read: {error.strerror or error}."))
    return found


def _read_wish(data: bytes, name: str, found: _Found) -> str:
    """Take in a wish; what is wrong with it, if something is."""
    version = decode_json(data, _VERSION).format
    if version > FORMAT:
        return "It comes from a newer Earmark. Update yours to go on with it; it stays as it is."
    wish = decode_json(data, _WISH)
    if version != FORMAT or wish.id != name:
        return "It isn't what its name says. It stays as it is."
    found.wishes.append(wish)
    return ""
