"""Judgements of a made-up listener, and ways to write short ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.evidence import Evidence, TakeFactors, TakePool, build_evidence

START = datetime(2026, 1, 1, tzinfo=UTC)


def take_id(number: int) -> str:
    return f"{number:020x}"


def stamp(second: float) -> str:
    return (START + timedelta(seconds=second)).isoformat(timespec="microseconds").replace("+00:00", "Z")


class Script:
    """Writes judgements one after the other, ten seconds apart."""

    def __init__(self) -> None:
        self.said: list[AnyJudgement] = []

    def _common(self, listener: str, session: str) -> dict[str, object]:
        number = len(self.said)
        return {
            "id": f"{number:08d}",
            "listener": listener,
            "session": session,
            "at": stamp(10 * number),
            "blind": True,
        }

    def stars(self, take: int, stars: int, listener: str = "ann", session: str = "one") -> Stars:
        self.said.append(Stars(take=take_id(take), stars=stars, **self._common(listener, session)))
        return self.said[-1]

    def reject(self, take: int, listener: str = "ann", session: str = "one") -> Reject:
        self.said.append(Reject(take=take_id(take), **self._common(listener, session)))
        return self.said[-1]

    def duel(self, take: int, other: int, outcome: int | None, listener: str = "ann", session: str = "one") -> Duel:
        """The outcome is that for `take`; None where neither is good."""
        winner = {1: "take", 0: "tie", -1: "other", None: "tie"}[outcome]
        about = {"winner": winner, "neither": outcome is None, **self._common(listener, session)}
        self.said.append(Duel(take=take_id(take), other=take_id(other), **about))
        return self.said[-1]


def grid(prompts: int, seeds: int) -> TakePool:
    return TakePool.of(
        [TakeFactors(take_id(p * seeds + s), f"prompt {p}", s) for p in range(prompts) for s in range(seeds)]
    )


class World:
    """A pool with known qualities, and what listeners of the model's own kind say about it."""

    def __init__(self, seed: int, prompts: int = 10, seeds: int = 5, noise: float = 0.7) -> None:
        self.rng = np.random.default_rng(seed)
        self.pool, self.noise = grid(prompts, seeds), noise
        u, w = self.rng.normal(0, 0.5, prompts), self.rng.normal(0, 0.05**0.5, seeds)
        own = self.rng.normal(0, 0.7**0.5, len(self.pool))
        self.prompts, self.seeds = u, w
        self.quality = u[self.pool.prompt_of] + w[self.pool.seed_of] + own
        self.script = Script()
        self.bias: dict[str, np.ndarray] = {}

    def listen(
        self,
        stars: int,
        duels: int,
        *,
        listener: str = "ann",
        session: str = "one",
        drift: Callable[[float], float] | None = None,
        cuts: Sequence[float] = (-1.0, -0.3, 0.3, 1.0),
        takes: np.ndarray | None = None,
        deviation: float = 0.0,
        rejects: bool = False,
        neither: bool = False,
    ) -> None:
        rng, takes = self.rng, np.arange(len(self.pool)) if takes is None else takes
        hears = self.quality + self.bias.setdefault(listener, rng.normal(0, 1, len(self.pool))) * deviation
        kinds = rng.permutation([0] * stars + [1] * duels)
        order = np.concatenate([rng.permutation(takes) for _ in range(stars // len(takes) + 1)])
        at, heard = 0, set()
        for step, kind in enumerate(kinds):
            strict = 0.0 if drift is None else drift(step / len(kinds))
            if kind:
                a, b = rng.choice(takes, 2, replace=False)
                if neither and (hears[[a, b]] + strict + self.noise * rng.normal(size=2) < cuts[1]).all():
                    self.script.duel(int(a), int(b), None, listener, session)
                    continue
                gap = hears[a] - hears[b] + self.noise * rng.normal()
                self.script.duel(int(a), int(b), 0 if abs(gap) < 0.25 else int(np.sign(gap)), listener, session)
                continue
            take, at = int(order[at]), at + 1
            feels = hears[take] + strict
            if rejects and take not in heard and feels + 1.1 * rng.normal() < -0.7:
                self.script.reject(take, listener, session)
            else:
                self.script.stars(
                    take, 1 + int(np.searchsorted(cuts, feels + self.noise * rng.normal())), listener, session
                )
            heard.add(take)

    def evidence(self) -> Evidence:
        return build_evidence(self.pool, self.script.said)


@pytest.fixture
def script() -> Script:
    return Script()


@pytest.fixture
def pool() -> Callable[[int, int], TakePool]:
    return grid


@pytest.fixture
def world() -> type[World]:
    return World


@pytest.fixture
def name() -> Callable[[int], str]:
    return take_id
