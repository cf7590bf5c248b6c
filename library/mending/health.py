"""What `doctor` can say of a library, of sound files and of generators, without playing anything."""

from __future__ import annotations

import os
import shlex
import tempfile
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from library import locations
from library.errors import EarmarkError, LibraryError, NewerFormatError
from library.generators.registry import NAMES, check_available
from library.mending.copies import find_copies, only_there
from library.mending.repair import is_mendable, kept_aside, strays
from library.mending.shard_kinds import Shelf
from library.store.catalog import TABLE, Catalog, check_format
from library.store.shards import Damage, ShardReader, list_nested
from library.store.storage import unwritable
from library.take import Take

SOME = 3
"""How many examples are named of many."""
READING_S = 3.0
"""So long sounds are read that were written to since they came, unless all are to be read."""


@dataclass(frozen=True)
class Check:
    """One thing looked at."""

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    needed: bool = False
    """Whether Earmark is of no use without it."""
    extra: bool = False
    """Whether Earmark is whole without it."""

    def as_json(self) -> dict[str, str | bool]:
        """As `doctor --json` prints it."""
        return {"name": self.name, "ok": self.ok, "detail": self.detail, "remedy": self.remedy}


def check_library(root: Path, shelves: Sequence[Shelf] = (), *, sounds: bool = False) -> list[Check]:
    """Format, permission to write, damaged files, sounds that are gone or changed; with `sounds`, all of them are read.

    `shelves` are the kinds of shards to look into.
    """
    repair = _command(root, "--repair")
    try:
        exists = check_format(root)
        catalog = Catalog.load(root)
    except NewerFormatError as error:
        return [Check("library", False, error.what, error.remedy, needed=True)]
    except EarmarkError as error:
        remedy = f"Run {repair}." if is_mendable(locations.format_file(root)) else error.remedy
        return [Check("library", False, error.what, remedy, needed=True)]
    detail = (
        f"{root}: {counted(len(catalog), 'take')}" if exists else f"{root} is not there yet; the first take makes it"
    )
    there = Check("library", True, detail, needed=True)
    if not exists and len(catalog):
        detail = f"{locations.format_file(root)} is missing beside {counted(len(catalog), 'take')}"
        there = Check("library", False, detail, f"Run {repair}.")
    checks = [there, _check_writing(root)]
    looks: list[Callable[[Catalog, str], list[Check]]] = [
        partial(_check_damages, shelves=shelves),
        partial(_check_aside, shelves=shelves),
        partial(_check_copies, shelves=shelves),
        _check_strays,
        _check_loose,
        _check_gone,
    ]
    for look in [*looks, _check_sounds if sounds else _check_written]:
        try:
            checks += look(catalog, repair)
        except OSError as error:
            checks.append(Check("library", False, f"{error.filename} can't be read: {error.strerror or error}."))
    return checks


def _command(root: Path, options: str) -> str:
    """What to type to run `doctor` on this library."""
    which = "" if root == locations.default_library() else f" --library {shlex.quote(str(root))}"
    return f"`earmark doctor {options}{which}`"


def _check_damages(catalog: Catalog, repair: str, shelves: Sequence[Shelf]) -> list[Check]:
    damages = list(catalog.damages)
    for shelf in shelves:
        if shelf.table == TABLE:
            continue  # the catalog has read those
        name = None if shelf.name == "*.json" else shelf.name
        reader: ShardReader[object] = ShardReader(partial(list_nested, shelf.folder, name), shelf.table, shelf.document)
        try:
            deque(reader.changed(), maxlen=0)
        except LibraryError as error:
            damages.append(Damage(shelf.folder, f"It {error.what.removeprefix(f'{shelf.folder} ')}"))
        damages += reader.damages
    # What os.path tells it tells without raising where we may not look.
    closed = [one for one in damages if not os.path.islink(one.path) and not os.access(one.path, os.R_OK)]  # noqa: PTH114
    damaged = [damage for damage in damages if damage not in closed]
    checks = []
    if closed:
        remedy = (
            f"The rest is in use. Give yourself permission, e.g.: `chmod -R u+rwX {shlex.quote(str(catalog.root))}`"
        )
        checks.append(Check("closed files", False, f"{len(closed):,}: {_some(list(map(str, closed)))}", remedy))
    if damaged:
        remedy = f"The rest is in use. Put back a copy from a backup; or run {repair}, which saves what it can."
        if any("passed over" in damage.reason for damage in damaged):
            remedy += " What is passed over may be a newer Earmark's: update yours."
        checks.append(Check("damaged files", False, f"{len(damaged):,}: {_some(list(map(str, damaged)))}", remedy))
    return checks or [Check("damaged files", True, "none")]


def _check_aside(_catalog: Catalog, repair: str, shelves: Sequence[Shelf]) -> list[Check]:
    aside = [str(path) for shelf in shelves for path in kept_aside(shelf)]
    remedy = f"Run {repair} to put back what is whole; what is not you may delete."
    return [Check("set aside", False, _some(aside), remedy)] if aside else []


def _check_copies(_catalog: Catalog, repair: str, shelves: Sequence[Shelf]) -> list[Check]:
    copies = [(path, only_there(path, shelf)) for shelf in shelves for path in find_copies(shelf)]
    telling = [str(path) for path, documents in copies if documents is None or documents]
    if not telling:
        return []
    remedy = f"Run {repair}: it puts what only they have into use."
    return [Check("conflict copies", False, f"{len(telling):,}: {_some(telling)}", remedy)]


def _check_strays(catalog: Catalog, repair: str) -> list[Check]:
    left = list(map(str, strays(catalog.root)))
    remedy = f"Run {repair}: it removes those older than a day."
    return [Check("stray files", False, _some(left), remedy)] if left else []


def _check_gone(catalog: Catalog, _repair: str) -> list[Check]:
    gone = [catalog.name_of(take) for take in catalog if not catalog.has_sound(take)]
    if not gone:
        return [Check("missing sounds", True, "none")]
    remedy = f"Run {_command(catalog.root, '--repair --look-in FOLDER')}, where FOLDER has these files now."
    return [Check("missing sounds", False, f"{len(gone):,}: {_some(gone)}", remedy)]


def _check_loose(catalog: Catalog, repair: str) -> list[Check]:
    """Sounds that no take names, but for those that one may name in a moment; and those that were set aside."""
    from library.mending.orphans import FRESH_S, find_orphans, set_aside_sounds

    checks = []
    if loose := [orphan for orphan in find_orphans(catalog) if not 0 <= time.time() - orphan.since < FRESH_S]:
        size = sum(orphan.size for orphan in loose) / 1e6
        said = f"{counted(len(loose), 'file')} ({size:.1f} MB) of no take: {_some([str(one.path) for one in loose])}"
        remedy = f"Run {repair}: a day old, they become takes if they say how they were made, else they are set aside."
        checks.append(Check("loose sounds", False, said, remedy))
    if aside := set_aside_sounds(catalog.root):
        size = sum(path.stat().st_size for path in aside) / 1e6
        folder = locations.set_aside_folder(catalog.root)
        said = f"{counted(len(aside), 'file')} ({size:.1f} MB) in {folder}, which you may delete"
        checks.append(Check("set aside", True, said))
    return checks


def _check_sounds(catalog: Catalog, _repair: str) -> list[Check]:
    """Whether every sound is the one its take's id says; decodes them all, on all cores."""
    from library.sound.audio import sound_id

    def look(take: Take) -> str | None:
        path = catalog.path_of(take)
        try:
            return None if not catalog.has_sound(take) or sound_id(path) == take.id else f"{path} holds another sound"
        except EarmarkError as error:
            return f"{path}: {error.what}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        changed = [said for said in pool.map(look, catalog) if said is not None]
    return [_changed(changed)] if changed else [Check("changed sounds", True, "none")]


def _check_written(catalog: Catalog, _repair: str) -> list[Check]:
    """Whether sounds are still the same that were written to since they came, as many as can be read in READING_S."""
    from library.sound.changed_sound import changed_under, written_since

    doubtful = [take for take in catalog if written_since(take.created_at, catalog.path_of(take))]
    limit = time.monotonic() + READING_S
    changed, unread = [], 0
    for take in doubtful:
        if unread or time.monotonic() > limit:
            unread += 1
        elif trouble := changed_under(take, path := catalog.path_of(take), lambda: time.monotonic() > limit):
            changed.append(f"{path}: {trouble.what}")
    checks = [_changed(changed)] if changed else []
    if unread:
        remedy = f"Run {_command(catalog.root, '--sounds')}, which reads every sound."
        said = f"{counted(unread, 'sound')} that came or were written to later than their takes are not read yet"
        checks.append(Check("unread sounds", False, said, remedy, extra=True))
    return checks


def _changed(sounds: list[str]) -> Check:
    remedy = "Put the old file back; or import the new one, to judge what it is now."
    return Check("changed sounds", False, f"{len(sounds):,}: {_some(sounds)}", remedy)


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
            checks.append(Check(name, False, error.what, error.remedy, extra=True))
        else:
            checks.append(Check(name, True, "ready to make takes"))
    return checks


def check_samples() -> Check:
    """Whether the recorded takes for a first session are here."""
    if find_spec("immich_memories_music") is None:
        said = "the 28 recorded takes to try Earmark with are not installed"
        return Check("samples", False, said, "Run `make setup` in Earmark's folder.", extra=True)
    return Check("samples", True, "28 recorded takes to try Earmark with")


def _check_writing(root: Path) -> Check:
    folder = root
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    sessions = locations.sessions_folder(root)
    written = [folder, locations.batches_folder(root), sessions, *sorted(sessions.glob("*/"))]
    for place in written:
        try:
            if place == folder or place.is_dir():
                with tempfile.TemporaryFile(dir=place):
                    pass
            free = os.statvfs(folder)
        except OSError as error:
            refused = unwritable(place, error)
            return Check("writing", False, refused.what.rstrip("."), refused.remedy, needed=True)
    gigabytes = free.f_bavail * free.f_frsize / 1e9
    if gigabytes < 0.1:
        return Check("writing", False, f"{gigabytes * 1000:.0f} MB are free", "Free some space on that disk.")
    return Check("writing", True, f"{gigabytes:,.0f} GB are free")


def counted(count: int, noun: str) -> str:
    """`count` of what `noun` names, as said in a sentence."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _some(found: list[str]) -> str:
    more = f" and {len(found) - SOME} more" if len(found) > SOME else ""
    return "; ".join(one.rstrip(".") for one in found[:SOME]) + more
