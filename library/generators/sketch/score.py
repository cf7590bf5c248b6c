"""What the parts write and the instruments play."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from library.generators.sketch.form import Bar


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


class Part(Protocol):
    """Writes the notes of one voice, bar by bar; a bar depends on nothing but itself."""

    def notes(self, bar: Bar) -> list[ScoreNote]:
        """The notes of that bar, in order."""
