"""Time left follows the measured rate."""

from __future__ import annotations

import pytest

from library.jobs.eta import Eta, describe_remaining


def test_time_left_follows_the_rate_and_counts_down():
    now = [100.0]
    eta = Eta(lambda: now[0])
    assert eta.remaining_s() is None
    eta.update(0, 100)
    now[0] += 30  # loading a model says nothing about the rate
    eta.update(0, 100)
    assert eta.remaining_s() is None
    now[0] += 2
    eta.update(20, 100)
    assert eta.remaining_s() == pytest.approx(8)
    now[0] += 1
    assert eta.remaining_s() == pytest.approx(7)
    eta.update(100, 100)
    assert (eta.fraction, eta.remaining_s()) == (1.0, 0.0)
    eta.update(10, 100)
    assert eta.remaining_s() is None


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (12.4, "12 s"), (185, "3:05 min"), (3725, "1:02 h"), (0, "0 s")]
)
def test_time_left_in_words(seconds: float | None, text: str):
    assert describe_remaining(seconds) == text
