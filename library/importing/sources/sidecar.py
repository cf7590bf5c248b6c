"""Files beside a sound that may tell about it, found by one look at each folder."""

from __future__ import annotations

import errno
import threading
from collections import defaultdict
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
_INPUT_PARAMS = "_input_params.json"
_SEPARATORS = "._- "
_MOST_FOLDERS = 8
_Problem = tuple[Path, str]


@dataclass(frozen=True)
class Folder:
    """What is in a folder that may be about its sounds."""

    names: dict[str, str] = field(default_factory=dict)
    """All names, by their lower-case form."""
    about: dict[str, list[str]] = field(default_factory=dict)
    """JSON files by the lower-case name or stem of the sound whose name they begin with, the shortest first."""


class Folders:
    """What is in each folder, looked up once. Safe to use from several threads; what is put there later isn't seen."""

    def __init__(self) -> None:
        """Nothing is looked up yet."""
        self._folders: dict[Path, Folder] = {}
        self._lock = threading.Lock()

    def look_up(self, path: Path) -> Folder:
        """What is in the folder at `path`; nothing where it can't be read."""
        with self._lock:
            if (folder := self._folders.get(path)) is None:
                try:
                    folder = _sort_out([entry.name for entry in list_folder(path)])
                except OSError:
                    folder = Folder()
                self._folders[path] = folder
                for oldest in list(self._folders)[:-_MOST_FOLDERS]:
                    del self._folders[oldest]
            return folder


def _sort_out(names: list[str]) -> Folder:
    folder = Folder({name.lower(): name for name in names}, defaultdict(list))
    others = {name for name in folder.names if not name.endswith(".json")}
    others |= {name.rpartition(".")[0] for name in others}
    for name in sorted(folder.names, key=len):
        if name.endswith(".json") and (owner := _owner_of(name.removesuffix(".json"), others)):
            folder.about[owner].append(folder.names[name])
    return folder


def _owner_of(stem: str, others: set[str]) -> str | None:
    """The longest of the names and stems of other files that `stem` is, or begins with and a separator."""
    ends = (end for end in range(len(stem), 0, -1) if end == len(stem) or stem[end] in _SEPARATORS)
    return next((stem[:end] for end in ends if stem[:end] in others), None)


@dataclass
class Sidecars:
    """What stands beside one sound."""

    clues: list[Clue] = field(default_factory=list)
    """The surest first."""
    unreadable: list[_Problem] = field(default_factory=list)
    unclear: list[_Problem] = field(default_factory=list)
    """Those that can't be read, but may be about something else."""


def read_sidecars(path: Path, folders: Folders) -> Sidecars:
    """All files about `path`: `<file>.json`, `<stem>.json`, what begins so, and text files of settings."""
    folder, found = folders.look_up(path.parent), Sidecars()
    beside = frozenset(folder.names)
    for name, sure in _names_for(path, folder):
        sidecar = path.parent / name
        problems = found.unreadable if sure else found.unclear
        try:
            text = decode_text(read_file(sidecar, MAX_BYTES)).strip()
            if name.lower().endswith(".txt"):
                found.clues.append(Clue(path, {"": [text]}, {}, name, beside))
            else:
                found.clues.append(Clue(path, {}, {"": [read_json(text)]}, name, beside))
        except OSError as error:
            if error.errno != errno.EISDIR and not name.lower().endswith(".txt"):
                problems.append((sidecar, f"It can't be read: {error.strerror or error}."))
        except NotJsonError as error:
            problems.append((sidecar, f"It isn't JSON: {str(error)[:200] if text else 'the file is empty'}."))
    return found


def _names_for(path: Path, folder: Folder) -> Iterator[tuple[str, bool]]:
    """Names of files that may be about `path`, and whether they surely are."""
    name, stem = path.name.lower(), path.stem.lower()
    for owner in dict.fromkeys((name, stem)):
        for found in folder.about.get(owner, ()):
            yield found, found.lower() in (f"{owner}.json", f"{stem}{_INPUT_PARAMS}")
    # acestep.cpp's request, for several takes
    others = [f"{stem[:-1]}.json"] if stem[-1:].isdigit() else []
    for other in (*others, f"{name}.txt", f"{stem}.txt"):
        if other in folder.names and folder.names[other] != path.name:
            yield folder.names[other], False
