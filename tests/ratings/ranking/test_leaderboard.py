"""What the ranking screen shows, headless: both scales, tops, listeners."""

from __future__ import annotations

import numpy as np
import pytest

from library.library import Library
from library.take import Recipe
from ratings.errors import ListenerError
from ratings.journal import Journal
from ratings.ranking.leaderboard import Leaderboard, ScaleCorrelation
from ratings.ranking.listeners import known_listener, rank_listeners
from ratings.ranking.ranking import RankedTakes
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
    assert leaderboard.tops == {"take": 6, "prompt": 1, "seed": 2, "word": 1, "made": 0}
    for number in range(12, 30):
        judge.stars(ids(number), 1 + number % 5)
    assert Leaderboard.of(among, journal.history).tops["take"] == 10


def test_each_listener_has_a_ranking_of_their_own(journal, among, ids):
    """That of one who hears the opposite is turned round, and lists what that one judged alone."""
    ann, bob = Judge(journal.log("ann")), Judge(journal.log("bob"))
    for number in range(15):
        ann.stars(ids(number), 1 + number % 5)
    for number in range(10):
        bob.stars(ids(number), 5 - number % 5)
    every = Leaderboard.of(among, journal.history)
    own = {name: Leaderboard.of(among, journal.history, listener=name) for name in ("ann", "bob")}
    assert {row.key for row in own["bob"].ranks["take"]} == {ids(number) for number in range(10)}
    assert own["ann"].ranks["take"][0].key in (ids(4), ids(9), ids(14))
    assert own["bob"].ranks["take"][0].key in (ids(0), ids(5))
    alone = Journal(Library(journal.library.root))
    alone.refresh()
    assert own["ann"].ranks == Leaderboard.of(among, alone.history.of("ann")).ranks
    assert own["bob"].listeners == own["ann"].listeners == every.listeners
    assert [one.listener for one in every.listeners] == ["ann", "bob"]
    assert own["ann"].agreement == every.agreement
    assert (every.listener, own["ann"].listener) == (None, "ann")


def test_listeners_in_numbers(journal, among, ids):
    """What is not known of one yet is told of nobody."""
    ann, bob = Judge(journal.log("ann")), Judge(journal.log("bob"))
    for number in range(12):
        ann.stars(ids(number), 1 + number % 5)
        bob.stars(ids(number), 1 + (number + (number % 4 == 0)) % 5)
    Judge(journal.log("cleo")).note(ids(0), "hm")
    found = rank_listeners(RankedTakes.judged(among, journal.history))
    assert [(one.listener, one.answers, one.noise, one.drift) for one in found] == [
        ("ann", 12, None, None),
        ("bob", 12, None, None),
    ]
    assert 0.3 < found[0].agreement == found[1].agreement < 1
    rng = np.random.default_rng(0)
    for _ in range(4):
        for number in range(30):
            ann.stars(ids(number), int(np.clip(1 + number % 5 + rng.integers(-1, 2), 1, 5)))
    ann_now, bob_now = rank_listeners(RankedTakes.judged(among, journal.history))
    assert (ann_now.answers, bob_now.noise) == (132, None)
    assert ann_now.noise > 0.1
    assert ann_now.drift > 0
    assert rank_listeners(RankedTakes.judged(among, journal.history.of("ann")))[0].agreement is None
    assert rank_listeners(RankedTakes.judged([], journal.history)) == []


def test_a_listener_who_said_nothing_is_not_known(journal, ids):
    Judge(journal.log("ann")).stars(ids(0), 3)
    assert known_listener(" ann ", journal.history) == "ann"
    with pytest.raises(ListenerError, match=r"eve.*nothing") as told:
        known_listener("eve", journal.history)
    assert "ann" in told.value.remedy


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


def test_what_differs_among_judged_takes_is_ranked_factor_by_factor(journal, takes, ids):
    judge = Judge(journal.log("ann"))

    def made(number, guidance, generator):
        recipe = Recipe(generator=generator, prompt="a", seed=1, duration_s=1.0, settings={"guidance": guidance})
        return takes(number, prompt="a", generator=generator, recipe=recipe)

    among = [made(n, 2.0 + n % 2, "g") for n in range(6)] + [made(6, 9.0, "unheard")]
    for number in range(6):
        judge.stars(ids(number), 1 + 3 * (number % 2))
    leaderboard = Leaderboard.of(among, journal.history)
    assert [(row.factor, row.key) for row in leaderboard.ranks["made"]] == [
        ("set:guidance", 3.0), ("set:guidance", 2.0)
    ]  # fmt: skip


def test_seeds_that_mean_nothing_are_not_ranked(journal, takes, ids):
    judge = Judge(journal.log("ann"))
    deaf = [takes(n, prompt="a", seed=n, generator="deaf") for n in range(3)]
    for number in range(6):
        judge.stars(ids(number), 1 + number % 5)
    alone = Leaderboard.of(deaf, journal.history, seedless={"deaf"})
    assert not alone.seeds_matter
    assert alone.ranks["seed"] == []
    among = [*deaf, *(takes(n, prompt="a", seed=n, generator="keeps") for n in range(3, 6))]
    mixed = Leaderboard.of(among, journal.history, seedless={"deaf"})
    assert mixed.seeds_matter
    assert {row.key for row in mixed.ranks["seed"]} == {3, 4, 5}
    assert Leaderboard.of([takes(9, prompt="a")], journal.history, seedless={"deaf"}).seeds_matter
