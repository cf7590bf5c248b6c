"""What a sound looks like over time: its levels, its brightness, its bands, and where sections begin."""

from __future__ import annotations

from dataclasses import dataclass

STEPS = 2048
"""Steps of the levels: more than any terminal has columns."""
RANGE_DB = 60.0
"""Levels are bytes: 255 the loudest peak of the take, 0 this much below it and all that is fainter."""
DARKEST_HZ, BRIGHTEST_HZ = 400.0, 10_000.0
"""Brightness is a byte: the spectral centroid between these two, on a scale of octaves."""
BAND_EDGES_HZ = (0.0, 100.0, 250.0, 800.0, 2500.0, 6000.0, 24_000.0)
"""Six bands: sub, bass, low mids, mids, presence, air."""


@dataclass(frozen=True)
class Outline:
    """A take from its start to its end; bytes, so that hundreds of them may be kept."""

    peaks: bytes
    """STEPS levels: the highest peak of all channels in each step."""
    levels: bytes
    """STEPS levels: the power in each step (RMS)."""
    brightness: bytes
    """One byte for each of some hundred equal stretches."""
    bands: tuple[bytes, ...]
    """For each of the six bands, lowest first, its level in the same stretches; 255 is the loudest of all."""
    sections: tuple[float, ...] = ()
    """Seconds at which a section begins, as far as that is sure; never the take's own start."""
    strongest_s: float = 0.0
    """Where the strongest passage begins."""

    @property
    def silent(self) -> bool:
        return not any(self.peaks)
