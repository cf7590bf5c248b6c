"""Takes that are still being made: what is heard of one grows, and goes on as the finished take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from library.jobs.events import PreviewReady
from library.jobs.queue import GenerationQueue
from library.take import Recipe, Take, digest_of, make_id
from tui.playing.deck import Deck

Place = tuple[int, int]
"""A job's number, and a recipe's index in it."""


@dataclass(frozen=True)
class GrowingTake:
    """A take that is being made, or waits to be."""

    place: Place
    recipe: Recipe
    seconds: float | None = None
    """How much there is of it; None before it is its turn."""
    preview: PreviewReady | None = None

    @cached_property
    def take(self) -> Take:
        """What stands for it in lists and on the deck: no take of the library's, and never to be judged."""
        preview, recipe = self.preview, self.recipe
        job, index = self.place
        name = f"{job}/{index}/{preview.sound if preview else ''}"
        return Take(
            id=make_id(digest_of(name.encode())),
            batch="",
            file=preview.sound if preview else "",
            duration_s=preview.duration_s if preview else 0.0,
            sample_rate=preview.sample_rate if preview else 1,
            channels=preview.channels if preview else 1,
            created_at="",
            prompt=recipe.prompt,
            seed=recipe.seed,
            generator=recipe.generator,
            model=recipe.model,
            lufs=preview.lufs if preview else None,
            true_peak_db=preview.true_peak_db if preview else None,
        )


class GrowingTakePlayback:
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

    def play(self, growing: GrowingTake, queue: GenerationQueue) -> None:
        """Play what there is of it from the start, and what comes as it comes. Nothing if there is nothing yet."""
        if growing.preview is not None:
            queue.listen_to(*growing.place)
            self._on = growing.place, growing.take.id
            self._deck.load(growing.take)

    def grow(self, growing: GrowingTake) -> None:
        """There is more of it: if it is on, go on with that."""
        if growing.place == self.place:
            self._on = growing.place, growing.take.id
            self._go_on(growing.take)

    def land(self, place: Place, take: Take) -> None:
        """It is finished: if it is on, go on with that."""
        if place == self.place:
            self._on = None
            self._go_on(take)

    def _go_on(self, take: Take) -> None:
        head = self._deck.playhead()
        # One that has come to its end was waiting for this.
        self._deck.load(take, at_s=head.position_s, play=head.playing or head.ended)
