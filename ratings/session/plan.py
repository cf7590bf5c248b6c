"""The plan of a listening session: what it is about and how long it may take; on disk, so that it can be resumed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from library.library import Library
from library.store.shards import Damage, ShardReader, ShardWriter, list_shards
from library.take import Recipe, Take, time_text
from ratings.judgement import LATER, AnyJudgement, Name, Time
from ratings.logs.listeners import listener_folder

TABLE = "plans"
"""Of a log's file, which is in a folder of that name."""

Reveal = Literal["verdict", "end", "always"]
"""When prompt, seed and score are shown: with the verdict, at the session's end, or all the time."""

MOST_PASSED = 10
MOST_FIRST = 500


class Exploration(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a session keeps making while it is listened to."""

    kinds: Annotated[tuple[Recipe, ...], Meta(max_length=1000)]
    """One of each prompt, without its seed."""
    takes: Annotated[int, Meta(ge=1, le=100_000)]
    """To be made in all, at most."""
    begun: Time


class SessionPlan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a session's plan, as a process has written it: the latest one counts.

    From `at` on, what the log `session` writes is part of it, until that log comes to another plan.
    """

    id: Name
    session: Name = "-"
    begun: Time
    at: Time
    selection: Annotated[str, Meta(max_length=10_000)] = ""
    """Which takes: a filter, as typed in the library."""
    best: Annotated[int, Meta(ge=1, le=10_000)] = 10
    """How many takes to find."""
    minutes: Annotated[float, Meta(gt=0, le=100_000)] | None = None
    """How much listening it may take; None for as much as is needed."""
    goal: Annotated[float, Meta(gt=0, le=10)] = 0.10
    """The expected regret at which the best are settled, in units of the spread of quality."""
    reveal: Reveal = "verdict"
    seed: Annotated[int, Meta(ge=0, lt=2**32)] = 0
    """Settles what is left to chance."""
    passed: Annotated[tuple[Name, ...], Meta(max_length=MOST_PASSED)] = ()
    """Takes passed over since the last answer, the latest ones: they are not asked about at once."""
    first: Annotated[tuple[Name, ...], Meta(max_length=MOST_FIRST)] = ()
    """Takes to hear before all others, as far as they were not heard yet."""
    explore: Exploration | None = None
    """What is made meanwhile; None where nothing is."""
    ended: bool = False
    version: Annotated[int, Meta(ge=0)] = 0
    """Of two versions the higher one counts, whatever the clocks of their machines said."""


def made_of(exploration: Exploration, takes: Iterable[Take]) -> list[Take]:
    """The takes that were made for it, by whatever app: of its prompts, and since it began."""
    prompts = {kind.prompt for kind in exploration.kinds}
    since = (take for take in takes if take.created_at >= exploration.begun)
    return [take for take in since if take.recipe is not None and take.prompt in prompts]


def new_plan(now: datetime, **given: object) -> SessionPlan:
    """A plan that begins now; `given` are its fields. Raises msgspec.ValidationError for values out of range."""
    at = time_text(now)
    fields = {"id": secrets.token_hex(8), "begun": at, "at": at, "seed": secrets.randbits(32), **given}
    return msgspec.convert(fields, SessionPlan)


@dataclass(frozen=True)
class LogSpan:
    """The part of one log that belongs to a plan."""

    log: str
    since: str
    until: str = LATER
    """When the log came to something else."""

    def holds(self, judgement: AnyJudgement) -> bool:
        """Whether that was judged in this span."""
        return judgement.session == self.log and self.since <= judgement.at < self.until


@dataclass(frozen=True)
class PlanRecord:
    """All that is on disk of one plan."""

    plan: SessionPlan
    """Its latest version."""
    spans: tuple[LogSpan, ...] = ()

    def holds(self, judgement: AnyJudgement) -> bool:
        """Whether a judgement of the plan's listener was made for it."""
        return any(span.holds(judgement) for span in self.spans)


def records(versions: Sequence[SessionPlan]) -> list[PlanRecord]:
    """The plans in `versions`, the one that was worked on last at the end."""
    spans: dict[str, list[LogSpan]] = {}
    running: dict[str, SessionPlan] = {}
    latest: dict[str, SessionPlan] = {}

    def close(log: str, until: str = LATER) -> None:
        if (before := running.pop(log, None)) is not None:
            spans.setdefault(before.id, []).append(LogSpan(log, before.at, until))

    for one in sorted(versions, key=lambda each: (each.at, each.version, each.session)):
        before = latest.pop(one.id, one)
        latest[one.id] = one if one.version >= before.version else before
        if one.session in running and running[one.session].id == one.id and not one.ended:
            continue
        close(one.session, one.at)
        if not one.ended:
            running[one.session] = one
    for log in list(running):
        close(log)
    return [PlanRecord(plan, tuple(spans.get(plan.id, ()))) for plan in latest.values()]


class SessionPlans:
    """One listener's plans in a library: the union of what all processes wrote. Safe to use from several threads."""

    def __init__(self, library: Library, listener: str, log: str) -> None:
        """`log` is the name of this process's own."""
        self._library = library
        self._folder = self._library.sessions / listener_folder(listener)
        self._log = log
        self._reader: ShardReader[SessionPlan] = ShardReader(
            self._library, lambda: list_shards(self._library, f"{self._folder}/{TABLE}"), TABLE, SessionPlan
        )
        self._shard: ShardWriter | None = None
        self._versions: dict[Path | None, list[SessionPlan]] = {}
        self._latest: dict[str, int] = {}
        """The last version that was stamped, by the plan's id."""
        self._lock = threading.Lock()

    @property
    def damages(self) -> list[Damage]:
        return list(self._reader.damages)

    def records(self) -> list[PlanRecord]:
        """All plans, the one worked on last at the end. Raises LibraryError."""
        with self._lock:
            own = self._file
            for path, plans in self._reader.changed():
                if path != own:
                    self._versions[path] = plans
            return records([plan for plans in self._versions.values() for plan in plans])

    def stamp(self, plan: SessionPlan, at: str) -> SessionPlan:
        """The plan as this process's log has it from `at` on: a version of it that `write` may put on disk."""
        version = 1 + max(plan.version, self._latest.get(plan.id, 0))
        self._latest[plan.id] = version
        return msgspec.structs.replace(plan, session=self._log, at=at, version=version)

    def write(self, plan: SessionPlan) -> None:
        """Make a stamped version durable, unless it is already. Raises LibraryError; nothing has changed then."""
        with self._lock:
            own = self._versions.get(None, [])
            if any(one.id == plan.id and one.version >= plan.version for one in own):
                return
            if self._shard is None:
                self._library.found()
                self._shard = ShardWriter(self._library, self._file, TABLE)
            self._shard.append([plan])
            self._versions[None] = [*own, plan]

    @property
    def _file(self) -> Path:
        return self._folder / TABLE / f"{self._log}.json"
