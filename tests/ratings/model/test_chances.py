"""A take that could be made has the chance of one that was made and not heard: of libraries at random."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.chances import NewTakes, chances
from ratings.model.evidence import TakeFactors, TakePool, build_evidence
from ratings.model.posterior import fit
from ratings.model.scales import Scales

ERRORS = 0.02
"""Four standard errors of 4,000 draws, as far as the chances here go, and of what averages out part of them."""


@pytest.fixture
def libraries(world):
    """Some prompts, seeds, stars, duels and rejects, and variances of prompts and seeds."""
    made = []
    for number in range(6):
        rng = np.random.default_rng(number)
        one = world(number, prompts=int(rng.integers(3, 9)), seeds=int(rng.integers(2, 6)))
        heard = rng.permutation(len(one.pool))[: int(rng.integers(5, len(one.pool) + 1))]
        one.listen(int(rng.integers(10, 90)), int(rng.integers(0, 30)), takes=heard, rejects=bool(number % 2))
        scales = Scales(prompt=float(rng.uniform(0.02, 0.6)), seed=float(rng.uniform(0.005, 0.3)))
        made.append((one.pool, one.script.said, scales, int(rng.integers(1, max(2, len(one.pool) // 3)))))
    return made


def factors(pool: TakePool) -> list[TakeFactors]:
    return [pool.factors(take) for take in pool.takes]


def test_a_new_take_has_the_chance_of_one_that_nobody_has_heard(libraries, name) -> None:
    """Made, and not heard, it tells nothing of the others: it then is in the top k as often as was said before."""
    for pool, said, scales, k in libraries:
        posterior = fit(build_evidence(pool, said), scales)
        every = posterior.take_predictor(np.arange(len(pool)))
        prompts, seeds = (np.arange(len(levels)) for levels in (pool.prompts, pool.seeds))
        corner = np.array([0]), np.array([len(seeds) - 1])
        kinds = NewTakes.of(posterior, "prompt", prompts), NewTakes.of(posterior, "seed", seeds)
        there, new = chances(posterior, every, k, new=NewTakes.stack([*kinds, NewTakes.of_cells(posterior, *corner)]))
        made = [
            TakeFactors(name(900), pool.prompts[0], 777),
            TakeFactors(name(900), pool.prompts[-1], 777),
            TakeFactors(name(900), "another prompt", pool.seeds[0]),
            TakeFactors(name(900), pool.prompts[0], pool.seeds[-1]),
        ]
        for take, chance in zip(made, new[[0, len(prompts) - 1, len(prompts), -1]], strict=True):
            larger = TakePool.of([*factors(pool), take])
            after = fit(build_evidence(larger, said), scales)
            found = chances(after, after.take_predictor(np.arange(len(larger))), k).there[-1]
            assert chance == pytest.approx(found, abs=ERRORS)
        # One that is there and not heard competes with one take less, and is never behind the new one.
        unheard = np.setdiff1d(np.arange(len(pool)), build_evidence(pool, said).take)
        for take in unheard:
            cell = NewTakes.of_cells(posterior, pool.prompt_of[[take]], pool.seed_of[[take]])
            chance = float(chances(posterior, every, k, new=cell).new[0])
            assert there[take] - 0.06 < chance < there[take] + ERRORS


def test_asking_for_new_takes_changes_nothing_for_the_others(libraries) -> None:
    for pool, said, scales, k in libraries:
        posterior = fit(build_evidence(pool, said), scales)
        every = posterior.take_predictor(np.arange(len(pool)))
        new = NewTakes.of(posterior, "prompt", np.arange(len(pool.prompts)))
        assert (chances(posterior, every, k).there == chances(posterior, every, k, new=new).there).all()


def test_of_as_many_as_are_wanted_or_fewer_every_one_is_among_the_best(libraries) -> None:
    pool, said, scales, _ = libraries[0]
    posterior = fit(build_evidence(pool, said), scales)
    count = len(pool)
    every = posterior.take_predictor(np.arange(count))
    new = NewTakes.of(posterior, "prompt", np.arange(len(pool.prompts)))
    assert (chances(posterior, every, count + 1, new=new).new == 1).all()
    there, coming = chances(posterior, every, count, new=new)
    assert (there == 1).all()
    assert (coming > 0.5).all(), "it need only beat the last of all"
    assert (coming < 1).all()
    assert (chances(posterior, every, 0, new=new).new == 0).all()
