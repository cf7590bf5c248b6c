"""Runs of duels: between takes that could change sides, in fair order, learning from each answer."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.ranking.ranking import rank
from ratings.session import duel_run as duelling
from ratings.session.duel_run import ENOUGH, DuelRun
from tests.judging import Judge


@pytest.fixture
def journal(tmp_path):
    return Journal(Library(tmp_path))


@pytest.fixture
def judge(journal):
    """Ann."""
    return Judge(journal.log("ann"))


@pytest.fixture
def history(journal):
    return journal.history


@pytest.fixture
def run(takes, judge, history):
    """A run among the takes of so many numbers."""

    def make(count, **given):
        among = [takes(number, prompt=f"p{number % 5}", seed=number // 5) for number in range(count)]
        return DuelRun(among, history, "ann", "log", **given)

    return make


def answered(run, judge, duels, better):
    """Runs so many duels, `better(take, other)` answering; the questions."""
    asked = []
    for _ in range(duels):
        question = run.next()
        asked.append(question)
        winner = "take" if better(question.take, question.other) else "other"
        run.learn(judge.duel(question.take, question.other, winner, side=question.side, first=question.first))
    return asked


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_takes_make_no_duel(run, count):
    assert run(count).next() is None
    assert run(count).settled() == 0


def test_two_takes_meet_again_and_again(run, judge):
    asked = answered(run(2), judge, 6, lambda take, other: take < other)
    assert all(one.take != one.other for one in asked)


def test_without_any_judgement_all_sorts_of_takes_meet(run, judge, ids):
    asked = answered(run(40), judge, 12, lambda take, other: take < other)
    met = {take for one in asked for take in (one.take, one.other)}
    assert len(met) > 8
    pairs = [frozenset((one.take, one.other)) for one in asked]
    assert len(set(pairs)) == len(pairs)


def test_each_side_and_each_order_comes_once_in_four(run, judge):
    asked = answered(run(30), judge, 16, lambda take, other: take < other)
    for block in range(4):
        cases = Counter((one.side, one.first) for one in asked[4 * block : 4 * block + 4])
        assert set(cases.values()) == {1}
        assert len(cases) == 4


def test_takes_at_the_line_meet_and_hopeless_ones_do_not(run, judge, ids):
    for number in range(60):
        for turn in range(3):
            off = (number + turn) % 3 == 0  # somebody who never wavers is known so well that it hardly matters
            judge.stars(ids(number), 5 - off if number < 8 else 3 + off if number < 14 else 1 + off)
    asked = answered(run(60), judge, 12, lambda take, other: take < other)
    met = Counter(take for one in asked for take in (one.take, one.other))
    assert sum(count for take, count in met.items() if take in {ids(n) for n in range(14, 60)}) <= 4


def test_what_was_rejected_does_not_come_back(run, judge, ids):
    for number in range(40):
        judge.reject(ids(number)) if number % 2 else judge.stars(ids(number), 3)
    asked = answered(run(40), judge, 10, lambda take, other: take < other)
    met = {take for one in asked for take in (one.take, one.other)}
    assert met <= {ids(number) for number in range(0, 40, 2)}


def test_the_named_take_is_in_the_first_duel_against_a_close_rival(run, judge, ids):
    for number in range(20):
        judge.stars(ids(number), 1 + number // 4)
    question = run(20, take=ids(9)).next()
    assert question.take == ids(9)
    near = {ids(number) for number in range(4, 16)}
    assert question.other in near


def test_a_named_take_that_nobody_judged_is_let_in(run, judge, ids):
    for number in range(ENOUGH + 6):
        judge.stars(ids(number), 1 + number % 5)
    question = run(60, take=ids(59)).next()
    assert question.take == ids(59)
    assert question.other in {ids(number) for number in range(ENOUGH + 6)}


def test_answers_find_the_best(run, judge, ids, takes, history):
    rng = np.random.default_rng(4)
    quality = {ids(number): float(value) for number, value in enumerate(rng.normal(size=20))}
    one = run(20)
    one.next()
    assert one.settled() == 0
    answered(one, judge, 60, lambda take, other: quality[take] + 0.2 * rng.normal() > quality[other])
    assert 4 <= one.settled() <= 10
    best = sorted(quality, key=quality.get, reverse=True)
    found = [row.key for row in rank([takes(number) for number in range(20)], history)]
    assert len(set(found[:10]) & set(best[:10])) >= 9


def test_an_answer_taken_back_is_forgotten(run, judge):
    one = run(12)
    question, following = one.next(), one.guess()
    answer = judge.duel(question.take, question.other, "other")
    one.learn(answer)
    assert one.guess() != following
    judge.retract(answer)
    one.again(question)
    assert one.next() == following


def test_of_many_takes_the_best_meet(run, judge, ids, monkeypatch):
    monkeypatch.setattr(duelling, "CONTENDERS", 30)
    for number in range(50):
        judge.stars(ids(number), 1 if number < 20 else 4)
    one = run(50)
    asked = answered(one, judge, 25, lambda take, other: take < other)
    assert len(one) == 30
    assert not {ids(number) for number in range(20)} & {take for each in asked for take in (each.take, each.other)}


def test_the_guess_is_the_next_one_if_nothing_is_said(run, judge):
    one = run(10)
    one.next()
    guess = one.guess()
    assert guess is not None
    assert one.next() == guess
