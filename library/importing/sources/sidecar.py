"""Files beside a sound that may tell about it, found by one look at each folder."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.files.decoding import NotJsonError
from library.files.reading import list_folder, read_file
from library.importing.sources.decode_text import decode_text
from library.importing.sources.documents import read_json
from library.importing.tools.clue import Clue

MAX_BYTES = 4 << 20
"""A larger file is no description of one take."""
_ENDINGS = (".json", "_input_params.json", ".metadata.json", "_metadata.json", ".meta.json", ".info.json")
_MOST_FOLDERS = 8
_Problem = tuple[Path, str]


class Folders:
    """What is in each folder, looked up once. Safe to use from several threads; what is put there later isn't seen."""

    def __init__(self) -> None:
        """Nothing is looked up yet."""
        self._names: dict[Path, dict[str, str]] = {}
        self._lock = threading.Lock()

    def names(self, folder: Path) -> dict[str, str]:
        """The names in `folder`, by their lower-case form."""
        with self._lock:
            if (names := self._names.get(folder)) is None:
                try:
                    names = {entry.name.lower(): entry.name for entry in list_folder(folder)}
                except OSError:
                    names = {}
                self._names[folder] = names
                for oldest in list(self._names)[:-_MOST_FOLDERS]:
                    del self._names[oldest]
            return names


@dataclass
class Sidecars:
    """What stands beside one sound."""

    clues: list[Clue] = field(default_factory=list)
    """The surest first."""
    unreadable: list[_Problem] = field(default_factory=list)


def read_sidecars(path: Path, folders: Folders) -> Sidecars:
    """All files about `path`: `<file>.json`, `<stem>.json` and what tools call them, and text files of settings."""
    names, found = folders.names(path.parent), Sidecars()
    beside = frozenset(names)
    for name, sure in _names_for(path):
        if (actual := names.get(name.lower())) is None or actual == path.name:
            continue
        sidecar = path.parent / actual
        try:
            text = decode_text(read_file(sidecar, MAX_BYTES)).strip()
            if name.endswith(".txt"):
                found.clues.append(Clue(path, {"": [text]}, {}, actual, beside))
            else:
                found.clues.append(Clue(path, {}, {"": [read_json(text)]}, actual, beside))
        except OSError as error:
            if sure and error.errno not in (errno.ENOENT, errno.EISDIR):
                found.unreadable.append((sidecar, f"It can't be read: {error.strerror or error}."))
        except NotJsonError as error:
            if sure:
                found.unreadable.append((sidecar, f"It is no JSON: {str(error)[:200] or 'it is empty'}."))
    return found


def _names_for(path: Path) -> Iterator[tuple[str, bool]]:
    """Names of files that may be about `path`, and whether they surely are."""
    yield f"{path.name}.json", True
    for ending in _ENDINGS:
        yield f"{path.stem}{ending}", True
    if path.stem[-1:].isdigit():  # acestep.cpp's request, for several takes
        yield f"{path.stem[:-1]}.json", False
    yield f"{path.name}.txt", False
    yield f"{path.stem}.txt", False
