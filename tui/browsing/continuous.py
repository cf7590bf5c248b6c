"""Playing on: when a take of the list has ended, the next one plays, in order or by lot."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.binding import BindingType

from library.take import Take
from tui.browsing.keys import PLAYING_ON
from tui.browsing.many_takes import ManyTakesScreen
from tui.browsing.play_order import PLAY_ON, PlayOrder
from tui.context import AppContext
from tui.messages import PlayheadMoved

WORDS = {"off": "Stops after each take", "order": "Plays on, in the order of the list", "shuffle": "Plays on, shuffled"}


class ContinuousScreen(ManyTakesScreen):
    """Plays on while it is in front."""

    BINDINGS: ClassVar[list[BindingType]] = [*PLAYING_ON]

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        ratings = context.workspace.ratings
        self.play_order = PlayOrder(lambda take: ratings(take).rejected)
        self.play_order.choose(next((how for how in PLAY_ON if how == context.settings.play_on), "off"))
        self._ahead_of: str | None = None

    def action_play_on(self) -> None:
        how = PLAY_ON[(PLAY_ON.index(self.play_order.how) + 1) % len(PLAY_ON)]
        self.play_order.choose(how)
        self.context.remember(play_on=how)
        self._ahead_of = None
        self.notify(WORDS[how], timeout=1.5)

    @property
    def play_words(self) -> str:
        """How it goes on, for the player's line."""
        if self.play_order.how == "off":
            return ""
        if self.play_order.how == "shuffle":
            return "shuffle"
        take = self.context.deck.take
        place = None if take is None or self.context.deck.hidden else self.play_order.place(take)
        return "play on" if place is None else f"play on · {place[0]:,} of {place[1]:,}"

    def show_next(self, ended: Take, following: Take) -> None:
        """`following` plays now."""

    def decode_ahead(self) -> object:
        """Have what comes next ready."""

    @on(PlayheadMoved)
    def _play_on(self, event: PlayheadMoved) -> None:
        deck, order = self.context.deck, self.play_order
        if deck.hidden:
            return  # what comes after it would tell what it is
        if order.ended(event.playhead) and (ended := deck.take) is not None:
            following = order.after(ended)
            if following is None:
                self.notify("That was the last take in the list", timeout=4)
            else:
                deck.load(following)
                order.put_on(following)
                self.show_next(ended, following)
        elif event.playhead.playing and deck.take is not None and deck.take.id != self._ahead_of:
            self._ahead_of = deck.take.id
            order.put_on(deck.take)
            if order.how != "off":
                self.decode_ahead()
