"""What `doctor --repair` says of what it has mended, and of what it could not mend."""

from __future__ import annotations

from pathlib import Path

from library.mending.conflict_copies import CopyLeft, CopyMerged
from library.mending.loose_sounds import SoundsReturned, SoundsSetAside, SoundsWaiting, TakesBroughtBack
from library.mending.marker import MarkerWritten
from library.mending.missing_sounds import SoundsFound, SoundsNotFound
from library.mending.salvage import ShardGrowing, ShardSalvaged
from library.mending.set_aside import KeptDiffers, ShardPutBack
from library.mending.shard_kinds import Failure, Outcome
from library.mending.stray_files import StraysRemoved
from library.take import Take
from tui.frame.formatting import a_few


def outcome_json(outcome: Outcome) -> dict[str, str | bool]:
    """As `doctor --repair --json` prints it."""
    return {"name": outcome.subject, "done": outcome.done, "detail": describe(outcome)}


def describe(outcome: Outcome) -> str:  # noqa: PLR0912 - one line a kind
    """An outcome in a sentence."""
    match outcome:
        case MarkerWritten(marker, None):
            return f"{marker} was missing and is there again."
        case MarkerWritten(marker, Path() as kept):
            return f"{marker} was damaged and is written anew; the damaged one is kept as {kept.name}."
        case ShardPutBack(shard, None):
            return f"{shard} is whole and in use again."
        case ShardPutBack(shard, Path() as beside):
            return f"{shard} is whole and in use again, beside {beside.name}."
        case KeptDiffers(path, shard):
            return f"{path} is whole, but {shard.name} differs from it: compare them."
        case ShardSalvaged(shard, table, documents, kept):
            saved = f"{documents:,} of its {table} are in use again" if documents else "nothing in it can be used"
            return f"{shard}: {saved}; the damaged file is kept as {kept.name}."
        case ShardGrowing(shard):
            return f"{shard} is being written just now and may be on its way."
        case CopyMerged(copy, shard, documents, kept):
            what = f"what only it had ({documents}) is in {shard.name} now" if documents else "it had nothing more"
            return f"{copy}: {what}; it is kept as {kept.name}."
        case CopyLeft(copy, shard, True):
            return f"{copy} or {shard.name} is damaged or can't be read: compare them."
        case CopyLeft(copy, shard):
            return f"{shard} can't take what {copy.name} has more."
        case StraysRemoved(files, size):
            return f"{files} unfinished files of killed processes are gone ({size / 1e6:.1f} MB)."
        case SoundsReturned(paths):
            return f"put back from those set aside ({len(paths):,}): {a_few(paths)}."
        case TakesBroughtBack(takes):
            return f"brought back as takes ({len(takes):,}): {a_few(map(_named, takes))}."
        case SoundsSetAside(paths):
            return f"set aside and kept, as no take names them ({len(paths):,}): {a_few(paths)}."
        case SoundsWaiting(paths):
            return f"left for now, being less than a day old ({len(paths):,}): {a_few(paths)}."
        case SoundsFound(files):
            return f"{len(files):,} were found: {a_few(files)}."
        case SoundsNotFound(sounds, folders):
            return f"{sounds:,} are not in {a_few(folders)}."
        case Failure(error):
            return str(error)
    raise TypeError(outcome)


def _named(take: Take) -> str:
    return f"{take.id[:8]} ({take.prompt or 'no prompt'})"[:60]
