"""Takes on one deck, heard in turn from the same place, and how long each has sounded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from library.take import Take
from tui.playing.deck import AHEAD, Deck
from tui.playing.player.api import Playhead

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")

BRIEFLY_S = 1.0
"""For so long each take must have sounded (all of it, if it is shorter) before it can be compared with others."""
LEFT_S = 0.5
"""A take with less than this left at the place in question, or too little for a judgement, begins anew instead."""


class LineUp:
    """Two takes or more, by their places in line. `follow` is told where playing stands, often."""

    def __init__(self, deck: Deck, takes: Sequence[Take]) -> None:
        self._deck = deck
        self.takes = tuple(takes)
        self._coming: list[Take] = []
        self._heard: dict[str, float] = {take.id: 0.0 for take in takes}
        self._visit: tuple[str | None, float] = (None, 0.0)

    def preload(self, coming: Iterable[Take]) -> None:
        """Decode these ahead as well, after those in line: they are likely to come next."""
        self._coming = list(coming)
        if self.on is not None:
            self._get_ready(self.on)

    @property
    def on(self) -> int | None:
        """The one that is on the deck; None while something else is."""
        on = self._deck.take
        return next((place for place, take in enumerate(self.takes) if on is not None and take.id == on.id), None)

    def begin(self, place: int) -> None:
        """Play that one from where takes start."""
        self._load(place, None)

    def switch(self, place: int) -> None:
        """Play that one from where the one that is on stands, and keep the loop where both have it.

        One that is over by then begins anew.
        """
        head = self._deck.playhead()
        self.follow(head)
        if self.on is None:
            self.begin(place)
        elif self.on != place:
            self._load(place, self.place_in(place, head.position_s), self._deck.looping)

    def go_to(self, place: int, position_s: float) -> None:
        """Hear that one from there."""
        if self.on == place:
            self._deck.seek(position_s)
        else:
            self.follow(self._deck.playhead())
            self._load(place, position_s)

    def place_in(self, place: int, position_s: float) -> float:
        """Where that take goes on when another one stands at `position_s`: there, if enough of it is left."""
        enough = max(LEFT_S, self._missing_s(place))
        return position_s if position_s <= self.takes[place].duration_s - enough else 0.0

    def follow(self, head: Playhead) -> None:
        """Add up what has sounded since the last call."""
        if head.take in self._heard and head.take is not None:
            before = self._visit[1] if self._visit[0] == head.take else 0.0
            # Put on anew, a take's count begins anew too.
            self._heard[head.take] += head.heard_s - before if head.heard_s >= before else head.heard_s
        self._visit = (head.take, head.heard_s)

    def heard_s(self, *places: int) -> float:
        """Seconds that have sounded of these together."""
        return sum(self._heard[self.takes[place].id] for place in places)

    @property
    def unheard(self) -> list[int]:
        """Those that haven't sounded long enough to be compared."""
        return [place for place in range(len(self.takes)) if self._missing_s(place) > 0]

    def _missing_s(self, place: int) -> float:
        """Seconds of that one that must yet sound before a judgement."""
        return max(0.0, min(BRIEFLY_S, 0.9 * self.takes[place].duration_s) - self.heard_s(place))

    def _load(self, place: int, position_s: float | None, loop: tuple[float, float] | None = None) -> None:
        take = self.takes[place]
        self._deck.load(take, at_s=position_s, blind=True)
        if loop is not None and loop[1] <= take.duration_s:
            self._deck.loop(loop)
        self._visit = (take.id, 0.0)
        self._get_ready(place)

    def _get_ready(self, on: int) -> None:
        """The nearest after it are the likeliest."""
        others = [*self.takes[on + 1 :], *self.takes[:on]]
        self._deck.preload([*others, *self._coming][:AHEAD], beside=len(others))


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
