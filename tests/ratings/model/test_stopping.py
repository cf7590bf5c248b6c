"""Expected regret against brute force, and the verdict."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.stopping import contenders, draw, expected_regret, should_stop, top_probabilities


def test_two_takes_in_closed_form() -> None:
    """E max(0, d) for d ~ N(-gap, s^2): s phi(gap/s) - gap Phi(-gap/s)."""
    from scipy.stats import norm

    mean, sd = np.array([0.5, 0.0]), 0.6
    exact = sd * 2**0.5 * norm.pdf(0.5 / (sd * 2**0.5)) - 0.5 * norm.cdf(-0.5 / (sd * 2**0.5))
    assert expected_regret(mean, np.eye(2) * sd**2, 1, draws=200_000) == pytest.approx(exact, rel=0.02)


def test_brute_force_over_many_takes() -> None:
    rng = np.random.default_rng(0)
    mean, root = rng.normal(0, 1, 80), rng.normal(0, 0.12, (80, 80))
    covariance = root @ root.T
    samples = rng.multivariate_normal(mean, covariance, 20_000)
    picked = np.argsort(-mean)[:10]
    brute = (np.sort(samples, axis=1)[:, -10:].mean(axis=1) - samples[:, picked].mean(axis=1)).mean()
    assert expected_regret(mean, covariance, 10, draws=4000) == pytest.approx(brute, rel=0.05)
    top = np.argsort(-samples, axis=1)[:, :10]
    assert top_probabilities(mean, covariance, 10, 4000) == pytest.approx(
        np.bincount(top.ravel(), minlength=80) / 20_000, abs=0.03
    )


def test_the_rest_of_the_pool_does_not_matter() -> None:
    mean = np.concatenate([np.linspace(1, 2, 20), np.full(300, -8.0)])
    sd = np.full(320, 0.3)
    assert set(contenders(mean, sd, 10)) <= set(range(20))


def test_picking_everything_has_no_regret() -> None:
    assert expected_regret(np.zeros(3), np.eye(3), 3) == 0.0
    assert top_probabilities(np.zeros(3), np.eye(3), 5) == pytest.approx(np.ones(3))


def test_draws_repeat() -> None:
    assert (draw(np.zeros(4), np.eye(4), 5) == draw(np.zeros(4), np.eye(4), 5)).all()


def test_verdicts_say_which() -> None:
    assert should_stop(0.08, 5, 10).reason == "settled"
    assert "settled to within 0.1" in should_stop(0.08, 5, 10).words
    assert should_stop(0.2, 0, 10).reason == "time"
    assert "0.20" in should_stop(0.2, 0, 10).words
    assert not should_stop(0.2, 3, 10).stop
    assert should_stop(0.2, 3, 1, goal=0.25).words == "The best one is settled to within 0.25."
