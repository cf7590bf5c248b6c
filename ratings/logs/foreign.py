"""Judgements that were made elsewhere, written into files of their own: as they are, under their listeners."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import UTC, datetime

from library.library import Library
from library.store.shards import ShardWriter
from ratings.judgement import AnyJudgement, Label, Retraction
from ratings.logs.listeners import listener_folder
from ratings.logs.own_files import SHARD_EVENTS


def write_foreign(library: Library, events: Iterable[AnyJudgement], *, table: str, labels: str, source: str) -> None:
    """Write events, durably, each listener's into new files of that listener's folder.

    `table` and `labels` are the names of the journal's two tables; `source` begins the names of the files. What is
    written is the caller's to check: see `History.knows`. Raises LibraryError; what was written until then stays.
    """
    by_listener: dict[str, list[AnyJudgement]] = {}
    for event in events:
        by_listener.setdefault(event.listener, []).append(event)
    if by_listener:
        library.found()
    stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for listener, said in by_listener.items():
        about_labels = {one.id for one in said if isinstance(one, Label)}
        apart = [one for one in said if isinstance(one, Label) or _retracts(one, about_labels)]
        others = [one for one in said if not (isinstance(one, Label) or _retracts(one, about_labels))]
        folder = library.sessions / listener_folder(listener)
        for where, name, chosen in ((folder, table, others), (folder / labels, labels, apart)):
            for start in range(0, len(chosen), SHARD_EVENTS):
                path = where / f"{stamp}-{source}-{secrets.token_hex(4)}.json"
                ShardWriter(library, path, name).append(chosen[start : start + SHARD_EVENTS])


def confirm(library: Library, listener: str, *, labels: str) -> None:
    """Make durable what is there of that listener: whoever wrote it may have been killed before they did.

    Raises LibraryError.
    """
    folder = library.sessions / listener_folder(listener)
    for place in (folder, folder / labels):
        try:
            library.status(place)
        except OSError:
            continue
        library.make_folder(place)
        library.sync(place)


def _retracts(event: AnyJudgement, ids: set[str]) -> bool:
    return isinstance(event, Retraction) and event.retracts in ids
