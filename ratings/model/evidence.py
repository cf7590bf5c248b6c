"""Judgements as arrays: which take, which listener, what answer, in which time bin of which session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from library.take import Take
from ratings.judgement import AnyJudgement, Duel, Pick, Reject, Retraction, Stars
from ratings.model.arrays import Ints, Mask

STAR: Final = 0
REJECT: Final = 1
DUEL: Final = 2
PICK: Final = 3
NEITHER: Final = 4
"""Of two that met in a duel neither is good."""

LEVELS: Final = 5
"""Stars run from 1 to this."""
GOOD: Final = 3
"""What earns fewer stars than this is not good."""
GUESS_RATES: Final = np.array([1 / 5, 1 / 2, 1 / 3, 1 / 5, 1 / 2])
"""By kind, the probability of each answer when it says nothing: stars, reject or not, duel, pick, good or not."""
TIME_BIN_S: Final = 300.0
"""A listener's strictness is taken as constant for this long."""
BLIND_APART: Final = 20
"""Judgements between two hearings after which the first is taken as forgotten."""


class TakeFactors(NamedTuple):
    """What the model knows of a take; None where that is unknown."""

    id: str
    prompt: str | None
    seed: int | None


@dataclass(frozen=True)
class TakePool:
    """The takes that are compared, in a fixed order, with their prompts and seeds as indices (-1 for unknown)."""

    takes: tuple[str, ...]
    prompts: tuple[str, ...]
    seeds: tuple[int, ...]
    prompt_of: Ints
    """(takes,) index into `prompts`."""
    seed_of: Ints
    """(takes,) index into `seeds`."""

    @staticmethod
    def of(takes: Iterable[Take | TakeFactors]) -> TakePool:
        """Index `takes`; a take named twice counts once."""
        prompts: dict[str, int] = {}
        seeds: dict[int, int] = {}
        rows: dict[str, tuple[int, int]] = {}
        for one in takes:
            if one.id not in rows:
                prompt = -1 if one.prompt is None else prompts.setdefault(one.prompt, len(prompts))
                rows[one.id] = prompt, -1 if one.seed is None else seeds.setdefault(one.seed, len(seeds))
        pairs = np.array(list(rows.values()), dtype=np.int64).reshape(-1, 2)
        return TakePool(tuple(rows), tuple(prompts), tuple(seeds), pairs[:, 0].copy(), pairs[:, 1].copy())

    @cached_property
    def index(self) -> dict[str, int]:
        return {take: i for i, take in enumerate(self.takes)}

    def factors(self, take: str) -> TakeFactors:
        prompt, seed = self.prompt_of[self.index[take]], self.seed_of[self.index[take]]
        return TakeFactors(take, self.prompts[prompt] if prompt >= 0 else None, self.seeds[seed] if seed >= 0 else None)

    def __len__(self) -> int:
        return len(self.takes)


class TimeBin(NamedTuple):
    """A few minutes of one session, in which the listener's strictness is taken as constant."""

    listener: int
    session: str
    number: int
    """How many `TIME_BIN_S` after the session's first judgement."""


class Observation(NamedTuple):
    """A judgement of rank, of takes by their index."""

    kind: int
    take: int
    other: int = -1
    """The second take of a duel, also where neither is good; -1 else."""
    outcome: int = 0
    """Stars 1 to 5; of a duel 1 (take), 0 (tie), -1 (other); else 0."""


def observation_of(judgement: AnyJudgement, index: Mapping[str, int]) -> Observation | None:
    """None for marks and notes, which are no evidence of quality, and for takes that are not in `index`."""
    take = index.get(judgement.take)
    if take is None:
        return None
    if isinstance(judgement, Stars):
        return Observation(STAR, take, outcome=judgement.stars)
    if isinstance(judgement, Reject):
        return Observation(REJECT, take)
    if isinstance(judgement, Pick):
        return Observation(PICK, take)
    if isinstance(judgement, Duel) and judgement.other in index and judgement.other != judgement.take:
        kind = NEITHER if judgement.neither else DUEL
        return Observation(kind, take, index[judgement.other], {"take": 1, "tie": 0, "other": -1}[judgement.winner])
    return None


@dataclass(frozen=True)
class Evidence:
    """One row a judgement, in the order of time; arrays are (judgements,)."""

    pool: TakePool
    listeners: tuple[str, ...]
    time_bins: tuple[TimeBin, ...]
    kind: Ints
    take: Ints
    other: Ints
    outcome: Ints
    listener: Ints
    time_bin: Ints
    first: Mask
    """Whether this listener judged this take for the first time (never so for duels)."""
    blind: Mask
    """Whether prompt, seed and score were hidden."""

    def __len__(self) -> int:
        return len(self.kind)

    @cached_property
    def lined(self) -> Mask:
        """(judgements,) duels that also say where a take lies to the line of what is good, by those who draw it."""
        draws_it = np.bincount(self.listener[self.kind == NEITHER], minlength=len(self.listeners)) > 0
        return (self.kind == NEITHER) | (self.kind == DUEL) & (self.outcome != 0) & draws_it[self.listener]


def build_evidence(takes: Iterable[Take | TakeFactors] | TakePool, judgements: Sequence[AnyJudgement]) -> Evidence:
    """The evidence in `judgements` about `takes`, less those retracted.

    Rows are sorted by time (then id): the union of several machines' files gives the same evidence in any order.
    """
    pool = takes if isinstance(takes, TakePool) else TakePool.of(takes)
    once = {one.id: one for one in judgements}
    retracted = {(one.listener, one.retracts) for one in judgements if isinstance(one, Retraction)}
    standing = (one for one in once.values() if (one.listener, one.id) not in retracted)
    live = sorted(standing, key=lambda each: (each.at.rstrip("Z"), each.id))
    superseded = _superseded(live)
    listeners: dict[str, int] = {}
    time_bins: dict[TimeBin, int] = {}
    began: dict[tuple[int, str], float] = {}
    judged: set[tuple[int, int]] = set()
    rows: list[tuple[int, int, int, int, int, int, bool, bool]] = []
    for one in live:
        if one.id in superseded or (observed := observation_of(one, pool.index)) is None:
            continue
        kind, take, other, outcome = observed
        who = listeners.setdefault(one.listener, len(listeners))
        at_s = datetime.fromisoformat(one.at).timestamp()
        since_s = at_s - began.setdefault((who, one.session), at_s)
        time_bin = TimeBin(who, one.session, int(max(since_s, 0.0) // TIME_BIN_S))
        column = time_bins.setdefault(time_bin, len(time_bins))
        first = other < 0 and (who, take) not in judged
        judged.update({(who, take)} if other < 0 else {(who, take), (who, other)})
        rows.append((kind, take, other, outcome, who, column, first, one.blind))
    table = np.array(rows, dtype=np.int64).reshape(-1, 8)
    kinds, taken, others, outcomes, whose, bins, firsts, blind = (column.copy() for column in table.T)
    answers, masks = (kinds, taken, others, outcomes, whose, bins), (firsts.astype(np.bool_), blind.astype(np.bool_))
    return Evidence(pool, tuple(listeners), tuple(time_bins), *answers, *masks)


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
