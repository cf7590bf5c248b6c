"""The gain that makes takes equally loud, so that loudness does not pass for quality."""

from __future__ import annotations

import math
from typing import Protocol

from library.sound.speakers import most_in_one, usual_layout

TARGET_LUFS = -18.0
"""The reference of ReplayGain 2.0."""
CEILING_DBTP = -1.0
"""No gain lifts a true peak over this (EBU R 128)."""
MAX_BOOST_DB = 24.0
"""A take quieter than this below the target stays quieter: what is left of it is mostly noise."""


_BOTH_SPEAKERS = 10 * math.log10(2)
"""What one channel gains in loudness by playing on two loudspeakers."""


class Measured(Protocol):
    """A take, or what was measured of a sound."""

    @property
    def channels(self) -> int: ...
    @property
    def lufs(self) -> float | None: ...
    @property
    def true_peak_db(self) -> float | None: ...
    @property
    def heard_lufs(self) -> float | None: ...
    @property
    def heard_peak_db(self) -> float | None: ...


def as_heard(sound: Measured) -> tuple[float | None, float | None]:
    """Loudness and true peak of `sound` from two loudspeakers, in LUFS and dBTP; None for what was not measured.

    Where more than two channels were measured before they were folded down too, the peak is the greatest there can be.
    """
    lufs, peak = sound.lufs, sound.true_peak_db
    if sound.channels == 1:
        return None if lufs is None else lufs + _BOTH_SPEAKERS, peak
    if sound.channels > 2 and sound.heard_peak_db is not None:
        return sound.heard_lufs, sound.heard_peak_db
    if sound.channels > 2 and peak is not None:
        return lufs, peak + 20 * math.log10(most_in_one(usual_layout(sound.channels)))
    return lufs, peak


def gain_db(sound: Measured) -> float:
    """Decibels to add when playing a sound.

    One with peaks too high for the target plays quieter than the others rather than limited: the level never changes
    the sound. 0 for what was not or could not be measured, save that its peak is held to the ceiling.
    """
    lufs, peak = as_heard(sound)
    gain = min(TARGET_LUFS - lufs, MAX_BOOST_DB) if lufs is not None else 0.0
    return gain if peak is None else min(gain, CEILING_DBTP - peak)
