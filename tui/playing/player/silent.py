"""A player without sound: the clock runs, and all else is as with sound."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from tui.playing.player.api import Player, Playhead, Track, Trouble
from tui.playing.player.played_places import PlayedPlaces

SHORTEST_LOOP_S = 0.05


class Stopwatch:
    """A clock that can be held. It is at first."""

    def __init__(self) -> None:
        self._shown = 0.0
        self._since: float | None = None

    def monotonic(self) -> float:
        return self._shown + (time.monotonic() - self._since if self._since is not None else 0.0)

    def run(self) -> None:
        if self._since is None:
            self._since = time.monotonic()

    def hold(self) -> None:
        self._shown, self._since = self.monotonic(), None


def tidy_loop(span: tuple[float, float], duration_s: float) -> tuple[float, float]:
    """`span` put in order, inside the take, and no shorter than SHORTEST_LOOP_S (unless the take is)."""
    start, end = sorted(min(max(place, 0.0), duration_s) for place in span)
    end = min(max(end, start + SHORTEST_LOOP_S), duration_s)
    return max(0.0, min(start, end - SHORTEST_LOOP_S)), end


class SilentPlayer(Player):
    """The `Player` protocol by the clock alone: the fall-back where there is no sound, and the app's tests' player."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """`now`: seconds since some fixed moment; never goes back."""
        self._now = now
        self._then = now()
        self.track: Track | None = None
        self.looping: tuple[float, float] | None = None
        """The span that repeats, in seconds."""
        self.volume_db = 0.0
        self._position = 0.0
        self._playing = False
        self._ended = False
        self._played = PlayedPlaces()

    def start(self) -> None:
        """Nothing to open."""

    def close(self) -> None:
        self.pause()

    def preload(self, tracks: list[Track], *, beside: int = 1) -> None:
        """Nothing to decode."""

    def load(self, track: Track, *, at_s: float = 0.0, play: bool = True) -> None:
        """The loop of the take before is forgotten."""
        self.track = track
        self.looping = None
        self._played = PlayedPlaces()
        self._go_to(at_s, play=play)

    def play(self) -> None:
        self._advance()
        if self.track is None:
            return
        if self._ended:
            self._go_to(self.looping[0] if self.looping else 0.0, play=True)
        self._playing = True

    def pause(self) -> None:
        self._advance()
        self._playing = False

    def seek(self, position_s: float) -> None:
        self._advance()
        if self.track is not None:
            self._go_to(position_s, play=self._playing)

    def loop(self, span: tuple[float, float] | None) -> None:
        self._advance()
        if self.track is None:
            return
        self.looping = tidy_loop(span, self.track.duration_s) if span else None
        if self.looping and self._position >= self.looping[1]:
            self._go_to(self.looping[0], play=self._playing)

    def set_volume(self, volume_db: float) -> None:
        self.volume_db = min(0.0, volume_db)

    def playhead(self) -> Playhead:
        self._advance()
        if self.track is None:
            return Playhead(take=None, position_s=0.0, duration_s=0.0, playing=False)
        return Playhead(
            take=self.track.take,
            position_s=self._position,
            duration_s=self.track.duration_s,
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
        assert self.track is not None  # noqa: S101 - for the type checker; callers have looked
        self._then = self._now()
        self._position = min(max(place, 0.0), self.track.duration_s)
        self._ended = self._position >= self.track.duration_s
        self._playing = play and not self._ended

    def _advance(self) -> None:
        now = self._now()
        left, self._then = now - self._then, now
        if not self._playing or self.track is None or left <= 0:
            return
        if self.looping and self._position < self.looping[1]:
            start, end = self.looping
            self._played.add(self._position, min(self._position + left, end))
            reached = self._position + left
            if reached >= end:
                self._played.add(start, min(start + reached - end, end))
                reached = start + math.fmod(reached - end, end - start)
            self._position = reached
            return
        reached = min(self._position + left, self.track.duration_s)
        self._played.add(self._position, reached)
        self._position = reached
        if reached >= self.track.duration_s:
            self._playing, self._ended = False, True
