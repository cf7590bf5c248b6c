"""What an import would read from its first files, told while somebody still types: no sound is decoded."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.importing.find_files import find_files
from library.importing.known_sounds import KnownSounds
from library.importing.origin import Origin, OriginError
from library.importing.request import ImportRequest
from library.importing.run_import import folders_of
from library.importing.sources.file_names import compile_pattern
from library.importing.sources.sheet import read_sheet
from library.importing.sources.sidecar import Folders
from library.importing.sources.told_words import ask_sources
from library.store.catalog import Catalog
from library.take import ID_LENGTH, Take

MOST_FILES = 10_000
"""So many are counted …"""
MOST_S = 2.0
"""… as far as they are found so soon."""


@dataclass(frozen=True)
class PreviewedFile:
    """One of the files, and what would be read from it."""

    path: Path
    take: Take | None
    """The words and who told them; of its sound nothing is known yet, not even the id."""
    known: bool
    """Its sound is surely in the library already."""
    problem: str = ""
    """Why there is no take."""


@dataclass(frozen=True)
class Preview:
    """The first files of an import, and how many there are."""

    files: list[PreviewedFile]
    count: int
    counted: bool
    """Whether those are all."""


def preview(
    catalog: Catalog, request: ImportRequest, known: KnownSounds, most: int, stop: Callable[[], bool] = lambda: False
) -> Preview:
    """Look at the first `most` files of `request`, and count the others. Writes nothing; gives up when `stop` says so.

    Raises ImportingError for a pattern or a sheet that can't be used.
    """
    pattern = compile_pattern(request.pattern) if request.pattern else None
    there = [path for path in request.paths if os.path.exists(path)]  # noqa: PTH110 - raises nothing
    sheet, folders, until = read_sheet(request.sheet) if request.sheet else None, Folders(), time.monotonic() + MOST_S
    if sheet is not None:
        sheet.resolve_paths(folders_of(there))

    def look_at(path: Path) -> PreviewedFile:
        sound = known.find(path)
        is_known = sound is not None and sound in catalog
        try:
            words = ask_sources(path, sheet.find(path) if sheet else Origin(), pattern, folders)
        except OriginError as error:
            return PreviewedFile(path, None, is_known, str(error))
        take = Take(
            id="0" * ID_LENGTH, batch="", file="-", duration_s=0, sample_rate=1, channels=1, created_at="",
            prompt=words.origin.prompt, seed=words.origin.seed, told_by=words.told_by,
        )  # fmt: skip
        return PreviewedFile(path, take, is_known)

    found = find_files(there, lambda _path, _reason: None, lambda: stop() or time.monotonic() > until)
    files = [look_at(path) for path in itertools.islice(found, most)]
    count = len(files) + sum(1 for _ in itertools.islice(found, MOST_FILES - len(files)))
    return Preview(files, count, count < MOST_FILES and time.monotonic() <= until)
