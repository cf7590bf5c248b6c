"""Hearing takes that are still being made: what is on the deck grows, and goes on as the finished take."""

from __future__ import annotations

from library.jobs.queue import Queue
from library.take import Take
from tui.generating.new_takes_list import Making, Place
from tui.playing.deck import Deck


class Following:
    """Keeps the newest of a take in the making on the deck, from where the listener is."""

    def __init__(self, deck: Deck) -> None:
        self._deck = deck
        self._on: tuple[Place, str] | None = None
        """What is followed: its place, and what stands for it on the deck."""

    @property
    def place(self) -> Place | None:
        """Where the take in the making stands that is on the deck, None while something else is on."""
        if self._on is None or self._deck.take is None or self._deck.take.id != self._on[1]:
            return None
        return self._on[0]

    def hear(self, making: Making, queue: Queue) -> None:
        """Play what there is of it from the start, and what comes as it comes. Nothing if there is nothing yet."""
        if making.preview is not None:
            queue.listen_to(*making.place)
            self._on = making.place, making.take.id
            self._deck.put_on(making.take)

    def grow(self, making: Making) -> None:
        """There is more of it: if it is on, go on with that."""
        if making.place == self.place:
            self._on = making.place, making.take.id
            self._go_on(making.take)

    def land(self, place: Place, take: Take) -> None:
        """It is finished: if it is on, go on with that."""
        if place == self.place:
            self._on = None
            self._go_on(take)

    def _go_on(self, take: Take) -> None:
        head = self._deck.playhead()
        # One that has come to its end was waiting for this.
        self._deck.put_on(take, at_s=head.position_s, play=head.playing or head.ended)
