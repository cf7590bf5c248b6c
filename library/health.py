"""What `doctor` can say of a library, of sound files and of generators, without playing anything."""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from library import locations
from library.catalog import Catalog, check_format
from library.errors import EarmarkError
from library.generators.registry import NAMES, check_available

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


def check_library(root: Path) -> list[Check]:
    """Format, permission to write, damaged files, sounds that are gone."""
    try:
        exists = check_format(root)
        catalog = Catalog.load(root)
    except EarmarkError as error:
        return [Check("library", False, error.what, error.remedy, needed=True)]
    detail = f"{root}: {len(catalog):,} takes" if exists else f"{root} is not there yet; the first take makes it"
    checks = [Check("library", True, detail, needed=True), _check_writing(root)]
    damages = [str(damage) for damage in catalog.damages]
    set_aside = sorted(str(path) for path in locations.batches_folder(root).glob("*/*.damaged-*"))
    set_aside += sorted(str(path) for path in locations.sessions_folder(root).glob("*/*.damaged-*"))
    if found := damages + [path for path in set_aside if not any(path in damage for damage in damages)]:
        remedy = "The rest is in use. Put back a copy of the file from a backup, or delete what was set aside."
        checks.append(Check("damaged files", False, _some(found), remedy))
    else:
        checks.append(Check("damaged files", True, "none"))
    gone = [str(path) for take in catalog if not (path := catalog.path_of(take)).is_file()]
    if gone:
        checks.append(Check("missing sounds", False, _some(gone), "Import the folder where these files are now."))
    else:
        checks.append(Check("missing sounds", True, "none"))
    return checks


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
