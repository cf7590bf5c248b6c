"""The silent player goes by its clock, and answers as the one with sound does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui.playing.player.api import Player, Track
from tui.playing.player.silent import SilentPlayer, tidy_loop

TAKE = Track(take="a", path=Path("a.wav"), duration_s=10.0)


class HandClock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def player(clock: HandClock) -> Player:
    return SilentPlayer(clock.monotonic)


def test_nothing_is_loaded_at_first(player: Player) -> None:
    assert player.playhead().take is None
    player.play()
    player.seek(3.0)
    player.loop((1.0, 2.0))
    assert not player.playhead().playing


def test_it_plays_to_the_end_and_starts_over(player: Player, clock: HandClock) -> None:
    player.load(TAKE)
    clock.now += 4
    assert player.playhead().position_s == pytest.approx(4)
    clock.now += 60
    head = player.playhead()
    assert (head.position_s, head.playing, head.ended, head.heard_s) == (10.0, False, True, 10.0)
    player.play()
    clock.now += 1
    assert player.playhead().position_s == pytest.approx(1)


def test_pause_holds(player: Player, clock: HandClock) -> None:
    player.load(TAKE, at_s=2.0)
    clock.now += 1
    player.pause()
    clock.now += 5
    assert player.playhead().position_s == pytest.approx(3)
    player.play()
    clock.now += 1
    assert player.playhead().position_s == pytest.approx(4)


def test_heard_counts_each_place_once(player: Player, clock: HandClock) -> None:
    player.load(TAKE)
    clock.now += 3
    player.seek(1.0)
    clock.now += 1
    player.seek(8.0)
    clock.now += 1
    assert player.playhead().heard_s == pytest.approx(4)


def test_a_loop_repeats(player: Player, clock: HandClock) -> None:
    player.load(TAKE)
    player.loop((2.0, 5.0))
    clock.now += 5.5
    assert player.playhead().position_s == pytest.approx(2.5)
    clock.now += 30
    head = player.playhead()
    assert head.position_s == pytest.approx(2.5)
    assert head.heard_s == pytest.approx(5)
    assert not head.ended
    player.loop(None)
    clock.now += 30
    assert player.playhead().ended


def test_loading_another_forgets_the_loop_and_what_was_heard(player: Player, clock: HandClock) -> None:
    player.load(TAKE)
    player.loop((0.0, 1.0))
    clock.now += 3
    player.load(TAKE, at_s=0.5)
    clock.now += 3
    head = player.playhead()
    assert head.position_s == pytest.approx(3.5)
    assert head.heard_s == pytest.approx(3)


@pytest.mark.parametrize(
    ("span", "tidy"),
    [
        ((5.0, 2.0), (2.0, 5.0)),
        ((-3.0, 99.0), (0.0, 10.0)),
        ((4.0, 4.0), (4.0, 4.05)),
        ((10.0, 10.0), (9.95, 10.0)),
    ],
)
def test_loops_are_put_right(span: tuple[float, float], tidy: tuple[float, float]) -> None:
    assert tidy_loop(span, 10.0) == pytest.approx(tidy)
