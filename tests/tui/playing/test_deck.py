"""The deck: what is on, level-matched, seeking within it, and the loop between marks."""

from __future__ import annotations

import pytest

from library.sound.outline import Outline
from library.take import Take, make_id
from tui.playing.deck import Deck
from tui.playing.player.silent import SilentPlayer, Stopwatch
from tui.workspace import Workspace


def make_take(number, **given):
    values = {
        "id": make_id(bytes([number] * 10)),
        "batch": "b",
        "file": f"{number}.flac",
        "duration_s": 20.0,
        "sample_rate": 8000,
        "channels": 1,
        "created_at": "2026-01-01T00:00:00Z",
    }
    return Take(**{**values, **given})


@pytest.fixture
def deck(tmp_path):
    """A deck with a clock that stands still."""
    return Deck(SilentPlayer(Stopwatch().monotonic), Workspace(tmp_path / "lib", "ann"))


def test_with_nothing_on_nothing_happens(deck):
    deck.toggle(None)
    deck.seek_by(5)
    assert deck.cycle_loop([1.0]) is None
    assert deck.take is None
    assert deck.heard_s(make_take(1)) == 0


def test_space_starts_pauses_and_goes_to_another_take(deck):
    one, two = make_take(1), make_take(2)
    deck.toggle(one)
    assert deck.playhead().playing
    deck.seek_by(7)
    deck.toggle(two)
    assert deck.take == one
    assert not deck.playhead().playing
    deck.toggle(one)
    assert deck.playhead().position_s == 7
    deck.toggle(one)
    deck.toggle(two)
    assert deck.take == two
    assert deck.playhead().position_s == 0


def test_seeking_stays_in_the_take(deck):
    deck.load(make_take(1))
    deck.seek_by(-5)
    assert deck.playhead().position_s == 0
    deck.seek_by(100)
    assert deck.playhead().position_s == 20


@pytest.mark.parametrize(
    ("position", "marks", "span"),
    [(7, [5, 9], (5, 9)), (2, [5, 9], (0, 5)), (12, [9, 5], (9, 20)), (7, [], (0, 20)), (5, [5, 9], (5, 9))],
)
def test_the_loop_lies_between_the_marks_around_the_playhead(deck, position, marks, span):
    deck.load(make_take(1), at_s=position)
    assert deck.cycle_loop(marks) == span == deck.player.looping
    assert deck.cycle_loop(marks) is None
    assert deck.player.looping is None
    deck.cycle_loop(marks)
    deck.load(make_take(2))
    assert deck.looping is None


def test_loud_takes_are_turned_down_to_the_common_level(deck):
    loud, quiet = (deck.track(make_take(1, lufs=lufs, true_peak_db=-6.0)).gain_db for lufs in (-8.0, -30.0))
    assert loud < 0
    assert loud < quiet


class Known:
    """Outlines that are at hand from some moment on."""

    def __init__(self):
        self.of = {}

    def at_hand(self, take, path):
        return self.of.get(take.id)


@pytest.fixture
def known():
    return Known()


@pytest.fixture
def listening(tmp_path, known):
    """A deck that knows outlines, and its clock."""
    clock = Stopwatch()
    return Deck(SilentPlayer(clock.monotonic), Workspace(tmp_path / "lib", "ann"), known)


def outline(*sections, strongest_s=0.0):
    return Outline(b"\xff", b"\xff", b"\x00", (), sections, strongest_s)


def test_takes_start_where_they_are_to(listening, known):
    one, two, short = make_take(1), make_take(2), make_take(3, duration_s=5.0)
    known.of[two.id] = outline(strongest_s=8.0)
    listening.load(two)
    assert listening.playhead().position_s == 0
    listening.starts = "strongest"
    listening.load(two)
    assert listening.playhead().position_s == 8
    listening.load(two, at_s=0.0)
    assert listening.playhead().position_s == 0
    listening.starts = "place"
    listening.player.seek(12.0)
    listening.loop((10.0, 14.0))
    listening.load(one)
    assert listening.playhead().position_s == 12
    assert listening.looping == (10.0, 14.0)
    listening.load(short)
    assert listening.playhead().position_s == 0
    assert listening.looping is None


def test_a_strongest_passage_that_is_found_late_is_gone_to_only_at_the_very_beginning(listening, known):
    listening.starts = "strongest"
    one, two = make_take(1), make_take(2)
    listening.load(one)
    listening.find_start()
    assert listening.playhead().position_s == 0
    known.of[one.id] = known.of[two.id] = outline(strongest_s=8.0)
    listening.find_start()
    assert listening.playhead().position_s == 8
    listening.player.seek(2.0)
    listening.find_start()
    assert listening.playhead().position_s == 2  # it was found, and left


def test_sections_and_marks_are_gone_to_in_turn(listening, known):
    take = make_take(1)
    known.of[take.id] = outline(5.0, 15.0)
    listening.load(take)
    assert [listening.go_to_section(1, [9.0]) for _ in range(4)] == [5, 9, 15, None]
    assert [listening.go_to_section(-1, [9.0]) for _ in range(4)] == [9, 5, 0, 0]
    assert listening.playhead().position_s == 0


def test_replaying_goes_to_the_last_mark_or_where_it_began(listening):
    take = make_take(1)
    listening.load(take, at_s=3.0)
    listening.player.seek(9.0)
    listening.player.pause()
    assert listening.replay([5.0, 8.0, 12.0]) == 8
    assert listening.playhead().playing
    assert listening.replay([]) == 3
