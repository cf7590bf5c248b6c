"""Two takes on one deck, heard in turn from the same place, and how long each has sounded."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from library.take import Take
from tui.playing.deck import Deck
from tui.playing.player.api import Playhead

Side = Literal["a", "b"]

BRIEFLY_S = 1.0
"""For so long each take must have sounded (all of it, if it is shorter) before it can win or lose."""
LEFT_S = 0.5
"""A take with less than this left at the place in question, or too little for a judgement, begins anew instead."""


class Pairing:
    """A and B. `swap` goes to the other one; `follow` is told where playing stands, often."""

    def __init__(self, deck: Deck, a: Take, b: Take, first: Side = "a") -> None:
        """`first` is the side to be heard first."""
        self._deck = deck
        self.a, self.b, self.first = a, b, first
        self._coming: list[Take] = []
        self._heard: dict[str, float] = {a.id: 0.0, b.id: 0.0}
        self._visit: tuple[str | None, float] = (None, 0.0)

    def preload(self, coming: Iterable[Take]) -> None:
        """Decode these ahead as well, after the two: those of the pair that is likely to come next."""
        self._coming = list(coming)
        if self.on is not None:
            self._get_ready(self.on)

    def take(self, side: Side) -> Take:
        return self.a if side == "a" else self.b

    @property
    def on(self) -> Side | None:
        """The side that is on the deck; None while something else is."""
        take = self._deck.take
        if take is None or take.id not in self._heard:
            return None
        return "a" if take.id == self.a.id else "b"

    def begin(self) -> None:
        """Play the one to be heard first, from where takes start."""
        self._load(self.first, None)

    def swap(self) -> Side:
        """Play the other one from the same place, and keep the loop where both have it; the side that is on now.

        A take that is over by then begins anew.
        """
        head = self._deck.playhead()
        self.follow(head)
        now = self.on
        if now is None:
            self.begin()
            return self.first
        side: Side = "b" if now == "a" else "a"
        self._load(side, self.place_in(side, head.position_s), self._deck.looping)
        return side

    def go_to(self, side: Side, position_s: float) -> None:
        """Hear that one from there."""
        if self.on == side:
            self._deck.player.seek(position_s)
        else:
            self.follow(self._deck.playhead())
            self._load(side, position_s)

    def place_in(self, side: Side, position_s: float) -> float:
        """Where that take goes on when the other one stands at `position_s`: there, if enough of it is left."""
        enough = max(LEFT_S, self._missing_s(side))
        return position_s if position_s <= self.take(side).duration_s - enough else 0.0

    def follow(self, head: Playhead) -> None:
        """Add up what has sounded since the last call."""
        if head.take in self._heard and head.take is not None:
            before = self._visit[1] if self._visit[0] == head.take else 0.0
            # Put on anew, a take's count begins anew too.
            self._heard[head.take] += head.heard_s - before if head.heard_s >= before else head.heard_s
        self._visit = (head.take, head.heard_s)

    def heard_s(self, side: Side | None = None) -> float:
        """Seconds that have sounded of one side, or of both."""
        if side is None:
            return sum(self._heard.values())
        return self._heard[self.take(side).id]

    @property
    def unheard(self) -> Side | None:
        """A side that hasn't sounded long enough for a judgement."""
        for side in ("a", "b"):
            if self._missing_s(side) > 0:
                return side
        return None

    def _missing_s(self, side: Side) -> float:
        """Seconds of that side that must yet sound before a judgement."""
        return max(0.0, min(BRIEFLY_S, 0.9 * self.take(side).duration_s) - self.heard_s(side))

    def _load(self, side: Side, position_s: float | None, loop: tuple[float, float] | None = None) -> None:
        self._deck.load(self.take(side), at_s=position_s)
        if loop is not None and loop[1] <= self.take(side).duration_s:
            self._deck.loop(loop)
        self._visit = (self.take(side).id, 0.0)
        self._get_ready(side)

    def _get_ready(self, on: Side) -> None:
        self._deck.preload([self.take("b" if on == "a" else "a"), *self._coming])
