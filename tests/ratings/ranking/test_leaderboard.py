"""What the ranking screen shows, headless: both scales, tops, listeners."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.ranking.leaderboard import Leaderboard, ScaleCorrelation
from tests.judging import Judge


@pytest.fixture
def journal(tmp_path):
    return Journal(Library(tmp_path))


@pytest.fixture
def among(takes):
    return [takes(number, prompt=f"p{number % 3}", seed=number // 3) for number in range(30)]


def test_of_nothing_there_is_nothing(journal, among):
    for scale in ("composition", "sound"):
        leaderboard = Leaderboard.of(among, journal.history, scale)
        assert not any(leaderboard.ranks.values())
        assert (leaderboard.agreement, leaderboard.correlation, leaderboard.others) == (None, None, {})
    assert Leaderboard.of([], journal.history).listeners == ()


def test_the_line_stands_at_the_half_of_few_and_at_ten_of_many(journal, among, ids):
    judge = Judge(journal.log("ann"))
    for number in range(12):
        judge.stars(ids(number), 1 + number % 5)
    leaderboard = Leaderboard.of(among, journal.history)
    assert leaderboard.tops == {"take": 6, "prompt": 1, "seed": 2}
    for number in range(12, 30):
        judge.stars(ids(number), 1 + number % 5)
    assert Leaderboard.of(among, journal.history).tops["take"] == 10


def test_two_scales_of_which_each_knows_the_other(journal, among, ids):
    judge = Judge(journal.log("ann"))
    for number in range(12):
        judge.stars(ids(number), 1 + number % 5)
    for number in range(6, 20):
        judge.sound(ids(number), 5 - number % 5)
    leaderboard, sound = Leaderboard.of(among, journal.history), Leaderboard.of(among, journal.history, "sound")
    assert {row.key for row in leaderboard.ranks["take"]} == {ids(number) for number in range(12)}
    assert {row.key for row in sound.ranks["take"]} == {ids(number) for number in range(6, 20)}
    assert set(leaderboard.others) == {ids(number) for number in range(6, 20)}
    scores = {row.key: row.score for row in sound.ranks["take"]}
    assert all(leaderboard.others[take] == pytest.approx(scores[take]) for take in scores)
    assert leaderboard.ranks["take"] == Leaderboard.of(among, journal.history).ranks["take"]


@pytest.mark.parametrize(("sign", "low", "high"), [(1, 0.9, 1.0), (-1, -1.0, -0.9), (0, -0.4, 0.4)])
def test_how_the_scales_go_together(journal, among, ids, sign, low, high):
    judge = Judge(journal.log("ann"))
    for number in range(20):
        stars = 1 + number % 5
        judge.stars(ids(number), stars)
        judge.sound(ids(number), {1: stars, -1: 6 - stars, 0: 1 + (number // 5 + number * 3) % 5}[sign])
    found = Leaderboard.of(among, journal.history).correlation
    assert found.takes == 20
    assert low <= found.rho <= high


def test_scales_of_equal_scores_do_not_go_together(journal, among, ids):
    judge = Judge(journal.log("ann"))
    judge.stars(ids(1), 4)
    judge.sound(ids(1), 4)
    assert Leaderboard.of(among, journal.history).correlation == ScaleCorrelation(1, 0.0)


def test_each_listener_has_a_reliability_and_all_an_agreement(journal, among, ids):
    for name in ("ann", "bob"):
        judge = Judge(journal.log(name))
        for number in range(12 if name == "ann" else 10):
            judge.stars(ids(number), 1 + number % 5, blind=True)
    judge.duel(ids(1), ids(2), "take")
    leaderboard = Leaderboard.of(among, journal.history)
    assert [(one.listener, one.judgements) for one in leaderboard.listeners] == [("ann", 12), ("bob", 11)]
    assert [one.sides.duels for one in leaderboard.listeners] == [0, 1]
    assert (leaderboard.agreement.takes, leaderboard.agreement.alpha) == (10, 1.0)
