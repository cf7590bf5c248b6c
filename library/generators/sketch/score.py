"""What the parts write, bar by bar, and the instruments play."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ScoreNote:
    """A note of a pitched voice."""

    step: float
    """Onset in sixteenths from the start of the bar."""
    steps: float
    """Length in sixteenths."""
    pitch: int
    """MIDI pitch."""
    velocity: float
    """Gain, about 1."""
    open: int = 2
    """How far the filter opens, 0 to 4."""
    pan: float = 0.0
    """-1 left to 1 right."""


@dataclass(frozen=True)
class DrumHit:
    """A stroke of the drum kit."""

    step: float
    drum: str
    velocity: float
