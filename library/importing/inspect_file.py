"""All that one file tells: its sound's id, its loudness, and where it came from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from library.errors import AudioError
from library.files.file_stamp import FileStamp, stamp_of
from library.importing.origin import Origin
from library.importing.sources.file_names import Pattern
from library.importing.sources.sidecar import Folders
from library.importing.sources.told_words import ToldWords, ask_sources
from library.sound.audio import ExaminedSound, examine
from library.sound.loudness_meter import Measurement, Meter
from library.sound.opened_sound import SoundInfo
from library.take import MAX_NAME, Flag, Take, TakeId


@dataclass(frozen=True)
class InspectedFile:
    """What a file turned out to be."""

    path: Path
    sound: ExaminedSound
    measurement: Measurement
    words: ToldWords
    stamp: FileStamp | None
    """The file's, before it was read; None where it was not."""


def inspect_file(
    path: Path,
    sheet_origin: Origin,
    pattern: Pattern | None,
    stop: Callable[[], bool],
    known: Take | None = None,
    *,
    folders: Folders | None = None,
) -> InspectedFile:
    """Read `path` once and ask every source about it; `sheet_origin`, what the sheet says, goes before the others.

    `folders` spares looking into each folder anew. Where it surely holds the sound of `known`, that is not read again.
    Raises AudioError, OriginError, and StoppedError when `stop` says so.
    """
    _check_name(path)
    if known is not None:
        frames = round(known.duration_s * known.sample_rate)
        info = SoundInfo(frames, known.sample_rate, known.channels, format="", subtype="", layout=())
        sound, stamp = ExaminedSound(info, TakeId(known.id), open_end=False), None
        measurement = Measurement(
            known.channels, known.lufs, known.true_peak_db, known.flags, known.heard_lufs, known.heard_peak_db
        )
    else:
        stamp, meter = stamp_of(path), Meter()
        sound = examine(path, meter.listen, stop)
        measurement = meter.result()
        told: dict[Flag, bool] = {"cut-off": sound.open_end, "partial": bool(sound.partial)}
        flags = tuple(dict.fromkeys([*measurement.flags, *(flag for flag, is_so in told.items() if is_so)]))
        measurement = replace(measurement, flags=flags)
    words = ask_sources(path, sheet_origin, pattern, folders or Folders())
    return InspectedFile(path, sound, measurement, words, stamp)


def _check_name(path: Path) -> None:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise AudioError("Its name is not valid text.", "Rename it.") from None
    if len(str(path)) > MAX_NAME:
        raise AudioError(f"Its path is over {MAX_NAME} characters long.", "Move it nearer to the top.")
