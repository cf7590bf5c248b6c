"""Takes are heard, and rejected, while they are being made."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from library.generators.api import Failed, LiveContext, Rendered
from library.take import Recipe


@pytest.fixture
def live(bench):
    class Live(type(bench)):
        def __init__(self) -> None:
            super().__init__()
            self.heard, self.arrived, self.rejected = {}, threading.Event(), set()

        def unwanted(self):
            return self.rejected

        def preview(self, index, samples, sample_rate):
            self.heard[index] = samples, sample_rate
            self.arrived.set()

    return Live()


def recipes(count: int, duration_s: float) -> list[Recipe]:
    return [Recipe(generator="musicgen", prompt="harp", seed=seed, duration_s=duration_s) for seed in range(count)]


def test_the_first_seconds_are_heard(make, live):
    assert isinstance(live, LiveContext)
    made = make("text", recipes(2, 6.0), live)
    assert live.arrived.wait(20)
    assert all(isinstance(result, Rendered) for result in made.values())
    samples, rate = live.heard[0]
    assert len(samples) == 4 * rate
    assert np.allclose(samples[: 2 * rate], made[0].samples[: 2 * rate], atol=0.05)


def test_rejected_takes_stop_and_the_others_are_as_ever(make, live):
    expected = make("text", recipes(9, 1.0))  # One more than there are seats.
    report = live.report
    steps = []

    def stepped(progress) -> None:
        report(progress)
        steps.append(progress)
        if len(steps) == 30:
            live.rejected = {0, 3, 8}

    live.report = stepped
    made = make("text", recipes(9, 1.0), live)
    for seed in range(9):
        if seed in {0, 3, 8}:
            assert isinstance(made[seed], Failed)
            assert "rejected" in made[seed].error.what
        else:
            assert np.array_equal(made[seed].samples, expected[seed].samples)


def test_all_may_be_rejected(make, live):
    live.rejected = {0, 1}
    made = make("text", recipes(2, 20.0), live)
    assert all(isinstance(result, Failed) for result in made.values())
