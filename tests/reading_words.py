"""What Earmark would take for a file's prompt and seed, as an import reads them."""

from __future__ import annotations

from pathlib import Path

from library.importing.origin import Origin
from library.importing.sources.sidecar import Folders
from library.importing.sources.told_words import ToldWords, answers_of_tags, ask_sources


def words_of(path: Path, sheet: Origin | None = None) -> ToldWords:
    """All that the sources say about `path`."""
    return ask_sources(path, sheet or Origin(), None, Folders())


def origin_of_tags(path: Path) -> Origin:
    """What the tags alone say."""
    origin = Origin()
    for told in answers_of_tags(path)[0]:
        origin = origin.filled_from(told.origin)
    return origin
