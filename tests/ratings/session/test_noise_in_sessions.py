"""Sessions choose what is heard again; the noise that is learned there is the listener's own all the same."""

from __future__ import annotations

import numpy as np

from tests.benchmarks.simulation.families import FAMILIES
from tests.benchmarks.simulation.listeners import SimulatedMind
from tests.benchmarks.simulation.ways import earmark

MINUTES = (22,)


def test_what_is_heard_again_does_not_make_listeners_seem_steadier() -> None:
    """Noise of half its size ends sessions at their twentieth minute, with half of the picks wrong."""
    logs, early = [], []
    for family in ("on the priors", "noisy, 1.2", "prompts make no difference"):
        for number in range(2):
            course = earmark(SimulatedMind(FAMILIES[family], number), number, MINUTES)
            logs.append(np.log(course.noise[0] / course.noise[1]))
            if course.stop is not None:
                early.append(course.stop.minute)
    assert 0.9 < np.exp(np.mean(logs)) < 1.5
    assert len(early) <= 1
