"""What the ranking screen shows, headless: both scales, tops, ears."""

from __future__ import annotations

import pytest

from ratings.journal import Journal
from ratings.ranking.leaderboard import Leaderboard
from tests.judging import Judge


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path)


@pytest.fixture
def among(takes):
    return [takes(number, prompt=f"p{number % 3}", seed=number // 3) for number in range(30)]


def test_of_nothing_there_is_nothing(journal, among):
    for scale in ("composition", "sound"):
        leaderboard = Leaderboard.of(among, journal.history, scale)
        assert not any(leaderboard.ranks.values())
        assert (leaderboard.agreement, leaderboard.both, leaderboard.others) == (None, None, {})
    assert Leaderboard.of([], journal.history).ears == ()


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
    assert all(leaderboard.others[take] == pytest.approx(scores[take], abs=0.05) for take in scores)
    assert leaderboard.ranks["take"] == Leaderboard.of(among, journal.history).ranks["take"]


@pytest.mark.parametrize(("sign", "words"), [(1, "or the sound sways you"), (-1, "badly produced"), (0, "different")])
def test_how_the_scales_go_together_is_said(journal, among, ids, sign, words):
    judge = Judge(journal.log("ann"))
    for number in range(20):
        stars = 1 + number % 5
        judge.stars(ids(number), stars)
        judge.sound(ids(number), {1: stars, -1: 6 - stars, 0: 1 + (number // 5 + number * 3) % 5}[sign])
    assert words in Leaderboard.of(among, journal.history).both


def test_each_listener_is_told_of_and_all_together(journal, among, ids):
    for name in ("ann", "bob"):
        judge = Judge(journal.log(name))
        for number in range(12 if name == "ann" else 10):
            judge.stars(ids(number), 1 + number % 5, blind=True)
    judge.duel(ids(1), ids(2), "take")
    leaderboard = Leaderboard.of(among, journal.history)
    assert [(ears.listener, ears.judgements) for ears in leaderboard.ears] == [("ann", 12), ("bob", 11)]
    assert len(leaderboard.ears[1].words) == 2
    assert "agree" in leaderboard.agreement.lower()
