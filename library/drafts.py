"""Drafts: audio that steers a take, from a file or from a take of the library."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from library import audio
from library.catalog import Catalog
from library.errors import AudioError, GenerationError, UnknownTakeError
from library.importing.request import ImportRequest
from library.importing.run import run_import
from library.take import Draft, DraftUse, Take


@dataclass(frozen=True)
class DraftTake:
    """The take that stands for a draft in the library."""

    take: Take
    imported: bool
    """Whether its file was copied into the library for that."""


def find_draft(catalog: Catalog, named: str) -> DraftTake:
    """The draft that `named` means: a sound file, else a take's id or the beginning of one.

    A file is copied into the library, unless its sound is there: recipes know drafts by their sound, so it has to be
    found again when a take is verified or extended, wherever the file is then. Raises AudioError for a file that is no
    sound, UnknownTakeError, GenerationError for a take whose sound is gone, LibraryError.
    """
    path = Path(named).expanduser()
    if path.is_dir():
        raise GenerationError(f"The draft {named} is a folder.", "Name one sound file, or a take.")
    if path.is_file():
        return _from_file(catalog, path)
    try:
        take = catalog.find(named)
    except UnknownTakeError as error:
        if _may_be_id(named):
            raise
        raise GenerationError(
            f"The draft {named} is neither a file nor a take.", "Check the path, or see `earmark list` for the takes."
        ) from error
    if not catalog.path_of(take).is_file():
        raise GenerationError(
            f"The sound of the take {take.id[:8]} is not at {catalog.path_of(take)} any more.",
            "Import the folder where it is now, then try again.",
        )
    return DraftTake(take, imported=False)


def _may_be_id(named: str) -> bool:
    """Whether `named` looks like a take's id or the beginning of one."""
    return bool(named) and all(letter in "0123456789abcdef" for letter in named)


def draft_for(take: Take, use: DraftUse, duration_s: float, from_s: float | None = None) -> Draft:
    """`take` as the draft of takes of `duration_s` seconds; a continuation goes on from `from_s`, None for its end.

    A continuation begins with the draft, and `duration_s` counts from there. Raises GenerationError where that leaves
    nothing to make, or where the draft has no such point.
    """
    if use == "melody":
        if from_s is not None:
            raise GenerationError("A melody is followed from its start.", "Use the draft as a continuation.")
        return Draft(sound=take.id, use=use)
    if from_s is not None and not (math.isfinite(from_s) and 0 < from_s <= take.duration_s):
        raise GenerationError(
            f"The draft can't go on from {from_s:g} s: it is {take.duration_s:.2f} s long.",
            f"Give a point after 0 and up to {math.floor(take.duration_s * 100) / 100:.2f} s.",
        )
    kept_s = take.duration_s if from_s is None else from_s
    if kept_s >= duration_s:
        raise GenerationError(
            f"{kept_s:.2f} s of the draft are kept, and the take is to be {duration_s:g} s long with them.",
            "Ask for a longer take, or go on from an earlier point of the draft.",
        )
    return Draft(sound=take.id, use=use, until_s=from_s)


def _from_file(catalog: Catalog, path: Path) -> DraftTake:
    sound = _sound_of(path)
    known = catalog.get(sound)
    if known is not None and catalog.path_of(known).is_file():
        return DraftTake(known, imported=False)
    report = run_import(catalog, ImportRequest(paths=(path,), copy=True))
    take = catalog.get(sound)
    if take is None:
        reason = report.failed[0][1] if report.failed else "Its sound changed while it was read."
        raise AudioError(f"{path} can't be a draft: {reason}", "Choose another file.")
    return DraftTake(take, imported=True)


def _sound_of(path: Path) -> str:
    try:
        return audio.sound_id(path)
    except AudioError as error:
        raise AudioError(f"{path} can't be a draft: {error.what}", error.remedy) from error
