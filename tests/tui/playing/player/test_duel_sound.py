"""Takes heard in turn, two or six: the other one goes on at the very place, cross-faded, sample for sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Take, digest_of, make_id, utc_now
from tui.playing.deck import Deck
from tui.playing.pairing import LineUp, Pairing
from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.client import AudioPlayer
from tui.playing.player.mixer import FADE
from tui.workspace import Workspace

pytestmark = pytest.mark.sound

RATE = 48_000
HEARD_S, LAG_S = 2.0, 1.5
"""So long one is heard before the other, and by so much the place that is heard may lag behind what has been mixed,
on a busy machine."""


@pytest.fixture
def noises(tmp_path: Path, player: AudioPlayer, get_ready):
    """Makes takes of noise, so many seconds long, for a deck; their samples too."""

    def make(*lengths: float) -> tuple[Deck, list[Take], list[np.ndarray]]:
        root = tmp_path / "lib"
        batch = BatchWriter(Library(root))
        takes, sounds = [], []
        for number, seconds in enumerate(lengths):
            path = batch.folder / f"t{number}.flac"
            noise = np.random.default_rng(20 + number).uniform(-0.4, 0.4, (round(seconds * RATE), 2))
            soundfile.write(path, noise, RATE, subtype="PCM_24")
            sounds.append(soundfile.read(path, dtype="float32", always_2d=True)[0])
            takes.append(
                Take(
                    id=make_id(digest_of(str(number).encode())),
                    batch=batch.name,
                    file=path.name,
                    duration_s=seconds,
                    sample_rate=RATE,
                    channels=2,
                    created_at=utc_now(),
                )
            )
        batch.add(takes)
        workspace = Workspace(root, "ann")
        workspace.refresh()
        deck = Deck(player, workspace)
        get_ready(*map(deck.track, takes))
        return deck, takes, sounds

    return make


@pytest.fixture
def pair(noises):
    def make(*lengths: float) -> tuple[Pairing, list[np.ndarray]]:
        deck, takes, sounds = noises(*lengths)
        return Pairing(deck, *takes), sounds

    return make


def place_of(piece: np.ndarray, sound: np.ndarray) -> int:
    """The frame of `sound` at which `piece` begins."""
    (found,) = np.flatnonzero((sound[: len(sound) - len(piece) + 1] == piece[0]).all(axis=1))
    assert np.array_equal(sound[found : found + len(piece)], piece)
    return int(found)


def switched(out: np.ndarray, at: int, old: np.ndarray, new: np.ndarray) -> tuple[int, int, int]:
    """`old` sounds from its frame `at` until it turns into `new`: frame of the turn in `out`, in `old`, in `new`."""
    rest = old[at : at + len(out)]
    turn = int(np.flatnonzero((out[: len(rest)] != rest[: len(out)]).any(axis=1))[0]) - 1
    place = place_of(out[turn + FADE : turn + FADE + 64], new) - FADE
    rise = (np.arange(FADE) / FADE)[:, None]
    expected = old[at + turn : at + turn + FADE] * (1 - rise) + new[place : place + FADE] * rise
    assert np.abs(out[turn : turn + FADE] - expected).max() <= 2**-24  # two products are rounded
    return turn, at + turn, place


def go_to_and_wait(pairing: Pairing, place_s: float, fifo, player: AudioPlayer, decoded) -> None:
    """Have the first one stand there, until both are decoded from the third chunk on."""
    pairing.go_to("a", place_s)
    player.pause()
    fifo.read_while(lambda: decoded(2) < 2)
    fifo.read(RATE)  # what was on its way when it was paused


def test_the_other_one_goes_on_at_the_place_that_was_heard(fifo, pair, player) -> None:
    pairing, (a, b) = pair(8.0, 8.0)
    pairing.begin()
    out = [fifo.read_while(lambda: player.playhead().heard_s < HEARD_S)]
    pairing.swap()
    out.append(fifo.read_while(lambda: player.playhead().heard_s < 1.0))
    pairing.swap()
    out.append(fifo.read_while(lambda: not player.playhead().ended))
    out.append(fifo.read(RATE // 2))
    capture = np.concatenate(out)
    capture = capture[int(np.flatnonzero((capture == a[FADE + 100]).all(axis=1))[0]) :]
    turn, left, place = switched(capture, FADE + 100, a, b)
    assert 0 <= left - place < LAG_S * RATE
    back, left, again = switched(capture[turn + FADE :], place + FADE, b, a)
    assert 0 <= left - again < LAG_S * RATE
    rest = capture[turn + FADE + back + FADE :]
    tail = a[again + FADE :]
    assert np.array_equal(rest[: len(tail)], tail)
    assert not rest[len(tail) :].any()
    pairing.follow(player.playhead())
    assert 1.0 <= pairing.heard_s("b") <= (back + 2 * FADE) / RATE


def test_far_into_long_takes_the_other_one_is_decoded_ahead(fifo, pair, player, decoded) -> None:
    place = 2.0 * CHUNK_SECONDS + 5
    pairing, (a, b) = pair(place + 6, place + 6)
    pairing.begin()
    go_to_and_wait(pairing, place, fifo, player, decoded)
    before = player.playhead().heard_s
    player.play()
    out = [fifo.read_while(lambda: player.playhead().heard_s < before + 0.5)]
    pairing.swap()
    out.append(fifo.read_while(lambda: player.playhead().heard_s < 0.5))
    capture = np.concatenate(out)
    capture = capture[np.flatnonzero(~capture.any(axis=1))[-1] + FADE + 100 :]
    _, left, found = switched(capture, place_of(capture[:64], a), a, b)
    assert 0 <= left - found < LAG_S * RATE


def test_near_a_chunk_s_end_the_next_chunk_is_there_too(fifo, pair, player, decoded) -> None:
    place = 2.0 * CHUNK_SECONDS - 0.3
    pairing, _ = pair(place + 6, place + 6)
    pairing.begin()
    go_to_and_wait(pairing, place - 5, fifo, player, decoded)
    pairing.go_to("b", place)
    heard = fifo.read_while(lambda: player.playhead().heard_s < 1.0)
    sounding = np.flatnonzero(heard.any(axis=1))
    inside = heard[sounding[0] : sounding[-1] + 1]
    assert not (~inside.any(axis=1)).any()


def test_a_shorter_take_that_is_over_begins_anew(fifo, pair, player) -> None:
    pairing, (a, b) = pair(5.0, 1.5)
    pairing.begin()
    out = [fifo.read_while(lambda: player.playhead().position_s < 2.0)]
    pairing.swap()
    out.append(fifo.read_while(lambda: not player.playhead().ended))
    capture = np.concatenate(out)
    start = int(np.flatnonzero((capture == a[FADE + 100]).all(axis=1))[0])
    _, _, place = switched(capture[start:], FADE + 100, a, b)
    assert place == 0


def test_six_far_into_long_takes_are_all_ready_and_go_on_at_the_place_that_was_heard(
    fifo, noises, player, decoded
) -> None:
    place = 1.0 * CHUNK_SECONDS + 5
    deck, takes, sounds = noises(*[place + 12] * 6)
    line = LineUp(deck, takes)
    line.begin(0)
    line.go_to(0, place)
    player.pause()
    fifo.read_while(lambda: decoded(1) < len(takes))
    fifo.read(RATE)  # what was on its way when it was paused
    before = player.playhead().heard_s
    player.play()
    out = [fifo.read_while(lambda: player.playhead().heard_s < before + 0.5)]
    for number in (3, 5, 1, 4, 2):
        line.switch(number)
        out.append(fifo.read_while(lambda: player.playhead().heard_s < 0.5))
    capture = np.concatenate(out)
    capture = capture[np.flatnonzero(~capture.any(axis=1))[-1] + FADE + 100 :]
    at, now = place_of(capture[:64], sounds[0]), 0
    for number in (3, 5, 1, 4, 2):
        turn, left, found = switched(capture, at, sounds[now], sounds[number])
        assert 0 <= left - found < LAG_S * RATE
        capture, at, now = capture[turn + FADE :], found + FADE, number
