"""Which sounds were dropped, and what proves that they come back: events of one writer a file."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, TypeAlias

from msgspec import Meta, Struct

from library.library import Library
from library.store.shards import Damage, ShardReader, ShardWriter, list_shards
from library.take import ID_LENGTH

TABLE, FOLDER, TRASH = "purges", "purged", "trash"
"""The table, the folder in the library, and the folder of what can't be made again and was thrown away all the same."""
_EVENTS = 500
"""A process goes on in a new file after so many."""
_Id = Annotated[str, Meta(pattern=f"^[0-9a-f]{{{ID_LENGTH}}}$")]
_Text = Annotated[str, Meta(max_length=1000)]


class Proof(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="proof", tag_field="kind"):
    """A take was made again and came out identical, bit for bit."""

    take: _Id
    at: _Text
    machine: _Text
    revision: _Text | None = None
    fingerprint: dict[str, str] = {}
    """Of the machine, as the recipe has it that it was made again by."""


class Purge(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False, tag="purge", tag_field="kind"):
    """The sound of a take may be gone: it was dropped right after this was written, unless something came between."""

    take: _Id
    at: _Text
    size: Annotated[int, Meta(ge=0)]
    """Bytes."""
    moved_to: Annotated[str, Meta(pattern=rf"^{TRASH}/[0-9a-f]{{{ID_LENGTH}}}(\.[a-z0-9]{{1,8}})?$")] | None = None
    """Where it lies now, from the library's folder on; None for a sound that is made again."""


PurgeEvent: TypeAlias = Proof | Purge


class PurgeLog:
    """What all processes wrote of a library's purges, and this process's own file of them. Not for several threads."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._folder = library.root / FOLDER
        self._reader: ShardReader[PurgeEvent] = ShardReader(
            library, lambda: list_shards(library, str(self._folder)), TABLE, Proof | Purge
        )
        self.proofs: dict[str, list[Proof]] = {}
        """By take."""
        self.purges: dict[str, Purge] = {}
        """The latest of each take."""
        self.lost: dict[str, str] = {}
        """Why takes could not be made again lately, by their ids."""
        self._shard: ShardWriter | None = None
        self._room = 0

    @property
    def damages(self) -> list[Damage]:
        return self._reader.damages

    def refresh(self) -> list[str]:
        """Read what is new; the takes that it tells of. Raises LibraryError."""
        return [event.take for _, events in self._reader.changed() for event in events if self._take_in(event)]

    def write(self, events: Sequence[PurgeEvent]) -> None:
        """Write events, all or none; durable on return. Raises LibraryError."""
        if self._shard is None or self._room < len(events):
            self._library.found()
            name = f"{datetime.now(UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(4)}.json"
            self._shard, self._room = ShardWriter(self._library, self._folder / name, TABLE), _EVENTS
        self._shard.append(events)
        self._room -= len(events)
        for event in events:
            self._take_in(event)

    def _take_in(self, event: PurgeEvent) -> bool:
        if isinstance(event, Proof):
            known = self.proofs.setdefault(event.take, [])
            if event not in known:
                known.append(event)
            return False
        before = self.purges.get(event.take)
        if before is not None and before.at >= event.at:
            return False
        self.purges[event.take] = event
        return True
