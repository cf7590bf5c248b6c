"""What `doctor --repair` mends in a library: what it takes out of the way it keeps, but for stray temporary files."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from library.errors import EarmarkError, LibraryError
from library.files.reasons import unreadable
from library.library import Library
from library.mending.conflict_copies import merge_copies
from library.mending.loose_sounds import settle_sounds
from library.mending.marker import mend_marker
from library.mending.missing_sounds import relink
from library.mending.outcome import Outcome
from library.mending.remeasuring import remeasure
from library.mending.salvage import salvage, watch_young
from library.mending.set_aside import put_back
from library.mending.shard_kinds import ShardKind
from library.mending.stray_files import remove_strays

MEASURING_S = 60.0
"""So long sounds are measured anew whose loudness an older meter has read."""


def repair_library(
    library: Library,
    kinds: Sequence[ShardKind],
    look_in: Sequence[Path] = (),
    *,
    now: float | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> list[Outcome]:
    """Mend a library: marker, shards, strays, loose sounds; those that are gone are sought in `look_in`.

    `now` is in seconds since 1970, by the clock of its disk. A library of a newer format is left alone. What can't be
    mended is told as not done. To see whether what is damaged is only on its way it may `wait` for WATCH_S once.
    """
    now = _clock_of_disk(library) if now is None else now
    outcomes: list[Outcome] = []

    def attempt(repair: Iterable[Outcome]) -> bool:
        try:
            outcomes.extend(repair)
        except EarmarkError as error:
            outcomes.append(Outcome.failed("library", error))
        except OSError as error:
            outcomes.append(Outcome.failed("library", unreadable(library.root / (error.filename or ""), error)))
        else:
            return True
        return False

    if not attempt(mend_marker(library)):
        return outcomes
    for kind in kinds:
        attempt(put_back(kind))
    young = watch_young(kinds, now, wait)
    for kind in kinds:
        attempt(salvage(kind, young))
    for kind in kinds:
        attempt(merge_copies(kind))
    attempt(remove_strays(library, now))
    attempt(settle_sounds(library, now))
    attempt(relink(library, look_in))
    attempt(_remeasure(library))
    return outcomes


def _remeasure(library: Library) -> Iterator[Outcome]:
    limit = time.monotonic() + MEASURING_S
    found = remeasure(library, lambda: time.monotonic() > limit, lambda _: None)
    if found.takes or found.left:
        left = (
            f"; {found.left:,} are left for the app to do in the background, or for another repair"
            if found.left
            else ""
        )
        yield Outcome(
            "loudness", f"{found.takes:,} takes were measured again, since an older version had measured them{left}."
        )


def _clock_of_disk(library: Library) -> float:
    """Seconds since 1970 by the clock of its disk, as a server has its own; by ours where nothing can be written."""
    try:
        with library.folder(library.root) as folder, folder.scratch() as file:
            file.write(b"?")
            file.flush()
            return os.fstat(file.fileno()).st_mtime
    except LibraryError:
        return time.time()
