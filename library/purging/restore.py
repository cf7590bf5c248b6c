"""Brings sounds back that were purged: made again where a recipe says how, else out of the trash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from library.errors import AudioError, LibraryError
from library.jobs.saving import EmbeddedRecipe
from library.purging.remaking import Remade, Step, Stopped, remake
from library.sound import audio
from library.store.catalog import Catalog
from library.take import Take


@dataclass
class Restored:
    """What came of it."""

    takes: list[Take] = field(default_factory=list)
    """Whose sounds are there again."""
    failed: dict[str, str] = field(default_factory=dict)
    """Why others are not, by their ids."""
    cancelled: bool = False


def restore(
    catalog: Catalog,
    takes: Iterable[Take],
    *,
    step: Step = lambda _done, _of: None,
    stopped: Stopped = lambda: False,
    device: str = "auto",
) -> Restored:
    """Bring the sounds of `takes` back to where they were; those that are there are left alone, and count as back.

    A take that doesn't come out identical stays as it is: another sound is never put in its place. Raises LibraryError.
    """
    done, to_make = Restored(), list[Take]()
    for take in {take.id: take for take in takes}.values():
        purge = catalog.purges.purges.get(take.id)
        if catalog.has_sound(take):
            done.takes.append(take)
        elif purge is not None and purge.moved_to is not None:
            _move_back(catalog, take, purge.moved_to, done)
        elif not any(map(catalog.is_own, catalog.places_of(take))):
            done.failed[take.id] = f"Its sound was never the library's, and isn't at {catalog.name_of(take)} any more."
        else:
            to_make.append(take)

    def put_back(remade: Remade) -> None:
        write_back(catalog, remade)
        done.takes.append(remade.take)

    made = remake(catalog.library, to_make, put_back, step=step, stopped=stopped, device=device)
    done.failed |= made.failed
    done.cancelled = made.cancelled
    return done


def write_back(catalog: Catalog, remade: Remade) -> None:
    """Put the sound of a take where its document says that it is, durably. Raises LibraryError."""
    take = remade.take
    target = next((path for path in catalog.places_of(take) if catalog.is_own(path)), None)
    if target is None or take.recipe is None:
        raise LibraryError(f"Take {take.id[:8]} has no place in the library.")
    samples, rate = audio.read(remade.sound)
    comment = msgspec.json.encode(EmbeddedRecipe(recipe=take.recipe, parent=take.parent)).decode()
    catalog.library.make_folder(target.parent)
    catalog.library.write(target, audio.encode_flac(samples, rate, comment))
    catalog.note_purged(take.id)


def _move_back(catalog: Catalog, take: Take, moved_to: str, done: Restored) -> None:
    source = catalog.library.root / moved_to
    target = next((path for path in catalog.places_of(take) if catalog.is_own(path)), None)
    try:
        if target is None or audio.sound_id(source) != take.id:
            done.failed[take.id] = f"{source} isn't its sound any more."
            return
        catalog.library.make_folder(target.parent)
        catalog.library.rename(source, target)
    except AudioError as error:
        done.failed[take.id] = f"{source}: {error}"
        return
    catalog.note_purged(take.id)
    done.takes.append(take)


def bring_back(
    catalog: Catalog, takes: Iterable[Take], *, step: Step = lambda _done, _of: None, stopped: Stopped = lambda: False
) -> None:
    """Before something is made of `takes`: make those again that were purged.

    Of those that are not back `PurgeLog.lost` tells why. Raises LibraryError.
    """
    gone = [take for take in takes if catalog.is_purged(take)]
    if gone:
        catalog.purges.lost |= restore(catalog, gone, step=step, stopped=stopped).failed
