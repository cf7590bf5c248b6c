"""What reaches ALSA is what was asked for, sample for sample."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import soundfile
import soxr

from tui.playing.player.api import Track
from tui.playing.player.cache import CHUNK_SECONDS
from tui.playing.player.client import AudioPlayer
from tui.playing.player.mixer import FADE

pytestmark = pytest.mark.sound

RATE = 48_000


def play_out(fifo, player: AudioPlayer) -> np.ndarray:
    """All that sounds from now on until the take has ended, and half a second more."""
    sounding = fifo.read_while(lambda: not player.playhead().ended)
    return np.concatenate([sounding, fifo.read(RATE // 2)])


def sounded(capture: np.ndarray) -> np.ndarray:
    """The capture from its first sample that is not silent."""
    return capture[np.flatnonzero(capture.any(axis=1))[0] :]


def departs(capture: np.ndarray, take: np.ndarray) -> int:
    """The first frame at which the two differ."""
    length = min(len(capture), len(take))
    return int(np.flatnonzero((capture[:length] != take[:length]).any(axis=1))[0])


ROUNDING = 2**-25
"""Of two products of samples under 0.25 in float32."""


def crossfade(old: np.ndarray, new: np.ndarray) -> np.ndarray:
    rise = (np.arange(FADE) / FADE)[:, None]
    return old[:FADE] * (1 - rise) + new[:FADE] * rise


def play_until(fifo, player: AudioPlayer, heard_s: float) -> np.ndarray:
    return fifo.read_while(lambda: player.playhead().heard_s < heard_s)


@pytest.fixture
def put_on(player: AudioPlayer, make_track: Callable[..., Track], get_ready) -> Callable[..., Track]:
    """Plays a take of these samples as soon as it can sound without a gap."""

    def put_on(samples: np.ndarray, *, at_s: float = 0.0, **given: float) -> Track:
        track = make_track("a", samples, **given)
        get_ready(track)
        player.load(track, at_s=at_s)
        return track

    return put_on


def test_a_take_is_heard_bit_for_bit(fifo, player, put_on) -> None:
    take = noise(2.0, seed=1)
    put_on(take)
    out = sounded(play_out(fifo, player))
    assert out[: len(take)].tobytes() == take.tobytes()
    assert not out[len(take) :].any()
    head = player.playhead()
    assert head.heard_s == pytest.approx(2.0)
    assert head.position_s == pytest.approx(2.0)


def test_the_level_is_one_factor(fifo, player, put_on) -> None:
    take = noise(1.0, seed=2)
    put_on(take, gain_db=-6.5)
    out = sounded(play_out(fifo, player))
    assert np.array_equal(out[: len(take)], take * np.float32(10 ** (-6.5 / 20)))


def test_the_next_take_follows_without_a_gap(fifo, player, make_track, get_ready) -> None:
    first, second = noise(4.0, seed=3), noise(1.0, seed=4)
    tracks = [make_track("a", first), make_track("b", second)]
    get_ready(*tracks)
    player.load(tracks[0])
    head = play_until(fifo, player, 1.0)
    player.load(tracks[1])
    out = sounded(np.concatenate([head, play_out(fifo, player)]))
    at = departs(out, first)
    assert at >= RATE
    at -= 1  # the fade's own first frame is still the old take alone
    if not np.array_equal(out[at + FADE : at + FADE + 100], second[FADE : FADE + 100]):
        at += 1
    assert np.array_equal(out[at + FADE : at + len(second)], second[FADE:])
    assert np.allclose(out[at : at + FADE], crossfade(first[at:], second), rtol=0, atol=ROUNDING)
    assert not out[at + len(second) :].any()


def test_a_seek_lands_on_the_frame(fifo, player, put_on) -> None:
    take = noise(5.0, seed=5)
    put_on(take)
    head = play_until(fifo, player, 1.0)
    player.seek(4.0)
    out = sounded(np.concatenate([head, play_out(fifo, player)]))
    at = departs(out, take) - 1
    rest = take[4 * RATE :]
    assert np.array_equal(out[at + FADE : at + len(rest)], rest[FADE:])
    assert np.allclose(out[at : at + FADE], crossfade(take[at:], rest), rtol=0, atol=ROUNDING)


def test_pause_holds_and_play_goes_on(fifo, player, put_on) -> None:
    take = noise(3.0, seed=6)
    put_on(take)
    head = play_until(fifo, player, 1.0)
    player.pause()
    held = fifo.read(RATE)
    position = player.playhead().position_s
    assert not player.playhead().playing
    player.play()
    out = sounded(np.concatenate([head, held, play_out(fifo, player)]))
    place = round(position * RATE)
    assert np.array_equal(out[:place], take[:place])
    rest = take[place + FADE :]
    tail = out[np.flatnonzero(out.any(axis=1))[-1] + 1 - len(rest) :][: len(rest)]
    assert np.array_equal(tail, rest)
    assert (~out.any(axis=1)).sum() > RATE // 4


def test_a_loop_repeats_to_the_frame(fifo, player, put_on) -> None:
    take = noise(3.0, seed=7)
    put_on(take)
    player.loop((0.5, 1.25))
    head = play_until(fifo, player, 1.25)
    out = sounded(np.concatenate([head, fifo.read(4 * RATE)]))
    start, end = RATE // 2, 5 * RATE // 4
    assert np.array_equal(out[:end], take[:end])
    turns = (len(out) - end) // (end - start)
    assert turns >= 4
    for turn in range(turns):
        at = end + turn * (end - start)
        assert np.array_equal(out[at + FADE : at + end - start], take[start + FADE : end])
        assert np.allclose(out[at : at + FADE], crossfade(take[end:], take[start:]), rtol=0, atol=ROUNDING)
    assert player.playhead().heard_s == pytest.approx(1.25)


def test_other_rates_are_resampled_and_mono_is_on_both_sides(fifo, player, put_on) -> None:
    rate = 32_000
    take = np.random.default_rng(8).uniform(-0.5, 0.5, (2 * rate, 1)).astype(np.float32)
    put_on(take, rate=rate)
    out = sounded(play_out(fifo, player))
    assert np.array_equal(out[:, 0], out[:, 1])
    expected = soxr.resample(take[:, 0], rate, RATE, quality="HQ")
    first = np.flatnonzero(expected)[0]
    assert np.allclose(out[: len(expected) - first, 0], expected[first:], rtol=0, atol=ROUNDING)


def test_a_very_long_take_starts_at_once_and_seeks_far(fifo, player, tmp_path) -> None:
    """Forty minutes, of which only what is near the play head is decoded."""
    rate, minutes = 8_000, 40
    levels = np.repeat(np.arange(minutes * 60, dtype=np.float32) / 4096, rate)  # each second has its own
    path = tmp_path / "long.flac"
    soundfile.write(path, levels, rate, subtype="PCM_24")
    player.load(Track("long", path, minutes * 60.0), at_s=1.5)
    out = sounded(np.concatenate([play_until(fifo, player, 0.2), fifo.read(RATE)]))
    assert out[FADE + 100, 0] == pytest.approx(1 / 4096, rel=1e-4)
    place = 35 * 60 + 10.5
    player.seek(place)
    head = fifo.read_while(lambda: player.playhead().position_s < place + 0.2)
    out = np.concatenate([head, fifo.read(RATE // 4)])
    assert np.isclose(out[:, 0], (place // 1) / 4096, rtol=1e-4, atol=0).any()  # the next second is 5e-4 louder
    chunks = {path.name.split(".")[1] for path in (tmp_path / "cache").glob("*/*.pcm")}
    assert str(int(place) // CHUNK_SECONDS) in chunks
    assert len(chunks) <= 10


def test_a_take_of_several_chunks_has_no_seams(fifo, player, put_on) -> None:
    take = noise(CHUNK_SECONDS + 3.0, seed=10)
    start = CHUNK_SECONDS - 1
    put_on(take, at_s=float(start))
    out = sounded(play_out(fifo, player))
    rest = take[start * RATE :]
    missed = 1 if np.array_equal(out[FADE : FADE + 9], rest[FADE + 1 : FADE + 10]) else 0  # a fade begins at silence
    assert np.array_equal(out[FADE : len(rest) - missed], rest[FADE + missed :])


def test_a_loop_over_several_chunks_jumps_back_without_a_gap(fifo, player, put_on, decoded) -> None:
    take = noise(2 * CHUNK_SECONDS + 3.0, seed=11)
    span = (CHUNK_SECONDS - 1.0, 2 * CHUNK_SECONDS + 0.5)
    put_on(take, at_s=span[0])
    player.loop(span)
    play_until(fifo, player, 0.5)
    fifo.read_while(lambda: not decoded(2))
    player.seek(span[1] - 0.5)
    head = fifo.read_while(lambda: player.playhead().position_s > span[0] + 1 or player.playhead().position_s < span[0])
    out = sounded(np.concatenate([head, fifo.read(RATE)]))
    assert np.all(out.any(axis=1)[:-1])


def test_an_undecodable_take_says_so_and_the_next_one_plays(fifo, player, put_on, tmp_path) -> None:
    junk = tmp_path / "junk.wav"
    junk.write_bytes(b"RIFF" + b"\xff" * 500)
    player.load(Track("junk", junk, 3.0))
    fifo.read_while(lambda: player.playhead().error is None)
    assert "junk.wav" in str(player.playhead().error)
    assert not player.playhead().playing
    take = noise(0.5, seed=9)
    put_on(take)
    assert player.playhead().error is None
    out = sounded(play_out(fifo, player))
    assert out[: len(take)].tobytes() == take.tobytes()


def noise(seconds: float, *, seed: int) -> np.ndarray:
    """Stereo noise no sample of which is 0, so that its place in a capture is unmistakable."""
    samples = np.random.default_rng(seed).uniform(0.01, 0.1, (int(seconds * RATE), 2))
    return samples.astype(np.float32)
