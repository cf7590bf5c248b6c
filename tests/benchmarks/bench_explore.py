"""What choosing prompts while listening gains over a uniform grid, and over successive halving, from as many takes.

Run it by itself: `python tests/benchmarks/bench_explore.py [runs]`. A light Gaussian model, not the app's session and
fit: quality is a prompt's effect and the take's own, variances are known, an answer is quality and noise (SD 0.7, no
thresholds, drift or lapses). Each take is heard once, the best 30 three times more, and the ten best are picked.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ratings.explore.allocation import PromptBelief, next_prompts
from ratings.model.arrays import Floats, Ints
from tests.benchmarks.measuring import Table, scaled

RUNS = scaled(300, 2)
CASES = scaled(
    [(prompts, takes, share) for prompts in (20, 50) for takes in (100, 300) for share in (0.0, 0.1, 0.25, 0.5)],
    [(20, 40, 0.25)],
)
NOISE, BATCH, SHORTLIST, AGAIN, BEST = 0.7, 5, 30, 3, 10

Way: TypeAlias = Callable[[PromptBelief, Ints, int], list[int]]
"""From what is believed, how often each prompt was made, and the takes that are left, to the prompts of a batch."""


def main() -> None:
    """Print the table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else RUNS
    table = Table(f"Gain in the ten best over a uniform grid, SD of quality, means of {runs} runs [95 %]")
    for prompts, takes, share in CASES:
        ways: dict[str, Way] = {"explore": explore, "halving": _halving(prompts, takes)}
        grid = _qualities(uniform, runs, prompts, takes, share)
        for name, way in ways.items():
            gains = _qualities(way, runs, prompts, takes, share) - grid
            half = 1.96 * gains.std(ddof=1) / math.sqrt(runs)
            what = f"{name}, {prompts} prompts, {takes} takes, variance {share:.2f}"
            table.line(what, gains.mean(), "SD", note=f"± {half:.2f}")


def explore(belief: PromptBelief, made: Ints, left: int) -> list[int]:
    return next_prompts(belief, BATCH, left)


def uniform(belief: PromptBelief, made: Ints, left: int) -> list[int]:
    return _least_made(np.arange(len(made)), made)


def _halving(prompts: int, takes: int) -> Way:
    rounds = math.ceil(math.log2(prompts))

    def way(belief: PromptBelief, made: Ints, left: int) -> list[int]:
        halved = min((takes - left) * rounds // takes, rounds - 1)
        return _least_made(np.argsort(-belief.mean, kind="stable")[: max(prompts >> halved, 2)], made)

    return way


def _least_made(among: Ints, made: Ints) -> list[int]:
    made, chosen = made.copy(), []
    for _ in range(BATCH):
        chosen.append(int(among[np.argmin(made[among])]))
        made[chosen[-1]] += 1
    return chosen


def _qualities(way: Way, runs: int, prompts: int, takes: int, share: float) -> Floats:
    """(runs,) mean true quality of the takes that are picked; run by run the same listeners and prompts."""
    return np.array([_quality(way, np.random.default_rng(run), prompts, takes, share) for run in range(runs)])


def _quality(way: Way, random: np.random.Generator, prompts: int, takes: int, share: float) -> float:
    effects = random.normal(size=prompts) * math.sqrt(share)
    own, spread = 1 - share, 1 - share + NOISE**2
    made, said = np.zeros(prompts, np.int64), np.zeros(prompts)
    prompt_of, quality, answer = np.empty(0, np.int64), np.empty(0), np.empty(0)
    while len(quality) < takes:
        variance = share * spread / (spread + made * share)
        belief = PromptBelief(variance * said / spread, np.diag(variance), share, spread)
        batch = np.array(way(belief, made, takes - len(quality))[: takes - len(quality)])
        true = effects[batch] + math.sqrt(own) * random.normal(size=len(batch))
        heard = true + NOISE * random.normal(size=len(batch))
        np.add.at(made, batch, 1)
        np.add.at(said, batch, heard)
        prompt_of, quality, answer = (
            np.append(*both) for both in ((prompt_of, batch), (quality, true), (answer, heard))
        )
    expected = (share * said / (spread + made * share))[prompt_of]
    short = np.argsort(-_believed(expected, answer, own, 1))[:SHORTLIST]
    again = quality[short] + NOISE / math.sqrt(AGAIN) * random.normal(size=len(short))
    mean = (answer[short] + AGAIN * again) / (1 + AGAIN)
    best = np.argsort(-_believed(expected[short], mean, own, 1 + AGAIN))[:BEST]
    return float(quality[short[best]].mean())


def _believed(expected: Floats, mean: Floats, own: float, hearings: int) -> Floats:
    return expected + own / (own + NOISE**2 / hearings) * (mean - expected)


if __name__ == "__main__":
    main()
