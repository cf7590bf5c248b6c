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
        (0, NAN, NAN, "nothing checks you"),
        (1, 1.0, 1.0, "One take came back so far: too few"),
        (7, 1.0, 1.0, "7 takes came back so far: too few"),
        (8, 0.6, 0.95, "60 % got the same stars and 95 % were at most one star off: very steady."),
        (8, 0.5, 0.95, ": steady."),
        (8, 0.6, 0.85, ": steady."),
        (8, 0.6, 0.84, "changeable. One hearing of a take means little"),
    ],
)
def test_repeats(pairs, same, within_one, says):
    assert says in consistency_words(Consistency(pairs, same, within_one, 0, NAN))


@pytest.mark.parametrize(("pairs", "said"), [(7, False), (8, True)])
def test_repeated_duels_once_there_are_some(pairs, said):
    words = consistency_words(Consistency(8, 0.9, 1.0, pairs, 0.25))
    assert ("the other way round 25 % of the time" in words) == said


@pytest.mark.parametrize(
    ("alpha", "low", "high", "takes", "says"),
    [
        (NAN, NAN, NAN, 0, "No take was rated by two listeners yet."),
        (0.9, 0.8, 1.0, 7, "Only 7 takes"),
        (NAN, NAN, NAN, 8, "all stars are the same"),
        (-0.5, -0.7, -0.1, 8, "upside down"),
        (0.5, -0.1, 0.7, 8, "no more than chance might"),
        (0.8, 0.5, 0.9, 8, "You agree: on 8 takes"),
        (0.7, 0.5, 0.9, 8, "You mostly agree"),
        (0.3, 0.1, 0.9, 8, "You agree in part"),
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
        (np.arange(2), np.zeros(2), 0.4, -0.1, 0.9, "held still"),
        (np.arange(2), np.zeros(2), 0.4, 0.1, 0.9, "You grew more generous by about 0.4 stars"),
        (np.arange(2), np.zeros(2), -0.4, -0.9, -0.1, "You grew stricter by about 0.4 stars"),
    ],
)
def test_drift(minutes, leniency, change, low, high, says):
    assert says in drift_words(Drift(minutes, leniency, change, low, high))


@pytest.mark.parametrize(
    ("duels", "a_wins", "first_wins", "says"),
    [
        (0, 0, 0, "Too few duels"),
        (7, 4, 3, "Too few duels"),
        (8, 4, 4, "Neither side nor order swayed you"),
        (40, 40, 20, "Mind that the one on side A wins 100 % of your duels; sides"),
        (40, 20, 4, "Mind that the one heard first wins 10 % of your duels; sides"),
        (40, 40, 0, "side A wins 100 % of your duels and the one heard first wins 0 %"),
    ],
)
def test_sides(duels, a_wins, first_wins, says):
    assert says in sides_words(Sides(duels, Share.of(a_wins, duels), Share.of(first_wins, duels)))


@pytest.mark.parametrize(
    ("takes", "rho", "says"),
    [(8, 0.6, "or the sound sways you"), (8, -0.6, "badly produced"), (8, 0.5, "two different things here")],
)
def test_two_scales(takes, rho, says):
    assert says in correlation_words(ScaleCorrelation(takes, rho))
    assert correlation_words(ScaleCorrelation(takes - 1, rho)) is None
