"""Loudness against pyloudnorm and the standard's known answers; flags; outlines."""

from __future__ import annotations

import math
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import freqz, lfilter, resample_poly

from library.sound.buffer_pool import Buffers
from library.sound.k_weighting import FILTER_FRAMES, KWeighting, sections
from library.sound.loudness_meter import Meter, measure
from library.sound.true_peak import BLOCK, HISTORY, PHASES, TruePeak, block_peaks
from tests.needs import LINUX

ROOT = Path(__file__).parents[3]
ROUNDING = 0.001
"""A loudness is rounded to a thousandth of a LU, and the filter's float32 costs as little again."""


def sine(hertz: float, seconds: float, rate: int = 48000, gain: float = 1.0, phase: float = 0.0) -> np.ndarray:
    angle = 2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate + phase
    return (gain * np.sin(angle)).astype(np.float32)[:, None]


def faded(samples: np.ndarray) -> np.ndarray:
    return samples * np.linspace(1, 0, len(samples), dtype=np.float32)[:, None]


SHELF = (1.53512485958697, -2.69169619938640, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585)
HIGH_PASS = (1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621)
"""Tables 1 and 2 of BS.1770-4: (b, a) at 48 kHz."""


class Section:
    """One of the two filters, as pyloudnorm applies it."""

    def __init__(self, coefficients) -> None:
        self._coefficients = coefficients

    def apply_filter(self, samples: np.ndarray) -> np.ndarray:
        return lfilter(*self._coefficients, samples)


def reference(rate: int) -> pyloudnorm.Meter:
    """pyloudnorm with our filters, whose responses are compared with the standard's."""
    meter = pyloudnorm.Meter(rate)
    meter._filters = dict(enumerate(map(Section, sections(rate))))  # noqa: SLF001 - there is no other way to them
    return meter


RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 64000, 88200, 96000, 176_400, 192_000)


@pytest.mark.parametrize("rate", RATES)
def test_a_full_scale_sine_in_one_channel_has_the_loudness_the_standard_says(rate: int) -> None:
    """BS.1770-4, Annex 1: 997 Hz reads -3.01 LKFS."""
    assert measure(sine(997, 5, rate), rate).lufs == pytest.approx(-3.01, abs=0.0011)


@pytest.mark.parametrize("rate", RATES)
def test_the_weighting_is_that_of_the_standards_tables_at_every_rate(rate: int) -> None:
    """The response to a click against the tables' own."""
    click = np.zeros((1, 20 * FILTER_FRAMES), np.float32)
    click[0, 0] = 1
    response = KWeighting(rate, 1, click.shape[1], Buffers()).filter(click)[0].astype(np.float64)
    hertz = np.geomspace(100, min(15_000, 0.48 * rate), 200)
    ours = freqz(response, worN=hertz, fs=rate)[1]
    theirs = freqz(*SHELF, worN=hertz, fs=48_000)[1] * freqz(*HIGH_PASS, worN=hertz, fs=48_000)[1]
    assert np.abs(20 * np.log10(np.abs(ours / theirs))).max() < {8000: 0.04, 11_025: 0.01, 12_000: 0.01}.get(
        rate, 0.003
    )


@settings(max_examples=40, deadline=None)
@given(
    seconds=st.floats(0.41, 4),
    rate=st.sampled_from([8000, 22050, 44100, 48000, 96000]),
    channels=st.sampled_from([1, 2, 3, 5]),  # quad it takes for left, right, centre and one surround
    seed=st.integers(0, 99),
    chunk=st.integers(50, 60_000),
)
def test_loudness_is_that_of_pyloudnorm_in_chunks_of_any_size(
    seconds: float, rate: int, channels: int, seed: int, chunk: int
) -> None:
    rng = np.random.default_rng(seed)
    samples = (rng.standard_normal((int(seconds * rate), channels)) * 0.1).astype(np.float32)
    samples *= np.linspace(0.001, 1, len(samples), dtype=np.float32)[:, None]
    meter = Meter()
    for start in range(0, len(samples), chunk):
        meter.add(samples[start : start + chunk], rate)
    whole = measure(samples, rate)
    assert meter.result() == whole
    if len(samples) / rate >= 0.4:
        assert whole.lufs == pytest.approx(reference(rate).integrated_loudness(samples), abs=ROUNDING)


def test_sounds_measured_side_by_side_do_not_mix() -> None:
    loud, quiet = (sine(440, 9, gain=gain) for gain in (0.5, 0.05))
    alone = measure(loud, 48000), measure(quiet, 48000)
    meters = Meter(), Meter()
    for start in range(0, len(loud), 100_000):
        for meter, sound in zip(meters, (loud, quiet), strict=True):
            meter.add(sound[start : start + 100_000], 48000)
    assert tuple(meter.result() for meter in meters) == alone
    assert alone[0].lufs == pytest.approx(alone[1].lufs + 20, abs=0.002)


def test_short_and_silent_sounds_have_no_loudness() -> None:
    assert measure(sine(440, 0.3), 48000).lufs is None
    silence = measure(np.zeros((48000, 2), dtype=np.float32), 48000)
    assert (silence.lufs, silence.true_peak_db, silence.flags) == (None, None, ("silent",))
    nothing = measure(np.zeros((0, 2), dtype=np.float32), 48000)
    assert (nothing.lufs, nothing.true_peak_db) == (None, None)


@pytest.mark.parametrize(("phase", "expected"), [(math.pi / 4, 0.0), (0.0, 0.0)])
def test_true_peak_between_the_samples(phase: float, expected: float) -> None:
    """A quarter of the sample rate at 45 degrees: the samples are 3 dB below the wave's peak.

    The standard's filter, of 12 taps a phase, has 0.09 dB too much there.
    """
    peak = measure(sine(12000, 1, phase=phase), 48000).true_peak_db
    assert peak == pytest.approx(expected, abs=0.1)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 999), loud_at=st.integers(0, 9000))
def test_true_peak_misses_no_stretch(seed: int, loud_at: int) -> None:
    """Against plain convolution with the standard's filter everywhere, on sound that is loud in one place."""
    rng = np.random.default_rng(seed)
    line = rng.standard_normal(10_000).astype(np.float32) * 0.1
    line[loud_at : loud_at + 100] *= 4
    expected = max(np.abs(np.convolve(line, phase)).max() for phase in PHASES.T)
    assert measure(line[:, None], 48000).true_peak_db == pytest.approx(20 * math.log10(expected), abs=ROUNDING)
    # Between two of its four points a sample, the fastest wave rises by this much more.
    finest = -20 * math.log10(math.cos(math.pi / 8))
    finer = np.abs(resample_poly(line.astype(np.float64), 16, 1)).max()
    assert measure(line[:, None], 48000).true_peak_db == pytest.approx(20 * math.log10(finer), abs=finest)


def test_flags_of_clipping_and_offset() -> None:
    sound = faded(sine(200, 2, gain=0.5))
    assert measure(sound, 48000).flags == ()
    assert measure(np.clip(sound * 4, -1, 1), 48000).flags == ("clipped",)
    assert measure(np.clip(sound * 4, -1, 32767 / 32768), 48000).flags == ("clipped",)
    assert measure(sound + np.float32(0.05), 48000).flags == ("dc",)
    normalised = faded(sine(1000, 2))
    normalised[24_000] = 1.0
    assert "clipped" not in measure(normalised, 48000).flags


def test_flag_of_an_end_in_mid_sound() -> None:
    steady = sine(220, 6, gain=0.3)
    assert measure(steady, 48000).flags == ("cut-off",)
    faded_end = steady.copy()
    faded_end[-960:] *= np.linspace(1, 0, 960, dtype=np.float32)[:, None]
    assert measure(faded_end, 48000).flags == ()
    # A loop of struck notes, two a second, that ends at its bar line.
    frames = np.arange(6 * 48000)
    beats = steady * np.exp(-(frames % 24000) / 6000).astype(np.float32)[:, None]
    assert measure(beats, 48000).flags == ()
    assert measure(np.concatenate([steady, np.zeros((480, 1), dtype=np.float32)]), 48000).flags == ()


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 9999),
    frames=st.integers(1, 3000),
    rows=st.integers(1, 9),
    hertz=st.floats(0.001, 0.49),
    noise=st.sampled_from([0.0, 0.01, 1.0]),
)
def test_true_peak_rules_nothing_out_that_counts(seed: int, frames: int, rows: int, hertz: float, noise: float) -> None:
    """On sound from smooth to rough, so many rows at a time, against the standard's filter everywhere."""
    rng = np.random.default_rng(seed)
    line = np.sin(2 * np.pi * (hertz * np.arange(frames) + rng.random())) + noise * rng.standard_normal(frames)
    line = (0.3 * line).astype(np.float32)
    expected = max(np.abs(np.convolve(line.astype(np.float64), phase)).max() for phase in PHASES.T)
    length = rows * BLOCK
    padded = np.zeros((2, HISTORY + -(-(frames + HISTORY) // length) * length), dtype=np.float32)
    padded[:, HISTORY : HISTORY + frames] = line, 0.5 * line
    lines = padded[:, : HISTORY + length].copy()
    true_peak = TruePeak(lines, Buffers())
    for start in range(0, padded.shape[1] - HISTORY, length):
        lines[:] = padded[:, start : start + HISTORY + length]
        true_peak.add(block_peaks(np.abs(lines[:, HISTORY:])))
    assert true_peak.peak == pytest.approx(expected, rel=1e-5)


@settings(max_examples=20, deadline=None)
@given(
    rate=st.sampled_from([4000, 11025, 32000, 44100, 48000, 96000, 192000]),
    seed=st.integers(0, 99),
    offset=st.sampled_from([0.0, 0.5]),
    groups=st.lists(st.integers(1, 20), min_size=1, max_size=3),
)
def test_weighting_in_blocks_is_the_filter(rate: int, seed: int, offset: float, groups: list[int]) -> None:
    """Against scipy's filter, sample by sample, with the standard's coefficients: to -86 dBFS."""
    rng = np.random.default_rng(seed)
    edges = np.cumsum([0, *groups]) * FILTER_FRAMES
    lines = (0.1 * rng.standard_normal((2, edges[-1])) + offset).astype(np.float32)
    expected = lines.astype(np.float64)
    for section in sections(rate):
        expected = lfilter(*section, expected)
    weighting = KWeighting(rate, 2, 20 * FILTER_FRAMES, Buffers())
    parts = [weighting.filter(lines[:, start:end]).copy() for start, end in pairwise(edges)]
    assert np.abs(np.concatenate(parts, axis=1) - expected).max() < 5e-5


@pytest.mark.parametrize("rate", [22050, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize("kind", ["music", "beats", "rumble", "quiet", "pauses"])
def test_loudness_of_many_kinds_of_sound_is_that_of_pyloudnorm(rate: int, kind: str) -> None:
    rng = np.random.default_rng(7)
    time = np.arange(5 * rate) / rate
    hertz, gains = rng.uniform(40, 8000, (2, 6)), rng.uniform(0.01, 0.1, (2, 6))
    music = np.stack([gains[c] @ np.sin(2 * np.pi * np.outer(hertz[c], time)) for c in (0, 1)], axis=1)
    sound = {
        "music": music,
        "beats": music * np.exp(-(time % 0.5) * 12)[:, None],
        "rumble": 0.01 * music + 0.7 * np.sin(2 * np.pi * 12 * time)[:, None] + 0.1,
        "quiet": 0.003 * music,
        "pauses": music * (time % 2 < 1)[:, None],
    }[kind].astype(np.float32)
    assert measure(sound, rate).lufs == pytest.approx(reference(rate).integrated_loudness(sound), abs=ROUNDING)


SECONDS_OF_OTHER_THREADS = """
import os, threading
from pathlib import Path
import numpy as np
from library.sound.loudness_meter import measure

def others_s():
    fields = [(Path("/proc/self/task") / name / "stat").read_text().rsplit(")", 1)[1].split() for name in others]
    ticks = sum(int(user) + int(system) for *_, user, system in (some[:13] for some in fields))
    return ticks / os.sysconf("SC_CLK_TCK")

sound = np.random.default_rng(1).standard_normal((480_000, 2)).astype(np.float32) * 0.1
others = {path.name for path in Path("/proc/self/task").iterdir()} - {str(threading.get_native_id())}
before = others_s()
WORK
print(len(others), others_s() - before)
"""


@pytest.mark.needs(LINUX)
@pytest.mark.parametrize(("work", "spins"), [("measure(sound, 48000)", False), ("sound.T @ sound[:, [0] * 200]", True)])
def test_measuring_starts_no_threads_that_spin(work: str, spins: bool) -> None:
    """Matrix products over a certain size would; then the time of all threads is more than the time that passes."""
    program = [sys.executable, "-c", SECONDS_OF_OTHER_THREADS.replace("WORK", work)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "2"}
    done = subprocess.run(program, env=environment, capture_output=True, text=True, check=True, timeout=60)
    threads, seconds = done.stdout.split()
    assert int(threads) >= 1, "OpenBLAS has a thread that could"
    assert (float(seconds) > 0.05) == spins
