"""Expected regret and settled picks against brute force, and the decision to stop."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.stopping import PickDoubt, contenders, doubt_of_picks, draw, stop_reason


def test_two_takes_in_closed_form() -> None:
    """E max(0, d) for d ~ N(-gap, s^2): s phi(gap/s) - gap Phi(-gap/s)."""
    from scipy.stats import norm

    mean, sd = np.array([0.5, 0.0]), 0.6
    exact = sd * 2**0.5 * norm.pdf(0.5 / (sd * 2**0.5)) - 0.5 * norm.cdf(-0.5 / (sd * 2**0.5))
    doubt = doubt_of_picks(mean, np.eye(2) * sd**2, 1, draws=200_000)
    assert doubt.regret == pytest.approx(exact, rel=0.007)  # three standard errors of so many draws


def test_brute_force_over_many_takes() -> None:
    rng = np.random.default_rng(0)
    mean, root = rng.normal(0, 1, 80), rng.normal(0, 0.12, (80, 80))
    covariance = root @ root.T
    samples = rng.multivariate_normal(mean, covariance, 20_000)
    picked = np.argsort(-mean)[:10]
    brute = (np.sort(samples, axis=1)[:, -10:].mean(axis=1) - samples[:, picked].mean(axis=1)).mean()
    doubt = doubt_of_picks(mean, covariance, 10, draws=4000)
    assert doubt.regret == pytest.approx(brute, rel=0.035)  # two standard errors of 4,000 draws and 20,000
    top = np.argsort(-samples, axis=1)[:, :10]
    p_top = np.bincount(top.ravel(), minlength=80) / 20_000
    short = np.sort(samples, axis=1)[:, -10:].mean(axis=1) - samples[:, picked].mean(axis=1)
    assert doubt.at_worst == pytest.approx(np.quantile(short, 0.95), rel=0.05)
    assert doubt.to_goal == max(doubt.regret, doubt.at_worst / 2)
    assert np.sum(p_top[picked] >= 0.83) <= doubt.settled <= np.sum(p_top[picked] >= 0.77)


def test_the_rest_of_the_pool_does_not_matter() -> None:
    mean = np.concatenate([np.linspace(1, 2, 20), np.full(300, -8.0)])
    sd = np.full(320, 0.3)
    assert set(contenders(mean, sd, 10)) <= set(range(20))


def test_picking_everything_has_no_regret() -> None:
    assert doubt_of_picks(np.zeros(3), np.eye(3), 3) == PickDoubt(0.0, 3)


def test_draws_repeat() -> None:
    assert (draw(np.zeros(4), np.eye(4), 5) == draw(np.zeros(4), np.eye(4), 5)).all()


def test_a_decision_says_why() -> None:
    assert stop_reason(0.08, 5) == "settled"
    assert stop_reason(0.2, 0) == "time"
    assert stop_reason(0.2, 3) == "open"
    assert stop_reason(0.2, 3, goal=0.25) == "settled"
