"""One job of the generation queue: what is known of it, and what the worker's events make of that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from library.jobs import events
from library.jobs.eta import Eta
from library.jobs.events import Event, Order
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
    cancelling: bool = False
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
            missing=tuple(sorted(self.missing - self.dropped)),
            seconds=self.seconds,
            previews=dict(self.previews),
        )
