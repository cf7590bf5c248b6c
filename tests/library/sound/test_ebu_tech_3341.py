"""The test signals of EBU Tech 3341 (2023), table 1, made here: those for loudness as a whole, and for true peak."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy.signal import resample_poly

from library.sound.loudness_meter import measure
from library.sound.speakers import Layout, usual_layout

RATE = 48_000
LOUDNESS_LU = 0.1
OVER_DB, UNDER_DB = 0.2, 0.4


def tones(*parts: tuple[float, float], rate: int = RATE) -> np.ndarray:
    """1 kHz, so many seconds at so many dBFS, in phase, [frames]."""
    level = np.concatenate([np.full(round(seconds * rate), 10 ** (dbfs / 20)) for seconds, dbfs in parts])
    return (level * np.sin(2 * np.pi * 1000 * np.arange(len(level)) / rate)).astype(np.float32)


SIGNALS: dict[int, tuple[Sequence[tuple[float, float]], float]] = {
    1: ([(20, -23)], -23),
    2: ([(20, -33)], -33),
    3: ([(10, -36), (60, -23), (10, -36)], -23),
    4: ([(10, -72), (10, -36), (60, -23), (10, -36), (10, -72)], -23),
    5: ([(20, -26), (20.1, -20), (20, -26)], -23),
    9: ([(1.34, -20), (1.66, -30)] * 5, -23),
}


@pytest.mark.parametrize("rate", [RATE, 44_100, 32_000])
@pytest.mark.parametrize("number", SIGNALS)
def test_loudness_of_tones(number: int, rate: int) -> None:
    """The ninth is meant for short-term loudness, which is the same all along: so is that of the whole."""
    parts, expected = SIGNALS[number]
    mono = tones(*parts, rate=rate)
    assert measure(np.stack([mono, mono], axis=1), rate).lufs == pytest.approx(expected, abs=LOUDNESS_LU)


@pytest.mark.parametrize(
    "layout",
    [usual_layout(5), usual_layout(6), usual_layout(5, "OGG"), usual_layout(6, "OGG"), ("L", "R", "C", "Ls", "Rs")],
)
def test_loudness_of_surround(layout: Layout) -> None:
    """The sixth, in each order of channels; what is in the LFE does not count."""
    levels = {"L": -28, "R": -28, "C": -24, "LFE": -10}
    sound = np.stack([tones((20, levels.get(speaker, -30))) for speaker in layout], axis=1)
    assert measure(sound, RATE, layout).lufs == pytest.approx(-23, abs=LOUDNESS_LU)


@pytest.mark.parametrize(("number", "spread_lu", "pauses"), [(7, 4, False), (8, 12, True)])
def test_loudness_of_a_programme(number: int, spread_lu: float, pauses: bool) -> None:
    """In place of the two programmes noise, narrow and wide in loudness, gated here block by block by the standard.

    Noise of equal power everywhere weighs the same in each block, so the weighting is one factor for all.
    """
    rng = np.random.default_rng(number)
    steps = np.repeat(rng.uniform(-25 - spread_lu, -25 + spread_lu, 40), RATE)
    steps[: len(steps) // 4] -= 40 * pauses
    noise = rng.standard_normal((len(steps), 2)) * 10 ** (steps / 20)[:, None]
    hops = (noise**2).reshape(-1, RATE // 10, 2).mean(axis=1).sum(axis=1)
    power = (hops[:-3] + hops[1:-2] + hops[2:-1] + hops[3:]) / 4
    weighting_db = measure(rng.standard_normal((20 * RATE, 1)).astype(np.float32) * 0.1, RATE).lufs + 20
    loudness = weighting_db + 10 * np.log10(power)
    above = power[loudness > -70]
    expected = power[(loudness > -70) & (loudness > weighting_db + 10 * np.log10(above.mean()) - 10)].mean()
    measured = measure(noise.astype(np.float32), RATE).lufs
    assert measured == pytest.approx(weighting_db + 10 * np.log10(expected), abs=LOUDNESS_LU)


def sine(part: int, amplitude: float, degrees: float) -> np.ndarray:
    """A second of the sample rate's so-many-eth part, tapered, stereo."""
    angle = 2 * np.pi * np.arange(RATE) / part + np.radians(degrees)
    return tapered(amplitude * np.sin(angle), RATE // 100)


def tapered(line: np.ndarray, frames: int) -> np.ndarray:
    line[:frames] *= np.linspace(0, 1, frames)
    line[-frames:] *= np.linspace(1, 0, frames)
    return np.stack([line, line], axis=1).astype(np.float32)


def assert_true_peak(sound: np.ndarray, expected: float) -> None:
    measured = measure(sound, RATE).true_peak_db
    assert expected - UNDER_DB <= measured <= expected + OVER_DB


@pytest.mark.parametrize(
    ("number", "part", "amplitude", "degrees", "expected"),
    [(15, 4, 0.5, 0, -6), (16, 4, 0.5, 45, -6), (17, 6, 0.5, 60, -6), (18, 8, 0.5, 67.5, -6), (19, 4, 1.41, 45, 3)],
)
def test_true_peak_of_a_sine(number: int, part: int, amplitude: float, degrees: float, expected: float) -> None:
    assert_true_peak(sine(part, amplitude, degrees), expected)


@pytest.mark.parametrize("offset", range(4))
def test_true_peak_of_a_single_period(offset: int) -> None:
    """20 to 23: in a sine of a sixth of the rate one period of a fourth, made at four times the rate."""
    quiet = 0.5 * np.sin(2 * np.pi * np.arange(24 * 2000) / 24)
    loud = np.sin(2 * np.pi * np.arange(16) / 16)
    line = np.concatenate([quiet, loud, quiet])
    low_passed = resample_poly(np.concatenate([np.zeros(4 - offset), line]), 1, 4)
    assert_true_peak(tapered(low_passed, RATE // 100), 0)
