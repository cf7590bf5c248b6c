"""A player without sound: the clock runs, and all else is as with sound."""

from __future__ import annotations

import math
import time
from typing import Protocol

from tui.playing.player.api import Player, Playhead, Track, Trouble
from tui.playing.player.played_places import PlayedPlaces

SHORTEST_LOOP_S = 0.05


class Clock(Protocol):
    """Where the time comes from."""

    def monotonic(self) -> float:
        """Seconds since some fixed moment; never goes back."""


class SystemClock:
    """The machine's own time."""

    def monotonic(self) -> float:
        """See `time.monotonic`."""
        return time.monotonic()


class Stopwatch:
    """A clock that can be held. It is at first."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._since: float | None = None

    def monotonic(self) -> float:
        """Seconds for which it has run."""
        return self._shown + (time.monotonic() - self._since if self._since is not None else 0.0)

    def run(self) -> None:
        """Go on, if it is held."""
        if self._since is None:
            self._since = time.monotonic()

    def hold(self) -> None:
        """Stand still."""
        self._shown, self._since = self.monotonic(), None


def tidy_loop(span: tuple[float, float], duration_s: float) -> tuple[float, float]:
    """`span` put in order, inside the take, and no shorter than SHORTEST_LOOP_S (unless the take is)."""
    start, end = sorted(min(max(place, 0.0), duration_s) for place in span)
    end = min(max(end, start + SHORTEST_LOOP_S), duration_s)
    return max(0.0, min(start, end - SHORTEST_LOOP_S)), end


class SilentPlayer(Player):
    """The `Player` protocol by the clock alone: the fall-back where there is no sound, and the app's tests' player."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._then = self._clock.monotonic()
        self._track: Track | None = None
        self._position = 0.0
        self._playing = False
        self._ended = False
        self._loop: tuple[float, float] | None = None
        self._played = PlayedPlaces()
        self._volume_db = 0.0

    @property
    def track(self) -> Track | None:
        """What is loaded."""
        return self._track

    @property
    def looping(self) -> tuple[float, float] | None:
        """The span that repeats, in seconds."""
        return self._loop

    @property
    def volume_db(self) -> float:
        """The listener's volume."""
        return self._volume_db

    def start(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        """Stop the clock."""
        self.pause()

    def preload(self, tracks: list[Track]) -> None:
        """Nothing to decode."""

    def load(self, track: Track, *, at_s: float = 0.0, play: bool = True) -> None:
        """See `Player.load`. The loop of the take before is forgotten."""
        self._track = track
        self._loop = None
        self._played = PlayedPlaces()
        self._go_to(at_s, play=play)

    def play(self) -> None:
        """See `Player.play`."""
        self._advance()
        if self._track is None:
            return
        if self._ended:
            self._go_to(self._loop[0] if self._loop else 0.0, play=True)
        self._playing = True

    def pause(self) -> None:
        """See `Player.pause`."""
        self._advance()
        self._playing = False

    def seek(self, position_s: float) -> None:
        """See `Player.seek`."""
        self._advance()
        if self._track is not None:
            self._go_to(position_s, play=self._playing)

    def loop(self, span: tuple[float, float] | None) -> None:
        """See `Player.loop`."""
        self._advance()
        if self._track is None:
            return
        self._loop = tidy_loop(span, self._track.duration_s) if span else None
        if self._loop and self._position >= self._loop[1]:
            self._go_to(self._loop[0], play=self._playing)

    def set_volume(self, volume_db: float) -> None:
        """See `Player.set_volume`."""
        self._volume_db = min(0.0, volume_db)

    def playhead(self) -> Playhead:
        """See `Player.playhead`."""
        self._advance()
        if self._track is None:
            return Playhead(take=None, position_s=0.0, duration_s=0.0, playing=False)
        return Playhead(
            take=self._track.take,
            position_s=self._position,
            duration_s=self._track.duration_s,
            playing=self._playing,
            ended=self._ended,
            heard_s=self._played.total,
        )

    def trouble(self) -> Trouble | None:
        """None: silence is what was asked for."""
        return None

    def assume(self, playhead: Playhead) -> None:
        """Go on from where another player stood with the same track.

        Which places it had played is not known, only how many seconds: they are taken to lie just before.
        """
        self._advance()
        self._position = playhead.position_s
        self._playing = playhead.playing
        self._ended = playhead.ended
        self._played = PlayedPlaces()
        first = max(0.0, playhead.position_s - playhead.heard_s)
        self._played.add(first, first + playhead.heard_s)

    def _go_to(self, place: float, *, play: bool) -> None:
        assert self._track is not None  # noqa: S101 - for the type checker; callers have looked
        self._then = self._clock.monotonic()
        self._position = min(max(place, 0.0), self._track.duration_s)
        self._ended = self._position >= self._track.duration_s
        self._playing = play and not self._ended

    def _advance(self) -> None:
        now = self._clock.monotonic()
        left, self._then = now - self._then, now
        if not self._playing or self._track is None or left <= 0:
            return
        if self._loop and self._position < self._loop[1]:
            start, end = self._loop
            self._played.add(self._position, min(self._position + left, end))
            reached = self._position + left
            if reached >= end:
                self._played.add(start, min(start + reached - end, end))
                reached = start + math.fmod(reached - end, end - start)
            self._position = reached
            return
        reached = min(self._position + left, self._track.duration_s)
        self._played.add(self._position, reached)
        self._position = reached
        if reached >= self._track.duration_s:
            self._playing, self._ended = False, True
