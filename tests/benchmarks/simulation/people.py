"""Real people: what they said once and, of some takes, once more (a table of rater, item, first, second; 0 to 1)."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ratings.model.arrays import Floats
from tests.benchmarks.simulation.families import Pace
from tests.benchmarks.simulation.listeners import made

VARIABLE = "EARMARK_RATINGS"
"""Names the folder that holds the table; the project keeps no copy."""
TABLE = "aesthetic-ratings.csv"
_TAKES = 100
_REJECT_UNDER, _TIE = 0.3, 0.05
"""On the slider."""


@dataclass(frozen=True)
class Rater:
    """In the order in which that person saw the items."""

    number: int
    first: Floats
    """(items,) 0 to 1"""
    second: Floats
    """(items,) the same, asked again; nan where it was not."""

    @cached_property
    def again(self) -> Floats:
        """(repeats,) second less first."""
        return (self.second - self.first)[~np.isnan(self.second)]

    @property
    def noise(self) -> float:
        """Standard deviation of one answer, in units of the spread of what does not change, by the retest correlation.

        That leaves out by how much the second sitting was the stricter, or used less of the slider.
        """
        twice = ~np.isnan(self.second)
        same = float(np.corrcoef(self.first[twice], self.second[twice])[0, 1])
        return float(np.sqrt((1 - same) / max(same, 0.1)))


def folder() -> Path | None:
    """Where the real ratings are, if the environment says so and they are there."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named and (Path(named) / TABLE).is_file() else None


def raters(table: Path) -> list[Rater]:
    """Everybody in the table."""
    rows: dict[int, list[tuple[float, float]]] = {}
    with table.open(newline="") as lines:
        for row in csv.DictReader(lines):
            second = float(row["second"]) if row["second"] else np.nan
            rows.setdefault(int(row["rater"]), []).append((float(row["first"]), second))
    return [Rater(number, *np.array(said).T) for number, said in sorted(rows.items())]


def stars_of(slider: Floats | float) -> Floats:
    """Fifths of the slider."""
    return np.clip(1 + np.floor(5 * np.asarray(slider)), 1, 5)


class RealMind:
    """The truth is what a person said first of 100 items; each hearing errs as that person's second answers do."""

    pace = Pace()

    def __init__(self, rater: Rater, number: int) -> None:
        rng = np.random.default_rng((20263, number))
        self._slider = rng.permutation(rater.first)[:_TAKES]
        self.takes = made(None, None, len(self._slider))
        self.quality = (self._slider - self._slider.mean()) / self._slider.std()
        errors = np.concatenate([rater.again, -rater.again]) / 2**0.5
        self._error = rng.choice(errors, (len(self._slider), 200))
        self._early = rng.choice(errors, len(self._slider)) * 1.4
        self._duel_errors, self._seed = errors, number
        self.star_noise = rater.noise

    def rejects(self, take: int, minute: float) -> bool:
        return bool(self._slider[take] + self._early[take] < _REJECT_UNDER)

    def stars(self, take: int, hearing: int, minute: float) -> int:
        return int(stars_of(self._slider[take] + self._error[take, hearing]))

    def duel(self, a: int, b: int, number: int, minute: float) -> int:
        noise = np.random.default_rng((20264, self._seed, number)).choice(self._duel_errors, 2)
        gap = self._slider[a] - self._slider[b] + noise[0] - noise[1]
        return 0 if abs(gap) < _TIE else int(np.sign(gap))
