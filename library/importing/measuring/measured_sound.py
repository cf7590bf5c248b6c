"""What reading all of a sound file finds: its id, its length and its measures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeAlias

from library.files.file_stamp import FileStamp, stamp_of
from library.sound.audio import ExaminedSound, examine
from library.sound.file_bytes import Stop
from library.sound.loudness_meter import Measurement, Meter
from library.take import Flag


@dataclass(frozen=True)
class MeasuredSound:
    """A sound, and the file as it was before it was read; no stamp where it was not read."""

    sound: ExaminedSound
    measurement: Measurement
    stamp: FileStamp | None


Measure: TypeAlias = Callable[[Path, Stop], MeasuredSound]
"""As `measure_sound`."""


def measure_sound(path: Path, stop: Stop) -> MeasuredSound:
    """Read `path` once. Raises AudioError, and StoppedError when `stop` says so."""
    stamp, meter = stamp_of(path), Meter()
    sound = examine(path, meter.listen, stop)
    measurement = meter.result()
    told: dict[Flag, bool] = {"cut-off": sound.open_end, "partial": bool(sound.partial)}
    flags = tuple(dict.fromkeys([*measurement.flags, *(flag for flag, is_so in told.items() if is_so)]))
    return MeasuredSound(sound, replace(measurement, flags=flags), stamp)
