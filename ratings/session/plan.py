"""The plan of a listening session: what it is about and how long it may take; on disk, so that it can be resumed."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from library.library import Library, library_at
from library.store.shards import Damage, ShardReader, ShardWriter, list_nested
from ratings.journal import listener_folder
from ratings.judgement import AnyJudgement

TABLE = "plans"
FOLDER = "plans"

Reveal = Literal["verdict", "end", "always"]
"""When prompt, seed and score are shown: with the verdict, at the session's end, or all the time."""

MOST_PASSED = 10

_Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")]
_Name = Annotated[str, Meta(min_length=1, max_length=200)]


class Plan(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One version of a plan, as a process has written it: the latest one counts.

    From `at` on, what `session` notes is part of it, until that session writes another plan.
    """

    id: _Name
    session: _Name = "-"
    begun: _Time
    at: _Time
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
    passed: Annotated[tuple[_Name, ...], Meta(max_length=MOST_PASSED)] = ()
    """Takes passed over since the last answer, the latest ones: they are not asked about at once."""
    ended: bool = False
    version: Annotated[int, Meta(ge=0)] = 0
    """Of two versions the higher one counts, whatever the clocks of their machines said."""


def moment_of(now: datetime) -> str:
    """A time as plans and judgements write it."""
    return now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def new_plan(now: datetime, **given: object) -> Plan:
    """A plan that begins now; `given` are fields of Plan. Raises msgspec.ValidationError for values out of range."""
    at = moment_of(now)
    fields = {"id": secrets.token_hex(8), "begun": at, "at": at, "seed": secrets.randbits(32), **given}
    return msgspec.convert(fields, Plan)


@dataclass(frozen=True)
class Stint:
    """A stretch of one process's session that belongs to a plan."""

    session: str
    since: str
    until: str | None = None
    """The moment from which the session did something else."""

    def holds(self, judgement: AnyJudgement) -> bool:
        """Whether that was said in this stint."""
        return (
            judgement.session == self.session
            and self.since <= judgement.at
            and (self.until is None or judgement.at < self.until)
        )


@dataclass(frozen=True)
class Record:
    """All that is on disk of one plan."""

    plan: Plan
    """Its latest version."""
    stints: tuple[Stint, ...] = ()

    def holds(self, judgement: AnyJudgement) -> bool:
        """Whether a judgement of the plan's listener was made for it."""
        return any(stint.holds(judgement) for stint in self.stints)


def records(versions: Sequence[Plan]) -> list[Record]:
    """The plans in `versions`, the one that was worked on last at the end."""
    stints: dict[str, list[Stint]] = {}
    running: dict[str, Plan] = {}
    latest: dict[str, Plan] = {}

    def close(session: str, until: str | None) -> None:
        if (before := running.pop(session, None)) is not None:
            stints.setdefault(before.id, []).append(Stint(session, before.at, until))

    for one in sorted(versions, key=lambda each: (each.at, each.version, each.session)):
        before = latest.pop(one.id, one)
        latest[one.id] = one if one.version >= before.version else before
        if one.session in running and running[one.session].id == one.id and not one.ended:
            continue
        close(one.session, one.at)
        if not one.ended:
            running[one.session] = one
    for session in list(running):
        close(session, None)
    return [Record(plan, tuple(stints.get(plan.id, ()))) for plan in latest.values()]


class PlanBook:
    """One listener's plans in a library: the union of what all processes wrote. Safe to use from several threads."""

    def __init__(self, library: Library | Path, listener: str, session: str) -> None:
        """`session` is this process's own, in whose file it writes."""
        self._library = library_at(library)
        self._folder = self._library.sessions / listener_folder(listener)
        self._session = session
        self._reader: ShardReader[Plan] = ShardReader(
            self._library, lambda: list_nested(self._library, self._folder), TABLE, Plan
        )
        self._shard: ShardWriter | None = None
        self._versions: dict[Path | None, list[Plan]] = {}
        self._lock = threading.Lock()

    @property
    def damages(self) -> list[Damage]:
        """All that was found damaged."""
        return list(self._reader.damages)

    def records(self) -> list[Record]:
        """All plans, the one worked on last at the end. Raises LibraryError."""
        with self._lock:
            own = self._file
            for path, plans in self._reader.changed():
                if path != own:
                    self._versions[path] = plans
            return records([plan for plans in self._versions.values() for plan in plans])

    def write(self, plan: Plan, now: datetime | None = None) -> Plan:
        """Make this the latest version of the plan; durable on return. Gives it back as written.

        Raises LibraryError; nothing has changed then.
        """
        with self._lock:
            mine = [one.version for one in self._versions.get(None, ()) if one.id == plan.id]
            at, version = moment_of(now or datetime.now(UTC)), 1 + max([plan.version, *mine])
            written = msgspec.structs.replace(plan, session=self._session, at=at, version=version)
            self._library.check_still_there()
            if self._shard is None:
                self._library.found()
                self._shard = ShardWriter(self._library, self._file, TABLE)
            self._shard.append([written])
            self._versions.setdefault(None, []).append(written)
            return written

    @property
    def _file(self) -> Path:
        return self._folder / FOLDER / f"{self._session}.json"
