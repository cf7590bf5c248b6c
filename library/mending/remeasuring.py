"""Measuring anew what an older meter measured: in a process of its own while the app is idle, and in a repair."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from library.errors import AudioError, LibraryError
from library.library import Library
from library.processes.pipes import Pipes
from library.processes.program import Program
from library.store.catalog import BatchWriter, Catalog
from library.take import METER, Take, utc_now

NICENESS = 19
FLUSH_EVERY_S = 30.0
BATCH_TAKES = 5_000
"""A batch is written whole each time: so many takes at most, and it stays quick."""


class Remeasured(Struct, frozen=True):
    """How many takes were measured anew, and how many are still to be, by now."""

    takes: int
    left: int


REMEASURING = Program[None, Remeasured](("-m", "library.mending.remeasuring"), None, Remeasured)
"""Told the library's folder; it ends when all is measured."""


def has_old_measures(catalog: Catalog) -> bool:
    """Whether anything was measured by an older meter."""
    return any(take.meter < METER for take in catalog)


def remeasure(library: Library, stop: Callable[[], bool], on_saved: Callable[[Remeasured], None]) -> Remeasured:
    """Measure the sounds of `library` that an older meter measured, surround first, until `stop` says so.

    What comes of it is written beside the takes' own documents and changes no word. Sounds that are gone, broken or
    changed are passed over. `on_saved` hears what has become durable. Raises LibraryError.
    """
    catalog = Catalog.load(library)
    old = [take for take in catalog if take.meter < METER and catalog.has_sound(take)]
    old.sort(key=lambda take: take.channels <= 2)
    saved, flushed_at = Remeasured(0, len(old)), time.monotonic()
    waiting, batch, room = list[Take](), None, 0
    for take in [*old, None]:
        leaving = take is None or stop()
        if take is not None and not leaving:
            waiting += _measure(take, catalog.path_of(take), stop)
        if waiting and (leaving or time.monotonic() - flushed_at > FLUSH_EVERY_S):
            if batch is None or room < len(waiting):
                batch, room = BatchWriter(library), BATCH_TAKES
            batch.add([msgspec.structs.replace(document, batch=batch.name) for document in waiting])
            saved = Remeasured(saved.takes + len(waiting), saved.left - len(waiting))
            waiting, room, flushed_at = [], room - len(waiting), time.monotonic()
            on_saved(saved)
        if leaving:
            break
    return saved


def _measure(take: Take, path: Path, stop: Callable[[], bool]) -> list[Take]:
    """A document that says of `take` nothing but how loud it is; none for a sound that can't be measured now."""
    from library.importing.measuring.measured_sound import measure_sound
    from library.sound.file_bytes import StoppedError
    from library.sound.loudness_meter import with_measures

    try:
        found = measure_sound(path, stop)
    except (AudioError, StoppedError):
        return []
    if found.sound.id != take.id:
        return []
    bare = Take(
        id=take.id, batch="", file=take.file, duration_s=take.duration_s, sample_rate=take.sample_rate,
        channels=take.channels, created_at=utc_now(),
    )  # fmt: skip
    return [with_measures(bare, found.measurement)]


def main() -> None:
    """Measure until all is done or the parent is gone."""
    pipes = Pipes(REMEASURING)
    os.nice(NICENESS)
    leaving = threading.Event()
    pipes.listen(lambda _: None, leaving.set)
    try:
        remeasure(Library(Path(sys.argv[1])), leaving.is_set, pipes.send)
    except LibraryError as error:  # it can be heard all the same, and is measured another time
        sys.stderr.write(f"{error}\n")


if __name__ == "__main__":
    main()
