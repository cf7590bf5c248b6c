"""The file that holds a take's sound now, as its hash says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from library.errors import AudioError
from library.sound.audio import ExaminedSound, examine
from library.sound.opened_sound import SoundInfo
from library.sound.samples import Samples
from library.store.catalog import Catalog
from library.take import Take

Listen: TypeAlias = Callable[[Samples, SoundInfo], None]


def find_sound(
    catalog: Catalog, take: Take, listener_for: Callable[[Path], Listen | None], stop: Callable[[], bool]
) -> tuple[Path, ExaminedSound]:
    """The first of the take's places whose sound is the take's.

    Each is read whole, and what `listener_for` gives for it hears its samples, as in `examine`. Raises AudioError,
    StoppedError.
    """
    trouble = None
    if catalog.is_purged(take):
        raise AudioError(f"It was purged. {catalog.purges.lost.get(take.id, '')}".strip(), "Try `earmark restore`.")
    for path in dict.fromkeys([catalog.path_of(take), *catalog.places_of(take)]):
        try:
            found = examine(path, listener_for(path), stop)
        except AudioError as error:
            trouble = trouble or AudioError(f"{path}: {error.what}", error.remedy)
            continue
        if found.id == take.id:
            return path, found
        trouble = AudioError(f"{path}: Its audio has changed.", "Import it again to judge the new version.")
    raise trouble or AudioError("Its sound file can't be found.")
