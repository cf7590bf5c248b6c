"""The interval's probability and moments against quadrature."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from ratings.model.truncated import explained_share, interval_likelihood, log_probability, moment_match

finite = st.floats(-6, 6)


@settings(deadline=None, max_examples=60)
@given(finite, st.floats(0.01, 8))
def test_moments_of_the_truncated_normal(low: float, width: float) -> None:
    alpha, beta = moment_match(low, low + width)
    frozen = stats.truncnorm(low, low + width)
    # A probability is good to 1e-13 or so; the narrowest width, 0.01, divides that once, and twice.
    assert alpha == pytest.approx(frozen.mean(), abs=1e-10)
    assert 1 - beta == pytest.approx(frozen.var(), abs=1e-8)


@settings(deadline=None, max_examples=60)
@given(finite)
def test_open_ends(low: float) -> None:
    assert moment_match(low, np.inf)[0] == pytest.approx(stats.truncnorm(low, np.inf).mean(), rel=1e-9)
    mirrored = moment_match(-np.inf, -low)
    assert mirrored == pytest.approx((-moment_match(low, np.inf)[0], moment_match(low, np.inf)[1]), rel=1e-9)


@pytest.mark.parametrize(("low", "high"), [(30.0, np.inf), (-np.inf, -30.0), (20.0, 20.5), (-1e-9, 1e-9)])
def test_far_tails_stay_finite(low: float, high: float) -> None:
    alpha, beta = moment_match(low, high)
    assert np.isfinite([alpha, beta]).all()
    assert low - 1e-9 <= alpha <= high + 1e-9
    assert 0 < beta <= 1


@pytest.mark.parametrize(("low", "high"), [(1e200, np.inf), (-np.inf, -1e200), (1e200, 2e200), (40.0, 41.0)])
def test_bounds_out_of_all_sight_are_taken_as_far_ones(low: float, high: float) -> None:
    alpha, beta = moment_match(low, high)
    assert 34.9 < abs(alpha) < 36
    assert 0 < beta <= 1


@settings(deadline=None, max_examples=60)
@given(finite, st.floats(0.05, 4))
def test_gradient_and_curvature_by_differences(low: float, width: float) -> None:
    high, step = low + width, 1e-5
    parts = interval_likelihood(np.array([low]), np.array([high]))

    def log_p(a: float, b: float) -> float:
        return float(log_probability(np.array([a]), np.array([b]))[0])

    assert parts.by_low[0] == pytest.approx(
        (log_p(low + step, high) - log_p(low - step, high)) / (2 * step), rel=1e-5, abs=1e-7
    )
    assert parts.by_high[0] == pytest.approx(
        (log_p(low, high + step) - log_p(low, high - step)) / (2 * step), rel=1e-5, abs=1e-7
    )
    by_high = [interval_likelihood(np.array([low]), np.array([high + s])).by_high[0] for s in (step, -step)]
    assert parts.curve_high[0] == pytest.approx(-(by_high[0] - by_high[1]) / (2 * step), rel=1e-5, abs=1e-7)
    crossed = [interval_likelihood(np.array([low + s]), np.array([high])).by_high[0] for s in (step, -step)]
    assert parts.curve_cross[0] == pytest.approx(-(crossed[0] - crossed[1]) / (2 * step), rel=1e-5, abs=1e-7)
    assert parts.curve_low[0] * parts.curve_high[0] - parts.curve_cross[0] ** 2 >= -1e-9


@settings(deadline=None, max_examples=60)
@given(st.floats(-4, 4), st.floats(0.3, 3), st.floats(0.0, 0.4))
def test_moments_with_lapses_by_quadrature(low: float, width: float, lapse: float) -> None:
    high, guess_rate = low + width, 0.2

    def weight(z: float, power: int) -> float:
        inside = (1 - lapse) * (low < z < high) + lapse * guess_rate
        return float(inside * stats.norm.pdf(z) * z**power)

    pieces = ((-9, low), (low, high), (high, 9))
    total, first, second = (
        sum(integrate.quad(weight, *each, args=(power,))[0] for each in pieces) for power in range(3)
    )
    alpha, beta = moment_match(low, high, lapse, guess_rate)
    mean = first / total
    assert alpha == pytest.approx(mean, abs=1e-7)  # quad promises 1.5e-8 of each moment
    assert 1 - beta == pytest.approx(second / total - mean**2, abs=1e-7)


def test_what_answers_tell() -> None:
    fine = np.concatenate([[-np.inf], np.linspace(-5, 5, 2001), [np.inf]])
    assert explained_share(fine[:-1], fine[1:]) == pytest.approx(1 - 0.005**2 / 12, abs=1e-7)  # steps of 0.005
    assert explained_share(np.array([-np.inf, 0.0]), np.array([0.0, np.inf])) == pytest.approx(2 / np.pi)
    assert explained_share(np.array([-np.inf, 6.0]), np.array([6.0, np.inf])) < 1e-6  # a cut-point nobody reaches
