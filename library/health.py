"""What `doctor` can say of a library, of sound files and of generators, without playing anything."""

from __future__ import annotations

import os
import tempfile
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from library import locations
from library.catalog import TABLE, Catalog, check_format
from library.errors import EarmarkError, NewerFormatError
from library.generators.registry import NAMES, check_available
from library.repair import Shelf, kept_aside, strays
from library.shards import ShardReader, list_nested
from library.take import Take

SOME = 3
"""How many examples are named of many."""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = False
    """Whether Earmark is of no use without it."""

    def as_json(self) -> dict[str, str | bool]:
        """As `doctor --json` prints it."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "remedy": self.remedy}


def check_library(root: Path, shelves: Sequence[Shelf] = (), *, sounds: bool = False) -> list[Check]:
    """Format, permission to write, damaged files, sounds that are gone; with `sounds`, whether each is still the same.

    `shelves` are the kinds of shards to look into.
    """
    try:
        exists = check_format(root)
        catalog = Catalog.load(root)
    except NewerFormatError as error:
        return [Check("library", False, error.what, error.remedy, needed=True)]
    except EarmarkError as error:
        remedy = f"Run `earmark doctor --repair`. {error.remedy}"
        return [Check("library", False, error.what, remedy.strip(), needed=True)]
    detail = f"{root}: {len(catalog):,} takes" if exists else f"{root} is not there yet; the first take makes it"
    there = Check("library", True, detail, needed=True)
    if not exists and len(catalog):
        detail = f"{locations.format_file(root)} is missing beside {len(catalog):,} takes"
        there = Check("library", False, detail, "Run `earmark doctor --repair`.")
    checks = [there, _check_writing(root), _check_damages(catalog, shelves)]
    if aside := [str(path) for shelf in shelves for path in kept_aside(shelf)]:
        remedy = "Run `earmark doctor --repair` to put back what is whole; what is not you may delete."
        checks.append(Check("set aside", False, _some(aside), remedy))
    if left := strays(root):
        remedy = "Run `earmark doctor --repair`: it removes those older than a day."
        checks.append(Check("stray files", False, _some(list(map(str, left))), remedy))
    gone = [str(path) for take in catalog if not (path := catalog.path_of(take)).is_file()]
    if gone:
        remedy = "Run `earmark doctor --repair --look-in FOLDER` with the folder where these files are now."
        checks.append(Check("missing sounds", False, f"{len(gone):,}: {_some(gone)}", remedy))
    else:
        checks.append(Check("missing sounds", True, "none"))
    if sounds:
        checks.append(_check_sounds(catalog))
    return checks


def _check_damages(catalog: Catalog, shelves: Sequence[Shelf]) -> Check:
    damages = list(map(str, catalog.damages))
    for shelf in shelves:
        if shelf.table == TABLE:
            continue  # the catalog has read those
        name = None if shelf.name == "*.json" else shelf.name
        reader: ShardReader[object] = ShardReader(partial(list_nested, shelf.folder, name), shelf.table, shelf.document)
        deque(reader.changed(), maxlen=0)
        damages += map(str, reader.damages)
    if not damages:
        return Check("damaged files", True, "none")
    remedy = (
        "The rest is in use. Put back a copy from a backup; or run `earmark doctor --repair`, which saves what it can."
    )
    return Check("damaged files", False, f"{len(damages):,}: {_some(damages)}", remedy)


def _check_sounds(catalog: Catalog) -> Check:
    """Whether every sound is the one its take's id says; decodes them all, on all cores."""
    from library.audio import sound_id

    def look(take: Take) -> str | None:
        path = catalog.path_of(take)
        try:
            return None if not path.is_file() or sound_id(path) == take.id else f"{path} holds another sound"
        except EarmarkError as error:
            return f"{path}: {error.what}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        changed = [said for said in pool.map(look, catalog) if said is not None]
    if changed:
        remedy = "Put the old file back; or import the new one, to judge what it is now."
        return Check("changed sounds", False, f"{len(changed):,}: {_some(changed)}", remedy)
    return Check("changed sounds", True, "none")


def check_formats() -> Check:
    """Which sound files libsndfile reads here."""
    import soundfile

    known = soundfile.available_formats()
    subtypes = soundfile.available_subtypes("OGG") if "OGG" in known else {}
    wanted = {
        "wav": "WAV" in known,
        "flac": "FLAC" in known,
        "aiff": "AIFF" in known,
        "ogg": "VORBIS" in subtypes,
        "opus": "OPUS" in subtypes,
        "mp3": "MP3" in known or "MPEG" in known,
    }
    missing = [name for name, there in wanted.items() if not there]
    detail = f"libsndfile {soundfile.__libsndfile_version__}: " + ", ".join(wanted)
    if missing:
        return Check("formats", False, f"{detail}; not {', '.join(missing)}", "Install libsndfile 1.1 or newer.")
    return Check("formats", True, detail)


def check_generators() -> list[Check]:
    """Which generators can be used here."""
    checks = []
    for name in NAMES:
        try:
            check_available(name)
        except EarmarkError as error:
            checks.append(Check(name, False, error.what, error.remedy))
        else:
            checks.append(Check(name, True, "ready"))
    return checks


def check_samples() -> Check:
    """Whether the recorded takes for a first session are here."""
    if find_spec("immich_memories_music") is None:
        return Check(
            "samples",
            False,
            "the 28 recorded takes are not installed",
            "Run `make run`, or install the extra `samples`.",
        )
    return Check("samples", True, "28 recorded takes")


def _check_writing(root: Path) -> Check:
    folder = root
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = os.statvfs(folder)
    except OSError as error:
        remedy = "Give yourself permission to write there, or name another library with --library."
        return Check("writing", False, f"{folder}: {error.strerror or error}", remedy, needed=True)
    gigabytes = free.f_bavail * free.f_frsize / 1e9
    if gigabytes < 0.1:
        return Check("writing", False, f"{gigabytes * 1000:.0f} MB are free", "Free some space on that disk.")
    return Check("writing", True, f"{gigabytes:,.0f} GB are free")


def _some(found: list[str]) -> str:
    more = f" and {len(found) - SOME} more" if len(found) > SOME else ""
    return "; ".join(found[:SOME]) + more
