"""A pair on one deck: the same place on the other side, what has sounded of both, and the loop."""

from __future__ import annotations

import pytest

from library.take import Take, make_id
from tui.playing.deck import Deck
from tui.playing.pairing import Pairing
from tui.playing.player.silent import SilentPlayer
from tui.workspace import Workspace


class HandClock:
    """Time that passes when the test says so."""

    def __init__(self):
        self.now = 100.0

    def monotonic(self):
        return self.now


def make_take(number, seconds):
    return Take(
        id=make_id(bytes([number] * 10)),
        batch="b",
        file=f"{number}.flac",
        duration_s=seconds,
        sample_rate=8000,
        channels=1,
        created_at="2026-01-01T00:00:00Z",
    )


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
def deck(tmp_path, clock):
    return Deck(SilentPlayer(clock.monotonic), Workspace(tmp_path / "lib", "ann"))


def begun(deck, first="a", lengths=(20.0, 20.0)):
    pairing = Pairing(deck, make_take(1, lengths[0]), make_take(2, lengths[1]), first)
    pairing.begin()
    return pairing


@pytest.mark.parametrize("first", ["a", "b"])
def test_the_one_to_be_heard_first_plays_from_its_start(deck, first):
    pairing = begun(deck, first)
    assert pairing.on == first
    assert deck.take == pairing.take(first)
    assert deck.playhead().playing
    assert deck.playhead().position_s == 0


def test_the_other_one_plays_from_the_same_place_and_back(deck, clock):
    pairing = begun(deck)
    clock.now += 4
    assert pairing.swap() == "b"
    assert deck.playhead().take == pairing.b.id
    assert deck.playhead().position_s == pytest.approx(4)
    clock.now += 2.5
    assert pairing.swap() == "a"
    assert deck.playhead().position_s == pytest.approx(6.5)
    assert deck.playhead().playing


def test_a_take_that_is_over_by_then_begins_anew(deck, clock):
    pairing = begun(deck, lengths=(20.0, 5.0))
    clock.now += 12
    pairing.swap()
    assert deck.playhead().position_s == 0
    clock.now += 5.5
    assert deck.playhead().ended
    pairing.swap()
    assert deck.playhead().position_s == pytest.approx(5)
    assert deck.playhead().playing


@pytest.mark.parametrize(("length", "place"), [(1.0, 0.45), (20.0, 19.4)])
def test_a_take_begins_anew_where_too_little_is_left_of_it_for_a_verdict(deck, clock, length, place):
    pairing = begun(deck, "b", lengths=(length, length))
    pairing.go_to("b", place)
    clock.now += 0.05
    pairing.swap()
    assert deck.playhead().position_s == 0
    clock.now += 1.1
    pairing.swap()
    clock.now += 1.1
    pairing.follow(deck.playhead())
    assert pairing.unheard is None


def test_two_that_played_to_the_end_begin_anew(deck, clock):
    pairing = begun(deck)
    clock.now += 30
    pairing.swap()
    assert deck.playhead().position_s == 0
    assert deck.playhead().playing


def test_a_paused_pair_sounds_again_when_the_other_is_asked_for(deck, clock):
    pairing = begun(deck)
    clock.now += 3
    deck.player.pause()
    pairing.swap()
    assert deck.playhead().playing
    assert deck.playhead().position_s == pytest.approx(3)


def test_seconds_heard_are_added_up_over_all_visits(deck, clock):
    pairing = begun(deck)
    for _ in range(2):
        clock.now += 2
        pairing.follow(deck.playhead())
        clock.now += 1
        pairing.swap()
        clock.now += 1.5
        pairing.swap()
    assert pairing.heard_s("a") == pytest.approx(6)
    assert pairing.heard_s("b") == pytest.approx(3)
    assert pairing.heard_s() == pytest.approx(9)


def test_hearing_one_from_its_start_again_goes_on_counting(deck, clock):
    pairing = begun(deck)
    clock.now += 3
    pairing.follow(deck.playhead())
    deck.load(pairing.a)
    clock.now += 1
    pairing.follow(deck.playhead())
    clock.now += 1
    pairing.follow(deck.playhead())
    assert pairing.heard_s("a") == pytest.approx(5)


def test_a_verdict_needs_both_to_have_sounded(deck, clock):
    pairing = begun(deck, "b")
    assert pairing.unheard == "a"
    clock.now += 1.2
    pairing.swap()
    assert pairing.unheard == "a"
    clock.now += 1.2
    pairing.follow(deck.playhead())
    assert pairing.unheard is None


def test_of_a_very_short_take_it_is_enough_to_hear_it_out(deck, clock):
    pairing = begun(deck, lengths=(0.6, 0.6))
    clock.now += 1
    pairing.swap()
    clock.now += 1
    pairing.follow(deck.playhead())
    assert pairing.unheard is None


def test_a_loop_goes_along_where_both_have_it(deck, clock):
    pairing = begun(deck, lengths=(20.0, 9.0))
    clock.now += 6
    assert deck.cycle_loop([5.0, 8.0]) == (5.0, 8.0)
    pairing.swap()
    assert deck.looping == (5.0, 8.0)
    clock.now += 3
    assert deck.playhead().position_s == pytest.approx(6)
    pairing.swap()
    deck.cycle_loop([])
    deck.cycle_loop([5.0, 12.0])
    pairing.swap()
    assert deck.looping is None


def test_a_place_pointed_at_is_heard_on_that_side(deck, clock):
    pairing = begun(deck)
    pairing.go_to("a", 7)
    assert (pairing.on, deck.playhead().position_s) == ("a", 7)
    clock.now += 1
    pairing.go_to("b", 3)
    assert (pairing.on, deck.playhead().position_s) == ("b", 3)
    assert pairing.heard_s("a") == pytest.approx(1)


def test_what_another_screen_plays_is_none_of_its_business(deck, clock):
    pairing = begun(deck)
    clock.now += 2
    pairing.follow(deck.playhead())
    deck.load(make_take(3, 20.0))
    clock.now += 5
    pairing.follow(deck.playhead())
    assert pairing.on is None
    assert pairing.heard_s() == pytest.approx(2)
    pairing.swap()
    assert pairing.on == "a"
    assert deck.playhead().position_s == 0
