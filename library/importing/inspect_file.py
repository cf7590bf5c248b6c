"""All that one file tells: its sound's id, its loudness, and where it came from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from library.errors import AudioError
from library.importing.measuring.measured_sound import Measure, MeasuredSound, measure_sound
from library.importing.origin import Origin
from library.importing.sources.file_names import Pattern
from library.importing.sources.sidecar import Folders
from library.importing.sources.told_words import ToldWords, ask_sources
from library.sound.audio import ExaminedSound
from library.sound.loudness_meter import Measurement
from library.sound.opened_sound import SoundInfo
from library.take import MAX_NAME, Take, TakeId


@dataclass(frozen=True)
class InspectedFile:
    """What a file turned out to be."""

    path: Path
    measured: MeasuredSound
    words: ToldWords


def inspect_file(
    path: Path,
    sheet_origin: Origin,
    pattern: Pattern | None,
    stop: Callable[[], bool],
    known: Take | None = None,
    *,
    folders: Folders | None = None,
    measure: Measure = measure_sound,
) -> InspectedFile:
    """Read `path` once and ask every source about it; `sheet_origin`, what the sheet says, goes before the others.

    `folders` spares looking into each folder anew; `measure` may read the sound elsewhere. Where it surely holds the
    sound of `known`, that is not read again.
    Raises AudioError, OriginError, and StoppedError when `stop` says so.
    """
    _check_name(path)
    measured = measure(path, stop) if known is None else _as_known(known)
    words = ask_sources(path, sheet_origin, pattern, folders or Folders())
    return InspectedFile(path, measured, words)


def _as_known(take: Take) -> MeasuredSound:
    info = SoundInfo(
        round(take.duration_s * take.sample_rate), take.sample_rate, take.channels, format="", subtype="", layout=()
    )
    measurement = Measurement(
        take.channels, take.lufs, take.true_peak_db, take.flags, take.heard_lufs, take.heard_peak_db
    )
    return MeasuredSound(ExaminedSound(info, TakeId(take.id), open_end=False), measurement, stamp=None)


def _check_name(path: Path) -> None:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise AudioError("Its name isn't valid text.", "Rename it.") from None
    if len(str(path)) > MAX_NAME:
        raise AudioError(f"Its path is over {MAX_NAME} characters long.", "Move it to a shorter path.")
