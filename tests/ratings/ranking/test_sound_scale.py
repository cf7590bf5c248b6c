"""The sound's own scale: ranked like the composition, and never mixed with it."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.history import sound_history
from ratings.journal import Journal
from ratings.ranking.ranking import rank
from tests.judging import Judge


@pytest.fixture
def journal(tmp_path):
    return Journal(Library(tmp_path))


def test_the_sound_ranks_by_what_was_said_of_it_alone(journal, takes, ids):
    among = [takes(number, prompt="p", seed=number) for number in range(6)]
    judge = Judge(journal.log("ann"))
    for number in range(6):
        judge.stars(ids(number), 1 + number % 5)
        judge.duel(ids(number), ids((number + 1) % 6), "take")
    before = rank(among, journal.history)
    for number, sound in enumerate((5, 4, 3, 2, 1)):
        judge.sound(ids(number), sound)
    after = rank(among, journal.history)
    assert [(row.key, row.score, row.low, row.high) for row in after] == [
        (row.key, row.score, row.low, row.high) for row in before
    ]
    rows = rank(among, sound_history(journal.history))
    assert [row.key for row in rows] == [ids(number) for number in range(5)]
    assert [row.stars for row in rows] == [5, 4, 3, 2, 1]
    assert all(row.judgements == 1 for row in rows)


def test_a_take_of_which_only_the_sound_was_rated_is_not_rated(journal, takes, ids):
    Judge(journal.log("ann")).sound(ids(1), 4)
    assert not journal.history.ratings(ids(1)).rated
    assert journal.history.ratings(ids(1)).stars is None
    assert rank([takes(1)], journal.history) == []


def test_the_latest_word_of_each_listener_counts(journal, ids):
    ann, bob = Judge(journal.log("ann")), Judge(journal.log("bob"))
    ann.sound(ids(1), 1)
    ann.sound(ids(1), 4)
    bob.sound(ids(1), 2)
    assert journal.history.ratings(ids(1)).sound == 3
    assert sound_history(journal.history).ratings(ids(1)).stars == 3


def test_clearing_takes_the_sound_back_too(journal, ids):
    judge = Judge(journal.log("ann"))
    judge.stars(ids(1), 3)
    judge.sound(ids(1), 4)
    judge.mark(ids(1), 2.0)
    Judge(journal.log("bob")).sound(ids(1), 1)
    judge.clear(ids(1))
    verdict = journal.history.ratings(ids(1))
    assert (verdict.stars, verdict.sound, len(verdict.marks)) == (None, 1, 1)


def test_what_was_taken_back_is_no_part_of_it(journal, ids):
    judge = Judge(journal.log("ann"))
    event = judge.sound(ids(1), 4)
    judge.retract(event)
    assert len(sound_history(journal.history)) == 0
