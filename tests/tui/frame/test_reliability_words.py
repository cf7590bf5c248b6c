"""What is said of listeners, their agreement and the two scales."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.model.reliability import Agreement, Consistency, Drift, Share, Sides
from ratings.ranking.leaderboard import ScaleCorrelation
from tui.frame.reliability_words import (
    agreement_words,
    consistency_words,
    correlation_words,
    drift_words,
    sides_words,
)

NAN = float("nan")
NONE = np.zeros(0)


@pytest.mark.parametrize(
    ("pairs", "same", "within_one", "says"),
    [
        (0, NAN, NAN, "No repeats yet"),
        (1, 1.0, 1.0, "One take repeated so far: too few"),
        (7, 1.0, 1.0, "7 takes repeated so far: too few"),
        (8, 0.6, 0.95, "60 % the same stars and 95 % within one star: very consistent."),
        (8, 0.5, 0.95, ": consistent."),
        (8, 0.6, 0.85, ": consistent."),
        (8, 0.6, 0.84, ": inconsistent. A single listen"),
    ],
)
def test_repeats(pairs, same, within_one, says):
    assert says in consistency_words(Consistency(pairs, same, within_one, 0, NAN))


@pytest.mark.parametrize(("pairs", "said"), [(7, False), (8, True)])
def test_repeated_duels_once_there_are_some(pairs, said):
    words = consistency_words(Consistency(8, 0.9, 1.0, pairs, 0.25))
    assert ("25 % of pairs" in words) == said


@pytest.mark.parametrize(
    ("alpha", "low", "high", "takes", "says"),
    [
        (NAN, NAN, NAN, 0, "No takes"),
        (0.9, 0.8, 1.0, 7, "Only 7 takes"),
        (NAN, NAN, NAN, 8, "All stars are the same"),
        (-0.5, -0.7, -0.1, 8, "upside down"),
        (0.5, -0.1, 0.7, 8, "no more than by chance"),
        (0.8, 0.5, 0.9, 8, "You agree: "),
        (0.7, 0.5, 0.9, 8, "You mostly agree"),
        (0.3, 0.1, 0.9, 8, "You partly agree"),
        (0.2, 0.1, 0.9, 8, "You hardly agree"),
    ],
)
def test_agreement(alpha, low, high, takes, says):
    assert says in agreement_words(Agreement(alpha, low, high, takes))


@pytest.mark.parametrize(
    ("minutes", "leniency", "change", "low", "high", "says"),
    [
        (NONE, NONE, 0.0, 0.0, 0.0, "too short"),
        (np.zeros(1), NONE, 0.0, 0.0, 0.0, "too short"),
        (np.arange(2), NONE, 0.0, 0.0, 0.0, "too long ago"),
        (np.arange(2), np.zeros(2), 0.4, -0.1, 0.9, "No drift"),
        (np.arange(2), np.zeros(2), 0.4, 0.1, 0.9, "You got more generous by about 0.4 stars"),
        (np.arange(2), np.zeros(2), -0.4, -0.9, -0.1, "You got stricter by about 0.4 stars"),
    ],
)
def test_drift(minutes, leniency, change, low, high, says):
    assert says in drift_words(Drift(minutes, leniency, change, low, high))


@pytest.mark.parametrize(
    ("duels", "a_wins", "first_wins", "says"),
    [
        (0, 0, 0, "Too few duels"),
        (7, 4, 3, "Too few duels"),
        (8, 4, 4, "No A/B bias"),
        (40, 40, 20, "the take on side A wins 100 % of your duels. Sides"),
        (40, 20, 4, "the take heard first wins 10 % of your duels. Sides"),
        (40, 40, 0, "side A wins 100 % of your duels and the take heard first wins 0 %"),
    ],
)
def test_sides(duels, a_wins, first_wins, says):
    assert says in sides_words(Sides(duels, Share.of(a_wins, duels), Share.of(first_wins, duels)))


@pytest.mark.parametrize(
    ("takes", "rho", "says"),
    [(8, 0.6, "or production sways you"), (8, -0.6, "badly produced"), (8, 0.5, "unrelated")],
)
def test_two_scales(takes, rho, says):
    assert says in correlation_words(ScaleCorrelation(takes, rho))
    assert correlation_words(ScaleCorrelation(takes - 1, rho)) is None
