"""How much faster than real time the sketcher is, on one core: `python tests/benchmarks/bench_sketch.py`."""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from library.generators.sketch.sketcher import Sketcher
from library.take import Recipe
from tests.benchmarks.measuring import scaled

PROMPTS = ("retro synthwave night drive", "slow dreamy pad, no drums", "fast happy piano waltz", "dark techno 130 bpm")
DURATIONS_S = scaled((10.0, 30.0, 120.0), (1.0,))
SEEDS = range(scaled(3, 1))
TARGET = 50


class Alone:
    """A context without anybody behind it."""

    def parent(self, index: int) -> None:
        return None

    def report(self, progress: object) -> None:
        pass

    def cancelled(self) -> bool:
        return False

    def unwanted(self) -> frozenset[int]:
        return frozenset()


def measure(prompt: str, seed: int, duration_s: float) -> float:
    """Seconds of sound made in a second of processor time."""
    recipe = Recipe(generator="sketch", prompt=prompt, seed=seed, duration_s=duration_s)
    began = time.process_time()
    list(Sketcher().generate([recipe], Alone()))
    return duration_s / (time.process_time() - began)


def main() -> None:
    """Print the ratio to real time, by duration and prompt."""
    measure("warm up", 0, 10.0)
    for duration_s in DURATIONS_S:
        ratios = {prompt: [measure(prompt, seed, duration_s) for seed in SEEDS] for prompt in PROMPTS}
        every = [ratio for some in ratios.values() for ratio in some]
        print(
            f"sketch, {duration_s:.0f} s: median {statistics.median(every):.0f} x real time, "
            f"slowest {min(every):.0f} x (target {TARGET} x)"
        )


if __name__ == "__main__":
    main()
