"""What is learned of a listener's noise from many repeats, against what is true."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.evidence import TakePool, build_evidence
from ratings.model.learn_scales import learn_own
from ratings.model.scales import ListenerNoise
from tests.benchmarks.simulation.families import FAMILIES
from tests.benchmarks.simulation.listeners import SimulatedMind, Sitting


@pytest.mark.parametrize("family", ["steady, noise 0.3", "on the priors", "noisy, 1.2"])
def test_many_repeats_tell_a_listeners_noise_wherever_the_climb_begins(family: str) -> None:
    off = []
    for number in range(3):
        mind = SimulatedMind(FAMILIES[family], number)
        sitting, rng = Sitting(mind), np.random.default_rng(number)
        for take in [*rng.permutation(100), *np.repeat(rng.permutation(100)[:25], 8)]:
            sitting.rate(int(take))
        found = learn_own(build_evidence(TakePool.of(mind.takes), sitting.said)).noise(0)
        off.append(abs(np.log(found.star / mind.star_noise)))
        assert found.star != pytest.approx(ListenerNoise().star, rel=1e-3), "what is assumed, as if nothing were known"
    assert np.mean(off) < 0.25
