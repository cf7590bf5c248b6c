"""The list of takes from the queue: those being made as they grow, in whose places the finished ones appear."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from library.jobs.job import JobState
from library.take import Take
from ratings.history import TakeRatings
from tui.frame.formatting import clock
from tui.frame.take_list import TakeList
from tui.frame.theme import ink
from tui.playing.growing_take import GrowingTake, Place

BAR = 5
"""Cells for how much there is of a take, where finished ones have their stars."""


class NewTakesList(TakeList[Take]):
    """Takes of the newest job first, each in its recipe's place from beginning to end."""

    def __init__(self, ratings: Callable[[Take], TakeRatings], *, id: str | None = None) -> None:
        super().__init__(ratings, id=id)
        self._jobs: dict[int, dict[int, GrowingTake | Take]] = {}
        self._places: dict[str, Place] = {}
        """Where the rows stand, by their takes' ids."""
        self._gone: set[Place] = set()

    def key_of(self, row: Take) -> str:
        """A place: the cursor stays there when a take is finished."""
        place = self._places.get(row.id)
        return row.id if place is None else f"{place[0]}/{place[1]}"

    @property
    def finished(self) -> list[Take]:
        """The takes that have landed, in the order of the rows."""
        return [row for row in self.rows if self.growing(row) is None]

    def growing(self, take: Take | None) -> GrowingTake | None:
        """What is being made where `take` stands, None if that is finished or no row."""
        if take is None or (place := self._places.get(take.id)) is None:
            return None
        row = self._jobs.get(place[0], {}).get(place[1])
        return row if isinstance(row, GrowingTake) else None

    def show_queue(self, states: Sequence[JobState]) -> list[GrowingTake]:
        """Take in how the job stands that is being done. Returns the takes of which there is more to hear now."""
        grown = []
        for state in states:
            if not state.active:
                continue
            rows = self._jobs.setdefault(state.job, {})
            for index in state.missing:
                before = rows.get(index)
                if isinstance(before, Take) or (state.job, index) in self._gone:
                    continue  # the queue is asked before its news are heard
                preview = state.previews.get(index)
                growing = GrowingTake((state.job, index), state.recipes[index], state.seconds.get(index), preview)
                if growing != before:
                    rows[index] = growing
                    if preview is not None and (before is None or before.preview != preview):
                        grown.append(growing)
        self._list()
        return grown

    def land(self, job: int, index: int, take: Take) -> None:
        """A take is finished: it takes the place of what was being made."""
        self._jobs.setdefault(job, {})[index] = take
        self._list()

    def leave(self, job: int, index: int) -> None:
        """Nothing will come of that one, or nothing is wanted of it."""
        self._gone.add((job, index))
        if self._jobs.get(job, {}).pop(index, None) is not None:
            self._list()

    def end(self, job: int) -> None:
        """A job is over: only what is finished stays."""
        rows = self._jobs.get(job, {})
        for index in [index for index, row in rows.items() if isinstance(row, GrowingTake)]:
            del rows[index]
        self._list()

    def _list(self) -> None:
        rows = list(self._in_order())
        if [row.id for row in rows] == [row.id for row in self.rows]:
            self.refresh()
        else:
            self.fill(rows)

    def _in_order(self) -> Iterator[Take]:
        listed = set()  # the same recipe made again is the same take
        for job in sorted(self._jobs, reverse=True):
            for index, row in sorted(self._jobs[job].items()):
                take = row.take if isinstance(row, GrowingTake) else row
                if take.id not in listed:
                    listed.add(take.id)
                    self._places[take.id] = (job, index)
                    yield take

    def draw(self, row: Take, width: int, base: Style) -> Strip:
        growing = self.growing(row)
        return super().draw(row, width, base) if growing is None else self._draw_growing(growing, width, base)

    def _draw_growing(self, growing: GrowingTake, width: int, base: Style) -> Strip:
        part = partial(ink, self, base)
        recipe, preview = growing.recipe, growing.preview
        quiet, playing = part("quiet"), growing.take.id == self._playing
        full = 0 if growing.seconds is None else min(BAR, int(BAR * growing.seconds / recipe.duration_s))
        words = part("primary") if playing else quiet if growing.seconds is None else base
        left = [
            Segment("▶ " if playing else "  ", part("primary")),
            Segment("━" * full, part("primary")),
            Segment("━" * (BAR - full), part("border")),
            Segment(" ♪ " if preview else "   ", part("success")),
        ]
        so_far = "queued" if growing.seconds is None else f"{growing.seconds:.1f} s"
        told = {"length": so_far, "loudness": " ", "age": f"of {clock(recipe.duration_s)}"}
        return self.lay_out(left, growing.take, words, told, width=width, base=base)
