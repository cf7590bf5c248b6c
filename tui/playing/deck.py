"""The deck: which take is on, what plays next, and the loop between two marks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from library.sound.playback_gain import gain_db
from library.take import Take
from tui.playing.player.api import Player, Playhead, Track
from tui.workspace import Workspace

AHEAD = 4
"""How many takes are decoded before they are asked for."""


class Deck:
    """Puts takes on the player, level-matched, and keeps the likely next ones ready."""

    def __init__(self, player: Player, workspace: Workspace) -> None:
        self.player = player
        self._workspace = workspace
        self.take: Take | None = None
        """What is on, playing or not."""
        self.looping: tuple[float, float] | None = None

    def is_on(self, take: Take | None) -> bool:
        """Whether that take is on, playing or not."""
        return take is not None and self.take is not None and self.take.id == take.id

    def path_of(self, take: Take) -> Path:
        return self._workspace.catalog.path_of(take)

    def track(self, take: Take) -> Track:
        """`take` as the player needs it."""
        return Track(
            take=take.id,
            path=self.path_of(take),
            duration_s=take.duration_s,
            gain_db=gain_db(take),
            since=take.created_at if take.id in self._workspace.catalog else "",  # else it is still being made
        )

    def load(self, take: Take, *, at_s: float = 0.0, play: bool = True) -> None:
        self.take = take
        self.looping = None
        self.player.load(self.track(take), at_s=at_s, play=play)

    def preload(self, takes: Sequence[Take]) -> None:
        """Decode these ahead, the likeliest first."""
        self.player.preload([self.track(take) for take in takes[:AHEAD]])

    def toggle(self, take: Take | None) -> None:
        """Pause what plays; else go on with `take`, or start it if another one is on."""
        head = self.player.playhead()
        if head.playing:
            self.player.pause()
        elif take is not None and not self.is_on(take):
            self.load(take)
        elif self.take is not None:
            self.player.play()

    def seek_by(self, seconds: float) -> None:
        head = self.playhead()
        if head.take is not None:
            self.player.seek(min(max(0.0, head.position_s + seconds), head.duration_s))

    def cycle_loop(self, marks: Sequence[float]) -> tuple[float, float] | None:
        """Loop between the marks around the playhead (the take's ends where there is none); off if it was on."""
        head, span = self.playhead(), None
        if self.looping is None and head.take is not None:
            before = max((mark for mark in marks if mark <= head.position_s), default=0.0)
            after = min((mark for mark in marks if mark > head.position_s), default=head.duration_s)
            span = (before, after) if after - before > 0.05 else None
        self.loop(span)
        return span

    def loop(self, span: tuple[float, float] | None) -> None:
        """Repeat between these two places of what is on, or go on."""
        self.looping = span
        self.player.loop(span)

    def playhead(self) -> Playhead:
        return self.player.playhead()

    def heard_s(self, take: Take) -> float:
        """Seconds of `take` that have sounded since it was put on; 0 if another one is on."""
        head = self.playhead()
        return head.heard_s if head.take == take.id else 0.0
