"""Listeners with known taste: what they would say, and how long it takes them."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeVar

import numpy as np

from library.take import Take, time_text
from ratings.judgement import AnyJudgement, Duel, Reject, Stars
from ratings.model.arrays import Floats, Ints
from ratings.model.evidence import GOOD
from tests.benchmarks.simulation.families import Family, Pace

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)
_T = TypeVar("_T", Stars, Reject, Duel)
_MEMORY_MIN, _HORIZON_MIN, _HEARINGS = 20.0, 400, 200


def take_id(number: int) -> str:
    return f"{number:020x}"


class Mind(Protocol):
    """What a listener thinks of each take; everything is set beforehand, whatever is asked for."""

    quality: Floats
    pace: Pace
    takes: list[Take]

    def rejects(self, take: int, minute: float) -> bool: ...
    def stars(self, take: int, hearing: int, minute: float) -> int: ...
    def duel(self, a: int, b: int, number: int, minute: float) -> int | None: ...


class SimulatedMind:
    """One listener of a family, and their takes. Noise differs by up to 20 %, and scales of stars differ as well."""

    def __init__(self, family: Family, number: int) -> None:
        seed = zlib.crc32(f"{family.name} {number}".encode())
        rng = np.random.default_rng((20260, seed))
        self.family, self.pace = family, family.pace
        prompt_of, seed_of = np.divmod(np.arange(family.takes), family.seeds)
        self.takes = made(prompt_of, seed_of)
        own = family.shape(rng, family.takes)
        quality = (own - own.mean()) / own.std() * (1 - family.prompt_share - family.seed_share) ** 0.5
        quality = quality + rng.normal(0, family.prompt_share**0.5, family.prompts)[prompt_of]
        quality = quality + rng.normal(0, family.seed_share**0.5, family.seeds)[seed_of]
        self.quality = (quality - quality.mean()) / quality.std()
        self._own = rng.uniform(0.8, 1.2)
        cuts = np.array([-1.0, -0.35, 0.35, 1.0]) * rng.uniform(0.8, 1.25) + rng.normal(0, 0.25)
        cuts += np.sort(rng.uniform(-0.12, 0.12, 4))
        places = {5: (0, 1, 2, 3), 3: (1, 2), 2: (1,)}[len(family.levels)]
        self.cuts = cuts[list(places)]
        self._reject_under = None if family.reject_under is None else family.reject_under + rng.normal(0, 0.2)
        kept = np.exp(-1 / _MEMORY_MIN)
        drift = rng.normal(0, family.drift, _HORIZON_MIN)
        for minute in range(1, _HORIZON_MIN):
            drift[minute] = kept * drift[minute - 1] + (1 - kept**2) ** 0.5 * drift[minute]
        self._mood = drift + family.mood * (np.arange(_HORIZON_MIN) >= 15)
        self._sticks, self._early = rng.normal(size=(2, family.takes))
        self._noise, self._slip = rng.normal(size=(family.takes, _HEARINGS)), rng.random((family.takes, _HEARINGS))
        self._seed = seed

    @property
    def star_noise(self) -> float:
        """What a retest would show: what sticks to a take does not."""
        return float(self._own * self.family.star_noise * (1 - self.family.sticking) ** 0.5)

    def _feels(self, take: int, minute: float) -> float:
        stuck = self._own * self.family.star_noise * self.family.sticking**0.5 * self._sticks[take]
        return float(self.quality[take] + stuck + self._mood[min(int(minute), _HORIZON_MIN - 1)])

    def _tired(self, minute: float) -> float:
        return self.family.tired if minute >= 20 else 1.0

    def rejects(self, take: int, minute: float) -> bool:
        if self._reject_under is None:
            return False
        if self._slip[take, -1] < self.family.slips:
            return bool(self._slip[take, -2] < 0.5)
        noise = self._own * self.family.reject_noise * self._early[take]
        return self._feels(take, minute) + noise < self._reject_under

    def stars(self, take: int, hearing: int, minute: float) -> int:
        slip, levels = self._slip[take, hearing], self.family.levels
        if slip < self.family.slips:
            return levels[int(slip / self.family.slips * len(levels))]
        feels = self._feels(take, minute)
        uneven = self.family.mid_scale ** (1 - min(abs(feels), 2.0))
        noise = self._own * self.family.star_noise * (1 - self.family.sticking) ** 0.5 * uneven * self._tired(minute)
        return levels[int(np.searchsorted(self.cuts, feels + noise * self._noise[take, hearing]))]

    def duel(self, a: int, b: int, number: int, minute: float) -> int | None:
        """1 for a, -1 for b, 0 for a tie, None where neither is good."""
        rng = np.random.default_rng((20261, self._seed, number))
        noise, slip, side = rng.normal(), rng.random(), rng.integers(2)
        if slip < self.family.slips:
            return int(rng.integers(-1, 2))
        if self.family.neither:
            off = self._own * self.family.duel_noise * self._tired(minute) * rng.normal(size=2)
            line = self.cuts[int(np.searchsorted(self.family.levels, GOOD)) - 1]
            if all(self._feels(one, minute) + each < line for one, each in zip((a, b), off, strict=True)):
                return None
        low, high = sorted((a, b))
        circle = self.family.circles * np.random.default_rng((20262, self._seed, low, high)).normal()
        gap = self._feels(a, minute) - self._feels(b, minute) + (circle if a < b else -circle)
        gap += self._own * self.family.duel_noise * self._tired(minute) * noise
        gap += self.family.side if side else -self.family.side
        return 0 if abs(gap) < 0.25 else int(np.sign(gap))


def made(prompt_of: Ints | None, seed_of: Ints | None, count: int | None = None) -> list[Take]:
    """Takes of these prompts and seeds, or so many of which neither is known."""
    numbers = range(len(prompt_of) if prompt_of is not None else count or 0)
    return [
        Take(
            id=take_id(i), batch="batch", file=f"{i}.wav", duration_s=30.0, sample_rate=32_000, channels=1,
            created_at=time_text(BEGUN), prompt=None if prompt_of is None else f"prompt {prompt_of[i]}",
            seed=None if seed_of is None else int(seed_of[i]),
        )
        for i in numbers
    ]  # fmt: skip


class Sitting:
    """Asks a listener, counts the time and writes down what is said, as the app's log does."""

    def __init__(self, mind: Mind, *, may_reject: bool = True) -> None:
        self.mind, self._may_reject = mind, may_reject
        self.minutes = 0.0
        self.said: list[AnyJudgement] = []
        self.times = np.zeros(len(mind.takes), np.int64)
        self._duels = 0

    def rate(self, take: int) -> Stars | Reject:
        first, pace = self.times[take] == 0, self.mind.pace
        hearing, began = int(self.times[take]), self.minutes
        self.times[take] += 1
        if self._may_reject and first and self.mind.rejects(take, began):
            return self._say(Reject(**self._about(take, pace.reject_s)))
        stars = self.mind.stars(take, hearing % (_HEARINGS - 2), began)
        return self._say(Stars(stars=stars, **self._about(take, pace.first_s if first else pace.again_s)))

    def compare(self, a: int, b: int, *, side: str = "a", first: str = "take") -> Duel:
        pace, began = self.mind.pace, self.minutes
        seconds = pace.decide_s + sum(pace.again_s if self.times[one] else pace.first_s for one in (a, b))
        self.times[[a, b]] += 1
        self._duels += 1
        said = self.mind.duel(a, b, self._duels, began)
        winner = "tie" if said is None else {1: "take", 0: "tie", -1: "other"}[said]
        about = {"neither": said is None, **self._about(a, seconds)}
        return self._say(Duel(other=take_id(b), winner=winner, side=side, first=first, **about))  # type: ignore[arg-type]

    def _about(self, take: int, seconds: float) -> dict[str, object]:
        self.minutes += seconds / 60
        return {
            "id": f"{len(self.said):08d}", "take": take_id(take), "listener": "l", "session": "s", "blind": True,
            "at": time_text(BEGUN + timedelta(minutes=self.minutes)), "spent_s": seconds,
        }  # fmt: skip

    def _say(self, one: _T) -> _T:
        self.said.append(one)
        return one
