"""What a player is to the rest of the app."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Track:
    """A take as the player needs it."""

    take: str
    """The take's id."""
    path: Path
    duration_s: float
    gain_db: float = 0.0
    """What brings it to the common level."""
    start_s: float = 0.0
    """Where it is likely to be begun."""
    since: str = ""
    """When the file held that take's sound, as takes have times; empty for one that stands for no take yet."""


@dataclass(frozen=True)
class Playhead:
    """Where playing stands. A snapshot, cheap to take sixty times a second."""

    take: str | None
    """What is loaded; None before the first."""
    position_s: float
    duration_s: float
    playing: bool
    ended: bool = False
    """It played to its end and stopped there (not while looping)."""
    heard_s: float = 0.0
    """Seconds of this take that have sounded since it was loaded, repeats of the same place counted once."""
    error: str | None = None
    """Why this take cannot be played, in a sentence; None while it can."""


@dataclass(frozen=True)
class Trouble:
    """Why there is no sound, and what mends it. The clock runs all the same."""

    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


class Player(Protocol):
    """Plays one take at a time. Calls return at once; none blocks on the audio process."""

    def start(self) -> None:
        """Open the sound device, in the background."""

    def close(self) -> None:
        """Fall silent and end."""

    def preload(self, tracks: list[Track], *, beside: int = 1) -> None:
        """Decode these ahead, the likeliest first, so that `load` is heard at once.

        The first `beside` of them may be asked for from where playing stands.
        """

    def load(self, track: Track, *, at_s: float = 0.0, play: bool = True) -> None:
        """Change to `track` (cross-fade) and play it from `at_s`, or hold it there."""

    def play(self) -> None:
        """Go on; from the start if it had ended."""

    def pause(self) -> None:
        """Hold, with a short fade."""

    def seek(self, position_s: float) -> None:
        """Go to a place (clamped to the take), with a cross-fade."""

    def loop(self, span: tuple[float, float] | None) -> None:
        """Repeat between two places in seconds, or stop repeating."""

    def set_volume(self, volume_db: float) -> None:
        """The listener's own volume, at most 0 dB."""

    def playhead(self) -> Playhead:
        """Where playing stands now."""

    def trouble(self) -> Trouble | None:
        """Why nothing is heard; None while sound works."""
