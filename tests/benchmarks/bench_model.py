"""The rating model's times, in processor time: a session's update and refit, and a whole library's.

Run it by itself: `python tests/benchmarks/bench_model.py`.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the app

import numpy as np

from ratings.model.evidence import DUEL, STAR, Evidence, Observation, TakeFactors, TakePool, TimeBin
from ratings.model.online import online_posterior
from ratings.model.posterior import fit
from ratings.model.schedule import ScheduleState, next_question
from tests.benchmarks.measuring import scaled
from tests.scoring import effects, take_scores


def library(prompts: int, seeds: int, stars: int, duels: int, in_duels: int, listeners: int = 1) -> Evidence:
    """Stars all over, duels among a shortlist, as sessions leave them; listeners take turns of a whole time bin."""
    rng = np.random.default_rng(0)
    pairs = [(p, s) for p in range(prompts) for s in range(seeds)]
    pool = TakePool.of([TakeFactors(f"{p:010x}{s:010x}", f"prompt {p}", s) for p, s in pairs])
    count, total = len(pool), stars + duels
    quality = rng.normal(0, 0.5, prompts)[pool.prompt_of] + rng.normal(0, 0.87, count)
    kind = rng.permutation(np.repeat([STAR, DUEL], [stars, duels]))
    short = rng.permutation(count)[:in_duels]
    take = np.where(kind == DUEL, short[rng.integers(0, in_duels, total)], rng.integers(0, count, total))
    other = np.where(
        kind == DUEL, short[(rng.integers(1, in_duels, total) + np.searchsorted(np.sort(short), take)) % in_duels], -1
    )
    other = np.where((kind == DUEL) & (other == take), short[0] + 0 * take, other)
    kind = np.where(other == take, STAR, kind)
    other = np.where(kind == DUEL, other, -1)
    said = quality[take] + rng.normal(0, 0.7, total)
    gap = said - quality[other] * (kind == DUEL)
    won = np.sign(gap) * (np.abs(gap) > 0.25)
    outcome = np.where(kind == DUEL, won, 1 + np.searchsorted([-1, -0.3, 0.3, 1], said))
    order = np.arange(total)
    time_bin = order * 40 // total
    first = np.zeros(total, np.bool_)
    first[np.unique(take, return_index=True)[1]] = True
    time_bins = tuple(TimeBin(part % listeners, "one", part) for part in range(40))
    return Evidence(
        pool, ("ann", "bob", "cleo")[:listeners], time_bins, kind, take, other,
        outcome.astype(np.int64), time_bin % listeners, time_bin, first & (kind == STAR), np.ones(total, np.bool_),
    )  # fmt: skip


def seconds(work: Callable[[], object], tries: int = 3) -> float:
    best = np.inf
    for _ in range(tries):
        began = time.process_time()
        work()
        best = min(best, time.process_time() - began)
    return best


def main() -> None:
    """Print each time beside its target."""
    evidence = library(*scaled((50, 10, 1500, 500, 120), (10, 5, 40, 20, 10)))
    posterior = fit(evidence)
    view = online_posterior(posterior, evidence.pool.takes, "ann", "one", 40)
    stars = [Observation(STAR, i, outcome=4) for i in range(20)]
    duels = [Observation(DUEL, i, i + 1, 1) for i in range(20)]
    print(f"{len(evidence.pool):,} takes, {len(evidence.kind):,} judgements (ms of processor time)")
    for what, target, took in (
        ("refit", 200, seconds(lambda: take_scores(fit(evidence)))),
        ("update by a star", 5, seconds(lambda: [view.observe(each) for each in stars]) / len(stars)),
        ("update by a duel", 5, seconds(lambda: [view.observe(each) for each in duels]) / len(duels)),
        ("next question", 50, seconds(lambda: next_question(view, ScheduleState()))),
    ):
        print(f"  {what:<20} {took * 1000:8.1f}   target {target}")
    print("100,000 takes, 20,000 judgements: fit and all effects (s of processor time, MB at most so far)")
    for what, target, evidence in (
        ("duels of 600 takes", 2, library(*scaled((1000, 100, 17_000, 3_000, 600), (10, 5, 40, 20, 10)))),
        ("three listeners", 10, library(*scaled((5000, 20, 18_000, 2_000, 600), (10, 5, 40, 20, 10)), listeners=3)),
        ("duels of 8,000 takes", 10, library(*scaled((1000, 100, 10_000, 10_000, 8_000), (10, 5, 40, 40, 30)))),
    ):

        def whole(evidence: Evidence = evidence) -> None:
            fitted = fit(evidence)
            take_scores(fitted)
            effects(fitted, "prompt")
            effects(fitted, "seed")

        took = seconds(whole, tries=2)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        print(f"  {what:<20} {took:8.2f}   target {target:<4} {memory:8.0f} MB")


if __name__ == "__main__":
    main()
