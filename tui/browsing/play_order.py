"""What plays when a take has ended: the next one of a list, one by lot, or nothing."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Literal, TypeAlias, get_args

from library.take import Take
from tui.playing.player.api import Playhead

PlayOn: TypeAlias = Literal["off", "order", "shuffle"]
PLAY_ON: tuple[PlayOn, ...] = get_args(PlayOn)
DRAWS = 50
"""So often it is drawn by lot before those that are left are looked for one by one."""
MOST_UNPLAYABLE = 5
"""After so many takes in a row that can't be played, it stops."""


class PlayOrder:
    """Goes through the takes that are listed, once; those that are rejected are passed over."""

    def __init__(self, rejected: Callable[[Take], bool], chance: random.Random | None = None) -> None:
        self.how: PlayOn = "off"
        self._rejected = rejected
        self._chance = chance or random.Random()  # noqa: S311 - no secret
        self._list_now: Callable[[], Sequence[Take]] = tuple
        self._known: Sequence[Take] | None = None
        self._played: set[str] = set()
        self._drawn: Take | None = None
        """The next one by lot, drawn ahead so that it can be decoded."""
        self._placed: tuple[str, int | None] | None = None
        """The place of the take that was asked about last."""
        self.sounding: str | None = None
        """The take whose end would be followed by another."""
        self._unplayable = 0

    def list(self, takes: Callable[[], Sequence[Take]]) -> None:
        """Others are listed now: `takes`, which is asked when it matters. What has played stays known."""
        self._list_now, self._known = takes, None
        self._drawn = self._placed = None

    @property
    def _listed(self) -> Sequence[Take]:
        if self._known is None:
            self._known = self._list_now()
        return self._known

    def choose(self, how: PlayOn) -> None:
        """Go on like this; by lot all takes are to come again."""
        self.how = how
        self._played.clear()
        self._drawn = None

    def ended(self, head: Playhead) -> bool:
        """Whether what `head` tells of has just ended, or can't be played: once a take."""
        if head.playing:
            self.sounding, self._unplayable = head.take, 0
            return False
        if head.take is None or head.take != self.sounding:
            return False
        if self.how == "off":
            self.sounding = None if head.ended else self.sounding
            return False
        if head.error is not None:
            self._unplayable += 1
        if head.ended or (head.error is not None and self._unplayable < MOST_UNPLAYABLE):
            self.sounding = None
            return True
        return False

    def put_on(self, take: Take) -> None:
        """`take` plays now; should it turn out that it can't, the next one comes."""
        self.sounding = take.id
        self._played.add(take.id)
        if self._drawn is not None and self._drawn.id == take.id:
            self._drawn = None

    def after(self, take: Take | None) -> Take | None:
        """What comes after `take`; None at the end."""
        if self.how == "off":
            return None
        if self.how == "shuffle":
            if self._drawn is None or (take is not None and self._drawn.id == take.id):
                self._drawn = self._draw(take)
            return self._drawn
        at = None if take is None else self._place(take)
        rest = range(0 if at is None else at + 1, len(self._listed))
        return next((one for one in map(self._listed.__getitem__, rest) if not self._rejected(one)), None)

    def place(self, take: Take) -> tuple[int, int] | None:
        """Which of how many `take` is; None where it is not among them, or there is no order."""
        if self.how != "order":
            return None
        if self._placed is None or self._placed[0] != take.id:
            self._placed = (take.id, self._place(take))
        at = self._placed[1]
        return None if at is None else (at + 1, len(self._listed))

    def _place(self, take: Take) -> int | None:
        try:
            return self._listed.index(take)
        except ValueError:
            return None

    def _draw(self, but: Take | None) -> Take | None:
        def is_left(take: Take) -> bool:
            return take.id not in self._played and (but is None or take.id != but.id) and not self._rejected(take)

        if not self._listed:
            return None
        for _ in range(DRAWS):
            take = self._chance.choice(self._listed)
            if is_left(take):
                return take
        left = [take for take in self._listed if is_left(take)]
        return self._chance.choice(left) if left else None
