"""Drafts: audio that steers a take, from a file or from a take of the library."""

from __future__ import annotations

import math
import os
from contextlib import suppress
from pathlib import Path

import msgspec

from library.errors import AudioError, GenerationError, UnknownTakeError
from library.files.durable import remove_file, write_durably
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.locations import typed_path
from library.sound import audio
from library.sound.loudness_meter import Meter, with_measures
from library.store.catalog import Catalog
from library.take import DRAFT, RECORDING, Draft, DraftUse, Take, utc_now


def look_up_draft(catalog: Catalog, named: str) -> Take:
    """The draft that `named` means: a sound file, else a take's id or the beginning of one. Changes nothing.

    A file whose sound the library doesn't have comes as a take that is not in any batch yet: see `keep_draft`. Reads
    the whole file. Raises AudioError for a file that is no sound, UnknownTakeError, GenerationError for a take whose
    sound is gone.
    """
    path = typed_path(named)
    if os.path.isdir(path):  # noqa: PTH112 - unlike Path's, it answers for any text and any folder
        raise GenerationError(f"The draft {named} is a folder.", "Choose one sound file, or a take.")
    if os.path.isfile(path):  # noqa: PTH113
        return _take_of_file(catalog, path)
    try:
        take = catalog.find(named)
    except UnknownTakeError as error:
        if named and not named.strip("0123456789abcdef"):  # as an id begins
            raise
        raise GenerationError(
            f"The draft {named} is neither a file nor a take.",
            "Check the path, or run `earmark list` to see the takes.",
        ) from error
    if catalog.is_purged(take):
        raise GenerationError(
            f"The sound of take {take.id[:8]} was purged.", f"Bring it back first: earmark restore {take.id[:8]}"
        )
    if not catalog.has_sound(take):
        raise GenerationError(
            f"The sound of take {take.id[:8]} is no longer at {catalog.path_of(take)}.",
            "Import the folder it's in now, then try again.",
        )
    return take


def keep_draft(catalog: Catalog, take: Take) -> bool:
    """Copy the file of a draft that was looked up into the library, unless its sound is there; whether it did.

    Recipes know drafts by their sound, so it has to be found again when a take is verified or extended, wherever the
    file is then. Raises AudioError where the file has changed or can't be read, LibraryError.
    """
    if _is_in_library(catalog, take):
        return False
    path = Path(take.file) if Path(take.file).is_absolute() else catalog.path_of(take)
    report = run_import(catalog, ImportRequest(paths=(path,), copy=True, generator=DRAFT))
    if not _is_in_library(catalog, take):
        reason = report.failed[0][1] if report.failed else "Its audio has changed since you chose it."
        raise AudioError(f"{path} can't be a draft: {reason}", "Choose another file.")
    return True


def keep_recording(catalog: Catalog, path: Path, name: str) -> Take:
    """Copy a recording into the library, under that name in place of a prompt; the file at `path` goes.

    Raises AudioError for a file that holds no sound, LibraryError; the file stays then.
    """
    sidecar = path.with_name(f"{path.name}.json")
    try:
        write_durably(sidecar, msgspec.json.encode({"prompt": name, "generator": RECORDING}))
        keep_draft(catalog, take := look_up_draft(catalog, str(path)))
    finally:
        with suppress(OSError):
            remove_file(sidecar)
    with suppress(OSError):  # it is in the library now
        remove_file(path)
    return catalog.find(take.id)


def make_draft(take: Take, use: DraftUse, duration_s: float, from_s: float | None = None) -> Draft:
    """`take` as the draft of takes of `duration_s` seconds; a continuation goes on from `from_s`, None for its end.

    A continuation begins with the draft, and `duration_s` counts from there. Raises GenerationError where that leaves
    nothing to make, or where the draft has no such point.
    """
    if use == "melody":
        if from_s is not None:
            raise GenerationError(
                "A melody is always followed from its start.", "To start elsewhere, use the draft as a continuation."
            )
        return Draft(sound=take.id, use=use)
    if from_s is not None and not (math.isfinite(from_s) and 0 < from_s <= take.duration_s):
        raise GenerationError(
            f"The draft can't continue from {from_s:g} s: it's {take.duration_s:.2f} s long.",
            f"Give a time above 0 and up to {math.floor(take.duration_s * 100) / 100:.2f} s.",
        )
    kept_s = take.duration_s if from_s is None else from_s
    if kept_s >= duration_s:
        raise GenerationError(
            f"{kept_s:.2f} s of the draft are kept, but the whole take is only {duration_s:g} s.",
            "Make the take longer, or continue from an earlier point in the draft.",
        )
    return Draft(sound=take.id, use=use, until_s=from_s)


def _is_in_library(catalog: Catalog, take: Take) -> bool:
    """Whether the library knows that sound, and where it is."""
    known = catalog.get(take.id)
    return known is not None and catalog.has_sound(known)


def _take_of_file(catalog: Catalog, path: Path) -> Take:
    meter = Meter()
    try:
        found = audio.examine(path, meter.listen)
    except AudioError as error:
        raise AudioError(f"{path} can't be a draft: {error.what}", error.remedy) from error
    known = catalog.get(found.id)
    if known is not None and catalog.has_sound(known):
        return known
    take = Take(
        id=found.id,
        batch="",
        file=str(path.absolute()),
        duration_s=found.info.duration_s,
        sample_rate=found.info.sample_rate,
        channels=found.info.channels,
        created_at=utc_now(),
        prompt=path.name,
    )
    return with_measures(take, meter.result())
