"""Judgements as arrays: which take, which listener, what was said, in which stretch of which sitting."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from library.take import Take
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Retraction, Stars

Ints = NDArray[np.int64]

STAR: Final = 0
REJECT: Final = 1
DUEL: Final = 2
PICK: Final = 3

STRETCH_S: Final = 300.0
"""A listener's strictness is taken as constant for this long."""


class Origin(NamedTuple):
    """What the model knows of a take: its id, prompt and seed (None where unknown)."""

    take: str
    prompt: str | None
    seed: int | None


@dataclass(frozen=True)
class Pool:
    """The takes that are compared, in a fixed order, with their prompts and seeds as indices (-1 for unknown)."""

    takes: tuple[str, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    prompt_of: Ints
    """(takes,) index into `prompts`."""
    seed_of: Ints
    """(takes,) index into `seeds`."""

    @staticmethod
    def of(takes: Iterable[Take | Origin]) -> Pool:
        """Index `takes`; a take named twice counts once."""
        prompts: dict[str, int] = {}
        seeds: dict[int, int] = {}
        rows: dict[str, tuple[int, int]] = {}
        for one in takes:
            name = one.id if isinstance(one, Take) else one.take
            if name not in rows:
                prompt = -1 if one.prompt is None else prompts.setdefault(one.prompt, len(prompts))
                rows[name] = prompt, -1 if one.seed is None else seeds.setdefault(one.seed, len(seeds))
        pairs = np.array(list(rows.values()), dtype=np.int64).reshape(-1, 2)
        return Pool(tuple(rows), tuple(prompts), tuple(seeds), pairs[:, 0].copy(), pairs[:, 1].copy())

    @cached_property
    def index(self) -> dict[str, int]:
        """Position of each take."""
        return {take: i for i, take in enumerate(self.takes)}

    def origin(self, take: str) -> Origin:
        """Prompt and seed of a take of the pool."""
        prompt, seed = self.prompt_of[self.index[take]], self.seed_of[self.index[take]]
        return Origin(take, self.prompts[prompt] if prompt >= 0 else None, self.seeds[seed] if seed >= 0 else None)

    def __len__(self) -> int:
        return len(self.takes)


class Stretch(NamedTuple):
    """A few minutes of one sitting, in which the listener's strictness is taken as constant."""

    listener: int
    sitting: str
    part: int
    """How many `STRETCH_S` after the sitting's first judgement."""


@dataclass(frozen=True)
class Evidence:
    """What was said, one row a judgement, in the order it was said; arrays are (judgements,)."""

    pool: Pool
    listeners: tuple[str, ...] = ()
    stretches: tuple[Stretch, ...] = ()
    kind: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    take: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    other: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """The second take of a duel; -1 else."""
    outcome: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    """Stars 1 to 5; of a duel 1 (take), 0 (tie), -1 (other); of a reject or a pick 0."""
    listener: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    stretch: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    first: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether this listener said something about this take for the first time (never so for duels)."""
    blind: NDArray[np.bool_] = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Whether prompt, seed and score were hidden."""

    def __len__(self) -> int:
        return len(self.kind)

    def times_heard(self) -> Ints:
        """(takes,) how many judgements named each take."""
        both = np.concatenate([self.take, self.other[self.other >= 0]])
        return np.bincount(both, minlength=len(self.pool)).astype(np.int64)


class Gatherer:
    """Turns judgements into `Evidence` as they come; `evidence()` gives what has been gathered so far."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._listeners: dict[str, int] = {}
        self._stretches: dict[Stretch, int] = {}
        self._began: dict[tuple[int, str], float] = {}
        self._heard: set[tuple[int, int]] = set()
        self._rows: list[tuple[int, int, int, int, int, int, bool, bool]] = []

    def add(self, judgement: AnyJudgement, at_s: float | None = None) -> bool:
        """Take one judgement in, at its own time or `at_s` (seconds, any origin); False when it says nothing of rank.

        Marks and notes are not evidence of quality, nor are judgements of takes outside the pool.
        Retractions cannot be undone row by row: use `gather`, which knows them beforehand.
        """
        index = self._pool.index
        if not isinstance(judgement, Stars | Reject | Pick | Duel) or judgement.take not in index:
            return False
        take, other, outcome, kind = index[judgement.take], -1, 0, REJECT
        if isinstance(judgement, Stars):
            kind, outcome = STAR, judgement.stars
        elif isinstance(judgement, Pick):
            kind = PICK
        elif isinstance(judgement, Duel):
            if judgement.other not in index or judgement.other == judgement.take:
                return False
            kind, other = DUEL, index[judgement.other]
            outcome = {"take": 1, "tie": 0, "other": -1}[judgement.winner]
        who = self._listeners.setdefault(judgement.listener, len(self._listeners))
        when = datetime.fromisoformat(judgement.at).timestamp() if at_s is None else at_s
        began = self._began.setdefault((who, judgement.session), when)
        part = int(max(when - began, 0.0) // STRETCH_S)
        stretch = self._stretches.setdefault(Stretch(who, judgement.session, part), len(self._stretches))
        first = kind != DUEL and (who, take) not in self._heard
        self._heard.update({(who, take)} if other < 0 else {(who, take), (who, other)})
        self._rows.append((kind, take, other, outcome, who, stretch, first, judgement.blind))
        return True

    def evidence(self) -> Evidence:
        """All that has been gathered."""
        table = np.array(self._rows, dtype=np.int64).reshape(-1, 8)
        kind, take, other, outcome, who, stretch, first, blind = (column.copy() for column in table.T)
        return Evidence(
            self._pool, tuple(self._listeners), tuple(self._stretches),
            kind, take, other, outcome, who, stretch, first.astype(np.bool_), blind.astype(np.bool_),
        )  # fmt: skip


def gather(takes: Iterable[Take | Origin] | Pool, judgements: Sequence[AnyJudgement]) -> Evidence:
    """The evidence in `judgements` about `takes`, less what was retracted.

    Rows are sorted by time (then id): the union of several machines' files gives the same evidence in any order.
    """
    once = {one.id: one for one in judgements}
    retracted = {(one.listener, one.retracts) for one in judgements if isinstance(one, Retraction)}
    gatherer = Gatherer(takes if isinstance(takes, Pool) else Pool.of(takes))
    standing = (one for one in once.values() if (one.listener, one.id) not in retracted)
    live = sorted(standing, key=lambda each: (each.at.rstrip("Z"), each.id))
    superseded = _superseded(live)
    for one in live:
        if one.id not in superseded:
            gatherer.add(one)
    return gatherer.evidence()


def _superseded(judgements: Iterable[AnyJudgement]) -> set[str]:
    """Ids of picks and rejects that their listener took back by a later pick, and of picks by a later reject.

    A pick is a decision, not a hearing: of two, the second says nothing new. Rejects of repeated hearings do.
    """
    standing: dict[tuple[str, str], list[Pick | Reject]] = {}
    gone: set[str] = set()
    for one in judgements:
        if isinstance(one, Pick | Reject):
            before = standing.setdefault((one.listener, one.take), [])
            away = [each for each in before if isinstance(one, Pick) or isinstance(each, Pick)]
            gone.update(each.id for each in away)
            before[:] = [*(each for each in before if each not in away), one]
    return gone
