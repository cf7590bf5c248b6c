"""One job of the generation queue: what is known of it, and what the worker's events make of that."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from library.errors import LibraryError
from library.jobs import events
from library.jobs.eta import Eta
from library.jobs.events import Event, Order
from library.jobs.wishes import Held, record
from library.library import Library
from library.take import Recipe, Take


@dataclass(frozen=True)
class JobState:
    """One job, as it is now."""

    job: int
    recipes: tuple[Recipe, ...]
    active: bool
    fraction: float = 0.0
    """How much is done, 0 to 1."""
    remaining_s: float | None = None
    """Time left, None while unknown."""
    note: str = ""
    paused: bool = False
    missing: tuple[int, ...] = ()
    """The recipes whose takes are still to come, by index."""
    seconds: Mapping[int, float] = field(default_factory=dict)
    """How much there is of those being made just now."""
    previews: Mapping[int, events.PreviewReady] = field(default_factory=dict)
    """What can be heard of them: of each the newest."""

    @property
    def finished(self) -> int:
        """Recipes that have landed, stumbled or been dropped."""
        return len(self.recipes) - len(self.missing)


@dataclass
class Job:
    """A job as the queue follows it."""

    order: Order
    missing: set[int] = field(init=False)
    eta: Eta = field(default_factory=Eta)
    note: str = ""
    seconds: Mapping[int, float] = field(default_factory=dict)
    previews: dict[int, events.PreviewReady] = field(default_factory=dict)
    dropped: set[int] = field(default_factory=set)
    landing: dict[int, Take] = field(default_factory=dict)
    """Takes that are being put in the library."""
    held: Held | None = None
    """The wish in the library that it is, once that is written."""
    stays: set[int] = field(default_factory=set)
    """Those that came to nothing and stay asked for."""
    cancelling: bool = False
    paused: bool = False
    """Whether it waits until it is told to go on; one that runs is stopped first …"""
    halting: bool = False
    """… which is under way: it is no end of the job, even if it is told to go on meanwhile."""
    keep: bool = False
    """Whether what a cancellation leaves undone stays asked for."""
    kill_at: float | None = None
    """When patience ends with a worker that was asked to cancel."""

    def __post_init__(self) -> None:
        self.missing = set(range(len(self.order.recipes)))

    def apply(self, event: Event) -> bool:
        """Follow an event of the worker's. Whether it is to be passed on."""
        match event:
            case events.JobProgress(done=done, of=of, note=note, seconds=seconds):
                self.eta.update(done, of)
                self.note, self.seconds = note, seconds
            case events.PreviewReady(index=index):
                if index not in self.missing or index in self.dropped:
                    return False  # it came late
                self.previews[index] = event
            case events.SavingTake(index=index, take=take):
                self.landing[index] = take
                return False
            case events.AboutTake(index=index):  # saved, remade, failed or dropped
                self.missing.discard(index)
                self.previews.pop(index, None)
        return True

    def record(self, library: Library) -> str:
        """Make a wish of it in the library, unless it is one; why that can't be, in words for the user."""
        if self.held is not None or self.order.scratch is not None:
            return ""
        try:
            self.held = record(library, self.order.recipes, self.order.parent, self.order.device)
        except LibraryError as error:
            gone = not library.is_there()  # its takes say so
            return "" if gone else f"What was asked for won't outlive Earmark: {error.what} {error.remedy}".strip()
        self.order = msgspec.structs.replace(self.order, wish=self.held.wish.id)
        return ""

    def settle(self, event: Event) -> None:
        """Note in the library what nobody needs to make any more. A disk that refuses has it made once more."""
        match event:
            case events.TakeFailed(index=index, stays=True):
                self.stays.add(index)
            case events.TakeFailed(index=index) | events.TakeDropped(index=index) if self.held is not None:
                with suppress(LibraryError):
                    self.held.settle([self.order.place_of(index)])

    def leave(self, *, stays: bool) -> None:
        """The job is over: its wish is fulfilled, or left to others."""
        if (held := self.held) is not None:
            self.held = None
            with suppress(LibraryError):  # then whoever reads it next finds that nothing is to come of it
                held.release() if stays or self.stays else held.fulfil()

    def rest(self) -> Order:
        """The order for what is still to be made."""
        done = set(range(len(self.order.recipes))) - self.missing
        return msgspec.structs.replace(self.order, done=tuple(sorted(done)))

    def put_off(self) -> None:
        """It runs no more, and will again."""
        self.cancelling = self.halting = False
        self.kill_at, self.note, self.seconds = None, "", {}
        self.previews, self.landing, self.eta = {}, {}, Eta()

    def drop(self, index: int) -> None:
        self.dropped.add(index)
        self.previews.pop(index, None)

    def state(self, *, active: bool) -> JobState:
        return JobState(
            job=self.order.job,
            recipes=self.order.recipes,
            active=active,
            fraction=self.eta.fraction,
            remaining_s=self.eta.remaining_s(),
            note=self.note,
            paused=self.paused,
            missing=tuple(sorted(self.missing - self.dropped)),
            seconds=self.seconds,
            previews=dict(self.previews),
        )
