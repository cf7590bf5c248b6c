"""All that one file tells: its sound's id, its loudness, and where it came from."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from library.errors import AudioError
from library.files.file_stamp import FileStamp, stamp_of
from library.importing.file_names import Pattern, from_name
from library.importing.origin import Origin
from library.importing.sidecar import from_sidecar
from library.importing.tags import from_tags
from library.sound.audio import ExaminedSound, SoundInfo, examine
from library.sound.loudness_meter import Measurement, Meter
from library.take import MAX_NAME, WORDS, Source, Sources, Take, TakeId, Word


@dataclass(frozen=True)
class InspectedFile:
    """What a file turned out to be."""

    path: Path
    sound: ExaminedSound
    measurement: Measurement
    origin: Origin
    told_by: Sources
    fits: bool
    """Its name is as the pattern says, if there is one."""
    stamp: FileStamp | None
    """The file's, before it was read; None where it was not."""


def inspect_file(
    path: Path, sheet_origin: Origin, pattern: Pattern | None, stop: Callable[[], bool], known: Take | None = None
) -> InspectedFile:
    """Read `path` once and ask every source about it; `sheet_origin`, what the sheet says, goes before the others.

    Where it surely holds the sound of `known`, that is not read again. Raises AudioError, OriginError, and StoppedError
    when `stop` says so.
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
        if sound.open_end and "cut-off" not in measurement.flags:
            measurement = replace(measurement, flags=(*measurement.flags, "cut-off"))
    return InspectedFile(path, sound, measurement, *_ask_sources(path, sheet_origin, pattern), stamp)


def _ask_sources(path: Path, sheet_origin: Origin, pattern: Pattern | None) -> tuple[Origin, Sources, bool]:
    """What the sources say together, the surest first; which of them told each word; whether the pattern fits."""
    answers: list[tuple[Source, Origin]] = [
        ("sheet", sheet_origin),
        ("tags", from_tags(path)),
        ("sidecar", from_sidecar(path)),
    ]
    from_pattern = pattern.read(path) if pattern is not None else None
    answers.append(("name", from_name(path)) if from_pattern is None else ("pattern", from_pattern))
    origin, sources = Origin(), dict[Word, Source]()
    for source, answer in answers:
        origin = origin.filled_from(answer)
        for word in WORDS:
            if getattr(answer, word) is not None:
                sources.setdefault(word, source)
    return origin.without_contradicted_recipe(), Sources(**sources), pattern is None or from_pattern is not None


def _check_name(path: Path) -> None:
    try:
        os.fspath(path).encode()
    except UnicodeEncodeError:
        raise AudioError("Its name is not valid text.", "Rename it.") from None
    if len(str(path)) > MAX_NAME:
        raise AudioError(f"Its path is over {MAX_NAME} characters long.", "Move it nearer to the top.")
