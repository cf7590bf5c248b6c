"""Drops the sounds of takes that are proven to come back; keeps all others, each with a reason.

A sound goes only after a real making of that very take, here, by the versions that are here, gave the same bits, and
after the record of it is durable. Recipe, tokens and document stay, and so does what other takes are made from.
"""

from __future__ import annotations

import platform
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.errors import LibraryError
from library.purging.remaking import NO_RECIPE, Remade, Step, Stopped, remake
from library.store.catalog import Catalog
from library.store.purges import TRASH, Proof, Purge
from library.take import Recipe, Take, utc_now

STEERS = "Other takes are made from it."
NOT_OURS = "Its file isn't the library's: it stays where you have it."
GONE = "Its sound isn't there."
SHAKY = "Its recipe can't promise the same bits."


@dataclass(frozen=True)
class Dropped:
    """A sound that is gone, or would go."""

    take: Take
    size: int
    """Bytes."""
    moved_to: Path | None = None
    """Where it lies now, if it can't be made again."""


@dataclass
class Purged:
    """What came of a purge."""

    dropped: list[Dropped] = field(default_factory=list)
    kept: list[tuple[Take, str]] = field(default_factory=list)
    """Takes that keep their sounds, and why."""
    cancelled: bool = False

    @property
    def size(self) -> int:
        """Bytes that are free now."""
        return sum(one.size for one in self.dropped if one.moved_to is None)


def purge(
    catalog: Catalog,
    takes: Iterable[Take],
    *,
    imported: bool = False,
    dry_run: bool = False,
    step: Step = lambda _done, _of: None,
    stopped: Stopped = lambda: False,
    device: str = "auto",
) -> Purged:
    """Drop the sounds of `takes`, each proven first; those with a proof of this very machine as it is need no other.

    With `imported`, copies of the library's own that can't be made again are moved to its trash. A dry run changes and
    proves nothing: it tells what would be tried. Raises LibraryError; what was dropped until then stays so.
    """
    done, able, moving = Purged(), list[Take](), list[Take]()
    steering = {
        take.recipe.draft.sound for take in catalog if take.recipe is not None and take.recipe.draft is not None
    }
    for take in takes:
        if catalog.is_purged(take):
            continue
        reason = _obstacle(catalog, take, steering)
        if reason == NO_RECIPE and imported and catalog.owned_sounds(take):
            moving.append(take)
        elif reason == NO_RECIPE and imported:
            done.kept.append((take, NOT_OURS))
        elif reason:
            done.kept.append((take, reason))
        else:
            able.append(take)
    if dry_run:
        done.dropped += [Dropped(take, _size(catalog, take)) for take in able]
        done.dropped += [Dropped(take, _size(catalog, take), _trash(catalog, take)) for take in moving]
        return done
    _prove_and_drop(catalog, able, done, step=step, stopped=stopped, device=device)
    for take in moving:
        if done.cancelled or stopped():
            done.cancelled = True
            break
        done.dropped.append(_move(catalog, take))
    return done


def _obstacle(catalog: Catalog, take: Take, steering: set[str]) -> str:
    """Why a take keeps its sound, as far as that can be told without making it; empty if nothing is known."""
    if take.id in steering:
        return STEERS
    if take.recipe is None:
        return NO_RECIPE
    if not catalog.owned_sounds(take):
        return NOT_OURS if catalog.has_sound(take) else GONE
    return "" if take.recipe.exact else SHAKY


def _prove_and_drop(
    catalog: Catalog, takes: Sequence[Take], done: Purged, *, step: Step, stopped: Stopped, device: str
) -> None:
    now: dict[tuple[str, str | None], Recipe] = {}
    """By generator and model, what this machine is now: known once one of its takes was made."""
    machine = platform.node()[:1000]

    def drop(remade: Remade) -> None:
        take, made_by = remade.take, remade.recipe
        now[made_by.generator, take.recipe.model if take.recipe else None] = made_by
        proof = Proof(
            take=take.id,
            at=utc_now(),
            machine=machine,
            revision=made_by.revision,
            fingerprint=dict(made_by.fingerprint),
        )
        done.dropped.append(drop_sound(catalog, take, [proof]))

    def is_proven(take: Take) -> bool:
        made_by = now.get(_kind(take))
        return made_by is not None and any(
            (proof.machine, proof.revision, proof.fingerprint) == (machine, made_by.revision, dict(made_by.fingerprint))
            for proof in catalog.purges.proofs.get(take.id, ())
        )

    # One of each kind that has a proof is made first: then it is known whether proofs still hold.
    once = [take for take in takes if catalog.purges.proofs.get(take.id)]
    first = list({_kind(take): take for take in sorted(once, key=lambda take: -take.duration_s)}.values())
    ids = {take.id for take in once} - {take.id for take in first}
    rounds: list[Callable[[], list[Take]]] = [
        lambda: [*first, *(take for take in takes if take not in once)],
        lambda: [take for take in takes if take.id in ids and not is_proven(take)],
    ]
    for chosen in rounds:
        if done.cancelled:
            return
        made = remake(catalog.library, chosen(), drop, step=step, stopped=stopped, device=device)
        done.cancelled = made.cancelled
        done.kept += [(take, made.failed[take.id]) for take in takes if take.id in made.failed]
        if chosen is rounds[0]:
            done.dropped += [drop_sound(catalog, take, []) for take in takes if take.id in ids and is_proven(take)]


def _kind(take: Take) -> tuple[str, str | None]:
    return ("", None) if take.recipe is None else (take.recipe.generator, take.recipe.model)


def drop_sound(catalog: Catalog, take: Take, proofs: Sequence[Proof]) -> Dropped:
    """Write down that the sound goes, durably; then let it go. Killed in between, it is still there."""
    size = _size(catalog, take)
    catalog.purges.write([*proofs, Purge(take=take.id, at=utc_now(), size=size)])
    for path in catalog.owned_sounds(take):
        catalog.library.remove(path)
    catalog.note_purged(take.id)
    return Dropped(take, size)


def _move(catalog: Catalog, take: Take) -> Dropped:
    size, target, library = _size(catalog, take), _trash(catalog, take), catalog.library
    library.make_folder(target.parent)
    name = target.relative_to(library.root).as_posix()
    catalog.purges.write([Purge(take=take.id, at=utc_now(), size=size, moved_to=name)])
    first, *others = catalog.owned_sounds(take)
    library.rename(first, target)
    for path in others:  # the same sound once more
        library.remove(path)
    catalog.note_purged(take.id)
    return Dropped(take, size, target)


def _trash(catalog: Catalog, take: Take) -> Path:
    suffix = catalog.owned_sounds(take)[0].suffix.lower()
    plain = suffix if suffix[1:].isalnum() and suffix.isascii() and len(suffix) <= 9 else ""
    return catalog.library.root / TRASH / f"{take.id}{plain}"


def _size(catalog: Catalog, take: Take) -> int:
    try:
        return sum(catalog.library.status(path).st_size for path in catalog.owned_sounds(take))
    except (OSError, LibraryError):
        return 0
