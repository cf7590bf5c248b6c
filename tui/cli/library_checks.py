"""What `doctor` says of a library: what was found in it, in words, and how to mend it."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from library import locations
from library.errors import LibraryError
from library.jobs.to_come import to_come
from library.library import Library
from library.mending.health import Health, Unopened, examine
from library.mending.outcome import a_few
from library.mending.shard_kinds import ShardKind
from library.store.catalog import Catalog
from tui.check import Check
from tui.cli.resuming import coming_lines
from tui.frame.formatting import counted


def check_library(library: Library, kinds: Sequence[ShardKind] = (), *, sounds: bool = False) -> list[Check]:
    """Format, permission to write, damaged files, sounds that are gone or changed; with `sounds`, all of them are read.

    `kinds` are the kinds of shards to look into.
    """
    repair, health = _command(library.root, "--repair"), examine(library, kinds, sounds=sounds)
    if isinstance(health, Unopened):
        remedy = f"Run {repair}." if health.mendable else health.error.remedy
        return [Check("library", False, health.error.what, remedy, vital=True)]
    return [
        _check_marker(library, health, repair),
        _check_writing(health),
        *_check_shards(library.root, health, repair),
        *_check_sounds(library, health, repair),
        *_check_queue(library),
        *(Check("library", False, error.what, error.remedy, vital=True) for error in health.hidden),
    ]


def _check_queue(library: Library) -> Iterator[Check]:
    """What is still to come, and what of the queue can't be read; nothing where nothing is."""
    try:
        coming = to_come(Catalog.load(library))
    except LibraryError as error:
        yield Check("still to come", False, error.what, error.remedy, extra=True)
        return
    if lines := coming_lines(coming):
        yield Check("still to come", True, " ".join(lines))
    if coming.damages:
        remedy = "The rest works. They stay as they are; restore them from a backup, or delete them."
        yield Check("queue files", False, _counted_few(coming.damages), remedy, extra=True)


def _command(root: Path, options: str) -> str:
    which = "" if root == locations.default_library() else f" --library {shlex.quote(str(root))}"
    return f"`earmark doctor {options}{which}`"


def _check_marker(library: Library, health: Health, repair: str) -> Check:
    if health.founded:
        return Check("library", True, f"{library.root}: {counted(health.takes, 'take')}")
    if not health.takes:
        return Check("library", True, f"{library.root} doesn't exist yet; your first take creates it")
    detail = f"{library.marker} is missing, but there are {counted(health.takes, 'take')}"
    return Check("library", False, detail, f"Run {repair}.", vital=True)


def _check_writing(health: Health) -> Check:
    if (refused := health.unwritable) is not None:
        return Check("writing", False, refused.what.rstrip("."), refused.remedy, vital=True)
    if health.free < 1e8:
        return Check("writing", False, f"{health.free / 1e6:.0f} MB free", "Free some space on that disk.")
    return Check("writing", True, f"{health.free / 1e9:,.0f} GB free")


def _check_shards(root: Path, health: Health, repair: str) -> Iterator[Check]:
    if closed := health.closed:
        remedy = f"The rest works. Give yourself permission, e.g.: `chmod -R u+rwX {shlex.quote(str(root))}`"
        yield Check("closed files", False, _counted_few(closed), remedy, vital=True)
    if damaged := health.damaged:
        remedy = f"The rest works. Restore it from a backup, or run {repair}, which saves what it can."
        if any("skipped" in damage.reason for damage in damaged):
            remedy += " Skipped entries may come from a newer Earmark: update yours."
        yield Check("damaged files", False, _counted_few(damaged), remedy, vital=True)
    if not closed and not damaged:
        yield Check("damaged files", True, "none")
    if health.kept:
        remedy = f"Run {repair} to restore what is intact; you may delete the rest."
        missed = bool(health.missed)
        yield Check("set aside", False, _few(health.kept), remedy, vital=missed, extra=not missed)
    if health.copies:
        remedy = f"Run {repair}: it merges what only they contain."
        yield Check("conflict copies", False, _counted_few(health.copies), remedy, vital=True)
    if health.strays:
        remedy = f"Run {repair}: it removes those older than a day."
        yield Check("stray files", False, _few(health.strays), remedy, extra=True)


def _check_sounds(library: Library, health: Health, repair: str) -> Iterator[Check]:
    if health.loose:
        size = sum(orphan.size for orphan in health.loose) / 1e6
        named = _few(orphan.path for orphan in health.loose)
        detail = f"{counted(len(health.loose), 'file')} ({size:.1f} MB) without a take: {named}"
        remedy = f"Run {repair}: once a day old, they become takes if they carry a recipe; otherwise they're set aside."
        yield Check("loose sounds", False, detail, remedy, vital=True)
    if health.aside:
        size = health.aside_size / 1e6
        detail = f"{counted(len(health.aside), 'file')} ({size:.1f} MB) in {library.set_aside}; you may delete them"
        yield Check("set aside", True, detail)
    if health.missing:
        remedy = (
            f"Run {_command(library.root, '--repair --look-in FOLDER')}, where FOLDER is where these files are now."
        )
        yield Check("missing sounds", False, _counted_few(health.missing), remedy, vital=True)
    else:
        yield Check("missing sounds", True, "none")
    if health.changed:
        remedy = "Put the old file back, or import the new one to judge it."
        detail = _counted_few([f"{path}: {what}" for path, what in health.changed])
        yield Check("changed sounds", False, detail, remedy, vital=True)
    elif health.all_read:
        yield Check("changed sounds", True, "none")
    if health.unread:
        remedy = f"Run {_command(library.root, '--sounds')} to check every sound."
        detail = f"{counted(health.unread, 'sound')} changed or added after their takes haven't been checked yet"
        yield Check("unread sounds", False, detail, remedy, extra=True)


def _counted_few(found: Sequence[object]) -> str:
    return f"{len(found):,}: {_few(found)}"


def _few(found: Iterable[object]) -> str:
    return a_few([str(one).rstrip(".") for one in found], "; ")
