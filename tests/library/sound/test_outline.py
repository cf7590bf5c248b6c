"""Outlines: right for every length of file, in one pass; and where music changes."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from library.errors import AudioError
from library.sound import outline_meter
from library.sound.outline import RANGE_DB, STEPS
from library.sound.outline_meter import OutlineMeter, read_outline
from library.sound.sections import novelty, section_starts, strongest_passage

RATE = 8000


@pytest.fixture
def sound(tmp_path):
    """Writes samples; gives the path."""

    def write(samples, rate=RATE):
        soundfile.write(tmp_path / "a.flac", samples, rate, subtype="PCM_24")
        return tmp_path / "a.flac"

    return write


def outline_of(samples, rate=RATE, chunk=None):
    samples = np.asarray(samples, np.float32).reshape(len(samples), -1)
    meter = OutlineMeter(len(samples) / rate, rate)
    for first in range(0, len(samples), chunk or len(samples)):
        meter.listen(samples[first : first + (chunk or len(samples))])
    return meter.result()


def level_db(byte):
    return (byte / 255 - 1) * RANGE_DB


def test_the_loudest_place_is_the_measure_and_in_its_place(sound):
    samples = np.zeros(RATE * 4)
    samples[RATE] = -0.5
    samples[RATE * 3] = 0.25
    outline = read_outline(sound(samples), 4.0, RATE)
    assert len(outline.peaks) == len(outline.levels) == STEPS
    assert outline.peaks[STEPS // 4] == 255
    assert level_db(outline.peaks[STEPS * 3 // 4]) == pytest.approx(-6, abs=0.2)
    assert sum(map(bool, outline.peaks)) == 2


def test_power_is_that_of_all_channels():
    sine = np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE)
    outline = outline_of(np.stack([sine, sine], axis=1))
    power = 10 ** (level_db(np.frombuffer(outline.levels, np.uint8)) / 10)
    assert 10 * np.log10(power.mean()) == pytest.approx(-3, abs=0.3)


@settings(max_examples=30)
@given(st.integers(1, 9000), st.integers(1, 3000), st.integers(1, 2), st.sampled_from([1000, RATE, 44100]))
def test_chunks_change_nothing(frames, chunk, channels, rate):
    samples = np.random.default_rng(frames).uniform(-1, 1, (frames, channels))
    whole, parts = outline_of(samples, rate), outline_of(samples, rate, chunk)
    for name in ("peaks", "levels", "brightness"):
        one, other = (np.frombuffer(getattr(outline, name), np.uint8).astype(int) for outline in (whole, parts))
        assert len(one) == len(other)
        assert np.abs(one - other).max() <= 1
    assert max(whole.peaks) == 255
    if frames <= STEPS:  # each frame has its steps
        loudest = np.abs(samples.astype(np.float32)).max(axis=1)
        expected = np.rint(np.clip(1 + 20 * np.log10(loudest / loudest.max()) / RANGE_DB, 0, 1) * 255)
        shown = np.frombuffer(whole.peaks, np.uint8)
        assert np.abs(shown - expected[np.arange(STEPS) * frames // STEPS]).max() <= 1


def test_silence_is_flat(sound):
    outline = read_outline(sound(np.zeros(RATE)), 1.0, RATE)
    assert outline.silent
    assert not any(outline.levels)


def test_a_file_shorter_than_told_is_drawn_as_far_as_it_goes(sound):
    outline = read_outline(sound(np.full(RATE, 0.5)), 2.0, RATE)
    assert min(outline.peaks[: STEPS // 2 - 1]) == 255
    assert max(outline.peaks[STEPS // 2 + 1 :]) == 0


def test_what_is_no_sound_says_so(tmp_path):
    (tmp_path / "x.flac").write_text("words")
    for name in ("x.flac", "missing.flac"):
        with pytest.raises(AudioError):
            read_outline(tmp_path / name, 1.0, RATE)


def test_brightness_and_bands_follow_the_spectrum():
    time_s = np.arange(4 * 44100) / 44100
    outline = outline_of(
        np.where(time_s < 2, np.sin(2 * np.pi * 60 * time_s), np.sin(2 * np.pi * 7000 * time_s)), 44100
    )
    quarter = len(outline.brightness) // 4
    assert max(outline.brightness[:quarter]) < 40
    assert min(outline.brightness[-quarter:]) > 180
    assert [band[quarter] > 200 for band in outline.bands] == [True, False, False, False, False, False]
    assert [band[-quarter] > 200 for band in outline.bands] == [False, False, False, False, False, True]


def test_an_hour_takes_no_more_spectra_than_a_picture_needs():
    meter = OutlineMeter(3600, 1000)
    for _ in range(3600):
        meter.listen(np.random.default_rng(1).uniform(-1, 1, (1000, 1)).astype(np.float32))
    assert len(meter.result().brightness) == pytest.approx(outline_meter.SPECTRA[1], rel=0.01)


# Sections


def test_novelty_is_that_of_the_matrix():
    """Foote's own way: the self-similarity matrix, correlated with a checkerboard under a taper."""
    features = np.random.default_rng(3).uniform(0, 1, (60, 5))
    half = 6
    taper = np.exp(-0.5 * ((np.arange(half) + 0.5) / (0.5 * half)) ** 2)
    taper /= taper.sum()
    side = np.concatenate([-taper[::-1], taper])
    similarity = features @ features.T
    expected = [
        (similarity[at - half : at + half, at - half : at + half] * np.outer(side, side)).sum() / 2
        for at in range(half, 60 - half)
    ]
    assert novelty(features, half)[half : 60 - half] == pytest.approx(expected)


def music(parts, seconds=15):
    """Chords at a level, one after the other: (level, semitones above A …)."""
    rng = np.random.default_rng(5)
    time_s = np.arange(seconds * RATE) / RATE
    sounds = []
    for level, *notes in parts:
        chord = sum(np.sin(2 * np.pi * 220 * 2 ** (note / 12) * time_s) for note in notes) / len(notes)
        beat = 0.6 + 0.4 * (np.modf(2 * time_s)[0] < 0.3)
        sounds.append(level * beat * chord + 0.002 * rng.standard_normal(len(time_s)))
    return np.concatenate(sounds)


@pytest.mark.parametrize(
    ("parts", "starts"),
    [
        ([(0.1, 0, 4, 7), (0.8, 0, 4, 7), (0.1, 0, 4, 7)], [15, 30]),  # energy
        ([(0.5, 0, 4, 7), (0.5, 3, 6, 10), (0.5, 1, 5, 8)], [15, 30]),  # harmony
        ([(0.5, 0, 4, 7)] * 3, []),
    ],
)
def test_sections_begin_where_energy_or_harmony_change(parts, starts):
    assert outline_of(music(parts)).sections == pytest.approx(starts, abs=0.5)


def test_noise_and_short_sounds_have_no_sections():
    assert outline_of(np.random.default_rng(1).uniform(-1, 1, 60 * RATE)).sections == ()
    assert outline_of(music([(0.1, 0), (0.9, 7)], seconds=4)).sections == ()


@pytest.mark.parametrize(("levels", "at"), [((0.1, 0.8, 0.1), 15), ((0.8, 0.1, 0.1), 0), ((0.1, 0.1, 0.8), 30)])
def test_the_strongest_passage_begins_where_it_is_loud(levels, at):
    assert outline_of(music([(level, 0, 4, 7) for level in levels])).strongest_s == pytest.approx(at, abs=0.6)


def test_a_burst_at_the_very_end_is_no_passage():
    loudness = np.full(600, 0.01)
    loudness[595:] = 1.0
    assert strongest_passage(loudness, 0.1, ()) <= 60 - 8


def test_of_what_is_as_strong_everywhere_the_start_is_the_strongest():
    assert strongest_passage(np.ones(600), 0.1, (20.0,)) == 0.0
    assert strongest_passage(np.ones(30), 0.1, ()) == 0.0


def test_nothing_is_found_in_nothing():
    assert section_starts(np.zeros((600, 12)), np.zeros((600, 6)), 0.1) == ()
    assert section_starts(np.zeros((0, 12)), np.zeros((0, 6)), 0.1) == ()
