"""The files that one log writes and no other process does: one after the other, each small enough to be quick."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.library import Library
from library.store.shards import ShardWriter
from ratings.judgement import AnyJudgement

SHARD_EVENTS = 500
"""A log goes on in a new file after so many judgements, or SHARD_BYTES, so that a write stays quick."""
SHARD_BYTES = 200_000

_JUDGEMENTS = msgspec.json.Decoder(dict[str, dict[str, AnyJudgement]])


class OwnFiles:
    """The files of a log for one kind of events. None is there before the first event."""

    def __init__(self, library: Library, folder: Path, name: str, table: str) -> None:
        self._library, self._folder, self._name, self._table = library, folder, name, table
        self._shard: ShardWriter | None = None
        self._shards = 0
        self._room = (0, 0)
        """Events and bytes that the present file may still take."""

    def append(self, events: Sequence[AnyJudgement]) -> None:
        """Write events, all or none; durable on return. Raises LibraryError."""
        if not events:
            return
        size = sum(len(msgspec.json.encode(event)) for event in events)
        if self._shard is None or self._room[0] < len(events) or self._room[1] < size:
            self._library.found()
            self._shard = ShardWriter(self._library, self._path(self._shards), self._table)
            self._shards += 1
            self._room = (SHARD_EVENTS, SHARD_BYTES)
        self._shard.append(events)
        self._room = (self._room[0] - len(events), self._room[1] - size)

    def go_on(self) -> tuple[int, Sequence[AnyJudgement]]:
        """Go on where an earlier process left them: in the last file if that is whole, else in a new one.

        How many events there may be, and those of the last file.
        """
        while os.path.lexists(self._path(self._shards)):  # links, too, which lead nowhere
            self._shards += 1
        path = self._path(max(0, self._shards - 1))
        made = SHARD_EVENTS * self._shards
        try:
            data = self._library.read(path)
            events = list(decode_json(data, _JUDGEMENTS).get(self._table, {}).values())
        except (OSError, NotJsonError):
            return made, ()
        self._room = (SHARD_EVENTS - len(events), SHARD_BYTES - len(data))
        self._shard = ShardWriter(self._library, path, self._table)
        return made + len(events) - SHARD_EVENTS, events

    def _path(self, shard: int) -> Path:
        suffix = f"-{shard + 1}" if shard else ""
        return self._folder / f"{self._name}{suffix}.json"
