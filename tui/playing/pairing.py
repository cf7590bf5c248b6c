"""Two takes in a line-up, as a duel has them: A and B."""

from __future__ import annotations

from typing import Literal

from library.take import Take
from tui.playing.deck import Deck
from tui.playing.line_up import LineUp
from tui.playing.player.api import Playhead

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")


class Pairing:
    """A and B. `swap` goes to the other one; `follow` is told where playing stands, often."""

    def __init__(self, deck: Deck, a: Take, b: Take, first: Side = "a") -> None:
        """`first` is the side to be heard first."""
        self.line = LineUp(deck, (a, b))
        self.a, self.b, self.first = a, b, first
        self.preload = self.line.preload

    def take(self, side: Side) -> Take:
        return self.a if side == "a" else self.b

    @property
    def on(self) -> Side | None:
        """The side that is on the deck; None while something else is."""
        on = self.line.on
        return None if on is None else SIDES[on]

    def begin(self) -> None:
        """Play the one to be heard first, from where takes start."""
        self.line.begin(SIDES.index(self.first))

    def swap(self) -> Side:
        """Play the other one from the same place; the side that is on now."""
        side: Side = self.first if self.on is None else "b" if self.on == "a" else "a"
        self.line.switch(SIDES.index(side))
        return side

    def go_to(self, side: Side, position_s: float) -> None:
        """Hear that one from there."""
        self.line.go_to(SIDES.index(side), position_s)

    def place_in(self, side: Side, position_s: float) -> float:
        """Where that take goes on when the other one stands at `position_s`."""
        return self.line.place_in(SIDES.index(side), position_s)

    def follow(self, head: Playhead) -> None:
        """Add up what has sounded since the last call."""
        self.line.follow(head)

    def heard_s(self, side: Side | None = None) -> float:
        """Seconds that have sounded of one side, or of both."""
        return self.line.heard_s(*((0, 1) if side is None else (SIDES.index(side),)))

    @property
    def unheard(self) -> Side | None:
        """A side that hasn't sounded long enough for a judgement."""
        return next((SIDES[place] for place in self.line.unheard), None)
