"""The deck: which take is on, what plays next, and the loop between two marks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from library.sound.playback_gain import gain_db
from library.take import Take
from tui.playing.outlines import SHARED, Outlines
from tui.playing.player.api import Player, Playhead, Track
from tui.settings import Start
from tui.workspace import Workspace

AHEAD = 5
"""How many takes are decoded before they are asked for."""
JUST_BEGUN_S = 0.5
"""A take that has sounded for less may still go to its strongest passage, where that is found only now."""
JUST_PAST_S = 1.5
"""So soon after a section's start, going back means the one before, as with other players."""


class Deck:
    """Puts takes on the player, level-matched, and keeps the likely next ones ready."""

    def __init__(self, player: Player, workspace: Workspace, outlines: Outlines = SHARED) -> None:
        self.player = player
        self.outlines = outlines
        self.starts: Start = "beginning"
        """Where takes begin to play, unless a place is named."""
        self._workspace = workspace
        self._begun_s: float | None = 0.0
        """Where what is on began to play; None while its strongest passage is being looked for."""
        self.take: Take | None = None
        """What is on, playing or not."""
        self.loads = 0
        """How often a take was put on."""
        self.looping: tuple[float, float] | None = None
        self._marked: tuple[float, ...] = ()
        """The marks made since."""
        self._sought = False
        """Whether playing went on from elsewhere than the last of them."""

    def is_on(self, take: Take | None) -> bool:
        """Whether that take is on, playing or not."""
        return take is not None and self.take is not None and self.take.id == take.id

    def is_known_on(self, take: Take | None) -> bool:
        """Whether it is, and may be known to be."""
        return self.is_on(take) and not self.hidden

    @property
    def hidden(self) -> bool:
        """Whether what is on may not be told from others."""
        return self.take is not None and self._workspace.blindfold.hides(self.take.id)

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

    def load(self, take: Take, *, at_s: float | None = None, play: bool = True, blind: bool = False) -> None:
        """Put a take on, by its name unless it is `blind`, and go to `at_s`; None for where takes start."""
        if not blind:
            self._workspace.blindfold.name(take.id)
        loop = self.looping
        self._begun_s = self._start_of(take) if at_s is None else at_s
        self.take = take
        self.loads += 1
        self.looping = None
        self._marked, self._sought = (), False
        self.player.load(self.track(take), at_s=self._begun_s or 0.0, play=play)
        if at_s is None and self.starts == "place" and loop is not None and loop[1] <= take.duration_s:
            self.loop(loop)

    def _start_of(self, take: Take) -> float | None:
        if self.starts == "strongest":
            outline = self.outlines.at_hand(take, self.path_of(take))
            return None if outline is None else outline.strongest_s
        head = self.playhead()
        stays = self.starts == "place" and head.take is not None and not head.ended
        return head.position_s if stays and head.position_s < take.duration_s - JUST_BEGUN_S else 0.0

    def find_start(self) -> None:
        """Go to the strongest passage, where that was not known when the take was put on. To be called often."""
        if self._begun_s is None and self.take is not None:
            head = self.playhead()
            outline = self.outlines.at_hand(self.take, self.path_of(self.take))
            if outline is not None and head.heard_s < JUST_BEGUN_S:
                self.player.seek(outline.strongest_s)
            if outline is not None or head.heard_s >= JUST_BEGUN_S:
                self._begun_s = head.position_s if outline is None else outline.strongest_s

    def preload(self, takes: Sequence[Take], *, beside: int = 1) -> None:
        """Decode these ahead, the likeliest first; the first `beside` of them from where playing stands, to compare."""
        tracks = [replace(self.track(take), start_s=self._start_of(take) or 0.0) for take in takes[:AHEAD]]
        self.player.preload(tracks, beside=AHEAD if self.starts == "place" else beside)

    def toggle(self, take: Take | None, *, blind: bool = False) -> None:
        """Pause what plays; else go on with `take`, or start it if another one is on."""
        head = self.player.playhead()
        if head.playing:
            self.player.pause()
        elif take is not None and not (self.is_on(take) if blind else self.is_known_on(take)):
            self.load(take, blind=blind)
        elif self.take is not None:
            self.player.play()

    def seek_by(self, seconds: float) -> None:
        head = self.playhead()
        if head.take is not None:
            self.seek(min(max(0.0, head.position_s + seconds), head.duration_s))

    def seek(self, position_s: float) -> None:
        """Go to a place in what is on."""
        self._sought = True
        self.player.seek(position_s)

    def mark(self) -> float:
        """The place to be marked: where playing stands."""
        position_s = self.playhead().position_s
        self._marked, self._sought = (*self._marked, position_s), False
        return position_s

    @property
    def sections(self) -> tuple[float, ...]:
        """Where sections of what is on begin, as far as that is known."""
        outline = None if self.take is None else self.outlines.at_hand(self.take, self.path_of(self.take))
        return () if outline is None else outline.sections

    def go_to_section(self, by: int, marks: Sequence[float]) -> float | None:
        """Go to where the next section begins for `by` 1, the previous one for -1, or to a mark; None if there is none.

        The beginning is the first section.
        """
        head = self.playhead()
        places = {0.0, *marks, *self.sections}
        if by > 0:
            place = min((place for place in places if place > head.position_s + 0.05), default=None)
        else:
            place = max((place for place in places if place < head.position_s - JUST_PAST_S), default=0.0)
        if place is not None:
            self.seek(place)
        return place

    def replay(self, marks: Sequence[float]) -> float:
        """Play from the mark before the play head again; from where the take began to play, if there is none."""
        before = [mark for mark in marks if mark <= self.playhead().position_s]
        place = max(before, default=self._begun_s or 0.0)
        self.seek(place)
        self.player.play()
        return place

    def cycle_loop(self, marks: Sequence[float]) -> tuple[float, float] | None:
        """Loop between the marks around the playhead (the take's ends where there is none); off if it was on.

        Right after two marks were made, those are meant, though the playhead is at the second one or past it.
        """
        head, span = self.playhead(), None
        made = self._marked[-2:]
        if len(made) == 2 and not self._sought and not any(made[1] < mark <= head.position_s for mark in marks):
            marks, at_s = made, min(made)
        else:
            at_s = head.position_s
        if self.looping is None and head.take is not None:
            before = max((mark for mark in marks if mark <= at_s), default=0.0)
            after = min((mark for mark in marks if mark > at_s), default=head.duration_s)
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
