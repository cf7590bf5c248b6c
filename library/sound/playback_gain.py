"""The gain that makes takes equally loud, so that loudness does not pass for quality."""

from __future__ import annotations

TARGET_LUFS = -18.0
"""The reference of ReplayGain 2.0."""
CEILING_DBTP = -1.0
"""No gain lifts a true peak over this (EBU R 128)."""
MAX_BOOST_DB = 24.0
"""A take quieter than this below the target stays quieter: what is left of it is mostly noise."""


def gain_db(lufs: float | None, true_peak_db: float | None) -> float:
    """Decibels to add when playing a take of that loudness and true peak.

    A take with peaks too high for the target plays quieter than the others rather than limited: the level never
    changes the sound. 0 for what was not or could not be measured, save that its peak is held to the ceiling.
    """
    gain = min(TARGET_LUFS - lufs, MAX_BOOST_DB) if lufs is not None else 0.0
    if true_peak_db is not None:
        gain = min(gain, CEILING_DBTP - true_peak_db)
    return gain
