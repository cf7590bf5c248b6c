"""The mixer: what comes out is the take, and no change of place is a click."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui.playing.player.mixer import FADE, RATE, Mixer

BLOCK = 480


class Whole:
    """A sound that is decoded as far as `ready` says."""

    def __init__(self, samples: np.ndarray, ready: int | None = None) -> None:
        self.samples = samples
        self.ready = len(samples) if ready is None else ready

    @property
    def total(self) -> int:
        return len(self.samples)

    @property
    def certain(self) -> bool:
        return self.ready == len(self.samples)

    def available(self, start: int) -> int:
        return max(0, self.ready - start)

    def read(self, start: int, count: int) -> np.ndarray:
        assert count <= self.available(start)
        view = self.samples[start : start + count]
        view.flags.writeable = False
        return view


def sine(seconds: float, *, hertz: float = 220.0, level: float = 0.5) -> np.ndarray:
    wave = level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)
    return np.stack([wave, wave], axis=1).astype(np.float32)


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-1, 1, (int(seconds * RATE), 2)).astype(np.float32)


def run(mixer: Mixer, frames: int, block: int = BLOCK) -> np.ndarray:
    blocks = []
    while frames > 0:
        out = np.full((min(block, frames), 2), np.nan, np.float32)
        mixer.mix(out)
        blocks.append(out)
        frames -= len(out)
    return np.concatenate(blocks)


def steepest(samples: np.ndarray) -> float:
    return float(np.abs(np.diff(samples, axis=0)).max())


def slope_bound(level: float, hertz: float) -> float:
    """The steepest a sine and a fade over it can be."""
    return level * 2 * np.pi * hertz / RATE + level / FADE


@pytest.mark.parametrize("block", [1, 7, 128, 480, 1000, 4096])
def test_a_take_comes_out_bit_for_bit(block: int) -> None:
    take = noise(0.5)
    take[100] = -0.0
    mixer = Mixer()
    mixer.load(Whole(take))
    out = run(mixer, len(take) + 5000, block)
    assert out[: len(take)].tobytes() == take.tobytes()
    assert not out[len(take) :].any()
    state = mixer.state()
    assert state.ended
    assert not state.playing
    assert state.heard == len(take)


def test_gain_and_volume_are_one_multiplication_each() -> None:
    take = noise(0.2)
    mixer = Mixer()
    mixer.load(Whole(take), gain=0.5)
    assert np.array_equal(run(mixer, 4800), take[:4800] * np.float32(0.5))
    mixer.set_volume(0.25)
    run(mixer, 480)
    assert np.array_equal(run(mixer, 480), take[5280:5760] * np.float32(0.5) * np.float32(0.25))


def test_volume_changes_without_a_click() -> None:
    mixer = Mixer()
    mixer.load(Whole(sine(1.0)))
    head = run(mixer, 4800)
    mixer.set_volume(0.1)
    assert steepest(np.concatenate([head, run(mixer, 9600)])) <= slope_bound(0.5, 220) * 1.01


def test_pause_falls_silent_and_play_loses_nothing() -> None:
    take = sine(1.0)
    mixer = Mixer()
    mixer.load(Whole(take))
    head = run(mixer, 4800)
    mixer.pause()
    held = run(mixer, 4800)
    assert mixer.state().position == 4800
    assert not held[FADE:].any()
    mixer.play()
    tail = run(mixer, 4800)
    assert steepest(np.concatenate([head, held, tail])) <= slope_bound(0.5, 220) * 1.01
    assert np.array_equal(tail[FADE:], take[4800 + FADE : 9600])


def test_pause_and_play_within_a_fade_keep_the_level() -> None:
    """Two places of the same material sum to the level of one: linear fades, no bump and no dip."""
    take = np.full((RATE, 2), 0.5, np.float32)
    mixer = Mixer()
    mixer.load(Whole(take))
    run(mixer, 4800)
    mixer.seek(9600)
    assert np.allclose(run(mixer, 4800), 0.5, rtol=0, atol=2**-24)  # two products are rounded


def test_a_loop_has_its_exact_period_and_no_click() -> None:
    take = sine(2.0, hertz=100.0)  # 480 frames a period: any loop of whole periods joins itself
    mixer = Mixer()
    mixer.load(Whole(take))
    mixer.loop((9600, 24000))
    out = run(mixer, 24000 + 3 * 14400)
    assert np.array_equal(out[:24000], take[:24000])
    for turn in range(3):
        start = 24000 + turn * 14400
        assert np.allclose(out[start : start + 14400], take[9600:24000], rtol=0, atol=1e-6)
    assert steepest(out) <= slope_bound(0.5, 100) * 1.01
    assert mixer.state().heard == 24000
    assert not mixer.state().ended


def test_a_loop_to_the_very_end_fades_before_it() -> None:
    take = sine(0.5, hertz=107.0)
    mixer = Mixer()
    mixer.load(Whole(take))
    mixer.loop((1000, len(take)))
    out = run(mixer, 3 * len(take))
    assert steepest(out) <= slope_bound(0.5, 107) * 1.01
    assert np.array_equal(out[len(take) + FADE : 2 * len(take) - 1000 - FADE], take[1000 + FADE : -FADE])


def test_a_loop_left_while_it_fades_goes_on_at_full_level() -> None:
    take = sine(0.5)
    mixer = Mixer()
    mixer.load(Whole(take))
    mixer.loop((0, len(take)))
    run(mixer, len(take) - FADE + 50)
    mixer.loop(None)
    tail = run(mixer, FADE)
    assert np.array_equal(tail[200 : FADE - 50], take[len(take) - FADE + 250 :])
    assert mixer.state().ended


def test_setting_a_loop_behind_jumps_into_it() -> None:
    mixer = Mixer()
    mixer.load(Whole(noise(1.0)), at=40000)
    run(mixer, 480)
    mixer.loop((1000, 9000))
    assert mixer.state().position == 1000


def test_the_next_take_follows_without_a_gap() -> None:
    ones, twos = np.full((RATE, 2), 0.25, np.float32), np.full((RATE, 2), 0.5, np.float32)
    mixer = Mixer()
    mixer.load(Whole(ones))
    run(mixer, 4800)
    mixer.load(Whole(twos))
    out = run(mixer, 960)
    assert np.all(np.diff(out[:, 0]) >= -1e-6)
    assert np.array_equal(out[FADE:], twos[: 960 - FADE])


def test_it_waits_for_the_decoder_and_goes_on_without_a_click() -> None:
    take = sine(2.0)
    sound = Whole(take, ready=0)
    mixer = Mixer()
    mixer.load(sound)
    assert not run(mixer, 960).any()
    assert mixer.state().waiting
    assert mixer.state().playing
    sound.ready = 24000
    head = run(mixer, 48000)
    assert mixer.state().position == 24000 - FADE
    assert mixer.state().waiting
    assert not mixer.state().ended
    sound.ready = len(take)
    tail = run(mixer, 2 * len(take))
    assert steepest(np.concatenate([head, tail])) <= slope_bound(0.5, 220) * 1.01
    assert mixer.state().ended
    assert mixer.state().heard == len(take)


def test_ended_then_play_starts_over_and_seek_stays() -> None:
    take = noise(0.1)
    mixer = Mixer()
    mixer.load(Whole(take))
    run(mixer, 9600)
    mixer.play()
    assert run(mixer, len(take)).tobytes() == take.tobytes()
    run(mixer, 480)
    mixer.seek(100)
    assert not mixer.state().playing
    assert not mixer.state().ended


def test_heard_counts_each_place_once() -> None:
    mixer = Mixer()
    mixer.load(Whole(noise(1.0)))
    run(mixer, 9600)
    mixer.seek(0)
    run(mixer, 4800)
    mixer.seek(20000)
    run(mixer, 480)
    assert mixer.state().heard == 9600 + 480


_commands = st.one_of(
    st.tuples(st.just("play")),
    st.tuples(st.just("pause")),
    st.tuples(st.just("seek"), st.integers(-100, 40000)),
    st.tuples(st.just("load"), st.integers(0, 1), st.integers(0, 40000), st.booleans()),
    st.tuples(st.just("loop"), st.integers(0, 20000), st.integers(2400, 14000)),
    st.tuples(st.just("unloop")),
    st.tuples(st.just("run"), st.integers(1, 3000)),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(_commands, max_size=25), st.sampled_from([64, 480, 1024]))
def test_no_sequence_of_commands_clicks_or_exceeds_the_level(commands: list[tuple], block: int) -> None:
    takes = [sine(0.7, hertz=150), sine(0.75, hertz=333)]
    for take in takes:  # a beginning and an end at zero, as those are left as they are
        take[:FADE] *= np.linspace(0, 1, FADE, dtype=np.float32)[:, None]
        take[-FADE:] *= np.linspace(1, 0, FADE, dtype=np.float32)[:, None]
    mixer = Mixer()
    mixer.load(Whole(takes[0]))
    heard = [run(mixer, 1000, block)]
    loads = 1
    for command in commands:
        match command:
            case ("play",):
                mixer.play()
            case ("pause",):
                mixer.pause()
            case ("seek", place):
                mixer.seek(place)
            case ("load", which, place, play):
                mixer.load(Whole(takes[which]), at=place, play=play)
                loads += 1
            case ("loop", start, length):
                mixer.loop((start, start + length))
            case ("unloop",):
                mixer.loop(None)
            case ("run", frames):
                heard.append(run(mixer, frames, block))
        state = mixer.state()
        assert 0 <= state.position <= state.total
        assert state.heard <= state.total
        assert not (state.playing and state.ended)
    out = np.concatenate([*heard, run(mixer, 2000, block)])
    assert np.isfinite(out).all()
    assert np.abs(out).max() <= 0.5 + 2**-24
    # Several voices may be on their way at once; each is bounded, and their levels sum to at most 1.
    assert steepest(out) <= 0.5 * 2 * np.pi * 333 / RATE + 3 * 0.5 / FADE
