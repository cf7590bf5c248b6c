"""Makes the takes of a pack again in this library, and takes in what was said of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from library.errors import AudioError
from library.files.durable import create_file, remove_file
from library.files.reading import read_file
from library.files.temporary import TemporaryFolder
from library.jobs.saving import MAX_TOKEN_BYTES, EmbeddedRecipe, describe_take
from library.purging.remaking import Remade, remake
from library.sound import audio
from library.sound.loudness_meter import Meter, with_measures
from library.store.catalog import BatchWriter, Catalog
from library.take import DRAFT, Take, time_text, utc_now
from ratings.errors import ListenerError, PackError
from ratings.history import takes_of
from ratings.journal import LABELS, TABLE, Journal
from ratings.judgement import AnyJudgement, Label, Retraction
from ratings.logs.foreign import confirm, write_foreign
from ratings.logs.listeners import listener_name
from ratings.pack.contents import DRAFTS, MOST_BYTES
from ratings.pack.opening import OpenedPack, open_pack

_CLOCKS = timedelta(days=1)
"""So far clocks of two machines may differ."""
OTHERWISE = "It comes out otherwise here: it is in the library as {}."
NOTHING = "It was imported where it was packed, and the pack has no sounds."


@dataclass
class Made:
    """What came of a pack."""

    takes: list[Take] = field(default_factory=list)
    """Those of the pack that the library has now, or what they came out as."""
    identical: set[str] = field(default_factory=set)
    """Ids of those that came out as they were packed, or were here as that."""
    otherwise: dict[str, str] = field(default_factory=dict)
    """What others came out as: ids by ids."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Ids of takes, or names in the pack, of which nothing came, and why."""
    judgements: int = 0
    """New ones."""
    cancelled: bool = False


def make_pack(
    catalog: Catalog,
    journal: Journal,
    path: Path,
    *,
    step: Callable[[float, float], None] = lambda _done, _of: None,
    stopped: Callable[[], bool] = lambda: False,
    device: str = "auto",
) -> Made:
    """Bring a pack into the library: drafts and sounds that are what they say, then all recipes, then judgements.

    What is here already is not made again. Raises PackError for what is no pack, LibraryError; what was brought in
    until then stays, and the next time goes on from there.
    """
    done = Made()
    with open_pack(path) as opened, TemporaryFolder("pack") as scratch:
        done.failed += [(name[:200], "It has no place in a pack.") for name in opened.junk]
        _Making(catalog, opened, scratch.path, done).run(step, stopped, device)
        catalog.refresh()
        if not done.cancelled:
            _take_in_judgements(catalog, journal, opened.pack.judgements, done)
    return done


class _Making:
    """One pack on its way into the library."""

    def __init__(self, catalog: Catalog, opened: OpenedPack, scratch: Path, done: Made) -> None:
        self._catalog, self._opened, self._scratch, self._done = catalog, opened, scratch, done
        self._batch: BatchWriter | None = None
        self._takes = {take.id: take for take in opened.pack.takes}

    def run(self, step: Callable[[float, float], None], stopped: Callable[[], bool], device: str) -> None:
        """All of it but the judgements. Raises LibraryError."""
        catalog, done = self._catalog, self._done
        steering = {take.recipe.draft.sound for take in self._takes.values() if take.recipe and take.recipe.draft}
        for draft in sorted(steering):
            if not self._is_here(draft) and self._opened.suffix_of(DRAFTS, draft):
                self._bring(draft, self._takes.get(draft))
        to_make = list[Take]()
        for take in self._takes.values():
            if stopped():
                done.cancelled = True
                return
            if self._is_here(take.id):
                self._note_here(take.id)
            elif self._opened.sound(take.id) is not None and self._bring(take.id, take):
                done.takes.append(take)
                if take.recipe is not None:
                    to_make.append(take)
            elif take.recipe is not None:
                to_make.append(take)
            elif not any(name == take.id for name, _ in done.failed):
                done.failed.append((take.id, NOTHING))
        catalog.refresh()
        made = remake(
            catalog.library, to_make, self._keep, otherwise=self._keep_other, step=step, stopped=stopped, device=device
        )
        done.cancelled = made.cancelled
        done.failed += [(take, reason) for take, reason in made.failed.items() if not self._is_here(take)]

    def _is_here(self, take_id: str) -> bool:
        known = self._catalog.get(take_id)
        return known is not None and (self._catalog.has_sound(known) or self._catalog.is_purged(known))

    def _note_here(self, take_id: str) -> None:
        self._done.takes.append(self._catalog.find(take_id))
        self._done.identical.add(take_id)

    def _bring(self, take_id: str, told: Take | None) -> bool:
        """Put a sound of the pack into the library, if it is the one that its name says; whether it was."""
        found = self._opened.sound(take_id)
        if found is None:
            return False
        file = self._scratch / f"sound.{found[1]}"
        meter = Meter()
        try:
            with create_file(file) as into:
                for chunk in self._opened.chunks(found[0], take_id):
                    into.write(chunk)
            examined = audio.examine(file, meter.listen)
            info, data = examined.info, read_file(file, MOST_BYTES)
        except (AudioError, PackError, OSError) as error:
            self._done.failed.append((take_id, str(error)))
            return False
        finally:
            remove_file(file)
        if examined.id != take_id:
            self._done.failed.append((take_id, "Its sound in the pack is another one."))
            return False
        batch = self._open_batch()
        name = f"{take_id}.{found[1]}"
        self._catalog.library.write(batch.folder / name, data)
        about = told or Take(
            id=take_id, batch="", file="-", duration_s=0, sample_rate=1, channels=1, created_at="", generator=DRAFT
        )
        take = msgspec.structs.replace(
            about, batch=batch.name, file=name, tokens=None, created_at=utc_now(), duration_s=info.duration_s,
            sample_rate=info.sample_rate, channels=info.channels, meter=0,
        )  # fmt: skip
        batch.add([with_measures(take, meter.result())])
        self._catalog.refresh()
        return True

    def _keep(self, remade: Remade) -> None:
        """It came out identical."""
        self._done.identical.add(remade.take.id)
        if not self._is_here(remade.take.id):
            self._done.takes.append(self._save(remade, remade.take.id))
        else:
            self._save_tokens(remade)

    def _keep_other(self, remade: Remade, sound: str) -> None:
        """It came out as another sound: of use all the same, where there is no other."""
        if self._is_here(remade.take.id):
            return
        self._done.otherwise[remade.take.id] = sound
        known = self._catalog.get(sound)
        self._done.takes.append(known if known is not None and self._is_here(sound) else self._save(remade, sound))

    def _save(self, remade: Remade, sound: str) -> Take:
        batch, library = self._open_batch(), self._catalog.library
        samples, rate = audio.read(remade.sound)
        embedded = EmbeddedRecipe(recipe=remade.recipe, parent=remade.take.parent)
        comment = msgspec.json.encode(embedded).decode()
        library.write(batch.folder / f"{sound}.flac", audio.encode_flac(samples, rate, comment))
        tokens = None
        if remade.tokens is not None:
            tokens = f"{sound}.npz"
            library.write(batch.folder / tokens, read_file(remade.tokens, MAX_TOKEN_BYTES))
        described = describe_take(sound, samples, rate, embedded)  # type: ignore[arg-type]
        take = msgspec.structs.replace(described, batch=batch.name, file=f"{sound}.flac", tokens=tokens)
        batch.add([take])
        self._catalog.refresh()
        return take

    def _save_tokens(self, remade: Remade) -> None:
        """The sound came with the pack; what extends it exactly comes of the making."""
        known = self._catalog.get(remade.take.id)
        if remade.tokens is not None and known is not None and self._catalog.tokens_of(known) is None:
            self._save(remade, known.id)

    def _open_batch(self) -> BatchWriter:
        if self._batch is None:
            self._batch = BatchWriter(self._catalog.library)
        return self._batch


def _take_in_judgements(catalog: Catalog, journal: Journal, said: Sequence[AnyJudgement], done: Made) -> None:
    """All that is about takes that are here, under their listeners' names; what makes no sense is named once."""
    latest = time_text(datetime.now(UTC) + _CLOCKS)
    fresh, listeners, odd = dict[str, AnyJudgement](), set[str](), 0
    for event in said:
        if isinstance(event, Retraction) or event.at > latest or not _is_name(event.listener):
            odd += 1
        elif all(take in catalog for take in takes_of(event)):
            listeners.add(event.listener)
            if not journal.history.knows(event.id):
                fresh[event.id] = event
    for listener in listeners:
        confirm(journal.library, listener, labels=LABELS)
    write_foreign(journal.library, fresh.values(), table=TABLE, labels=LABELS, source="pack")
    journal.history.add(fresh.values())
    done.judgements = sum(not isinstance(event, Label) for event in fresh.values())
    if odd:
        done.failed.append(("judgements", f"{odd:,} make no sense, and were left out."))


def _is_name(listener: str) -> bool:
    try:
        return listener_name(listener) == listener
    except ListenerError:
        return False
