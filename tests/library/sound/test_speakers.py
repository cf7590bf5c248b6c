"""Which channel plays where, what two loudspeakers make of it, and how loud that is."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from library.sound.audio import examine, probe
from library.sound.loudness_meter import Measurement, Meter, measure
from library.sound.playback_gain import CEILING_DBTP, MAX_BOOST_DB, TARGET_LUFS, as_heard, gain_db
from library.sound.speakers import Layout, fold_down, loudness_weights, most_in_one, usual_layout, wave_order

HALF = math.sqrt(0.5)
OWN_FREQUENCIES = {"L": 300, "R": 500, "C": 700, "Lb": 900, "Rb": 1100, "Ls": 1300, "Rs": 1700, "Cb": 1900, "LFE": 60}


def surround(layout: Layout, rate: int = 48000, seconds: float = 2.0) -> np.ndarray:
    """In each channel a frequency of its loudspeaker's own, [frames, channels]."""
    time = np.arange(int(seconds * rate)) / rate
    tones = [0.1 * np.sin(2 * np.pi * OWN_FREQUENCIES[speaker] * time) for speaker in layout]
    return np.stack(tones, axis=1).astype(np.float32)


def with_mask(path: Path, mask: int) -> Path:
    """Have the WAVE_FORMAT_EXTENSIBLE in `path` name these loudspeakers."""
    data = bytearray(path.read_bytes())
    at = data.index(b"fmt ") + 28
    data[at : at + 4] = mask.to_bytes(4, "little")
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("container", "subtype", "channels", "mask", "layout"),
    [
        ("WAV", "PCM_16", 4, None, "L R Lb Rb"),
        ("WAV", "PCM_16", 6, None, "L R C LFE Lb Rb"),
        ("WAVEX", "PCM_16", 4, 0x33, "L R Lb Rb"),
        ("WAVEX", "PCM_16", 4, 0x107, "L R C Cb"),
        ("WAVEX", "PCM_16", 4, 0x603, "L R Ls Rs"),
        ("WAVEX", "PCM_16", 3, 0x0B, "L R LFE"),
        ("WAVEX", "PCM_16", 6, 0x60F, "L R C LFE Ls Rs"),
        ("WAVEX", "PCM_16", 8, 0x63F, "L R C LFE Lb Rb Ls Rs"),
        ("WAVEX", "PCM_16", 5, 0, "L R C Lb Rb"),
        ("FLAC", "PCM_16", 3, None, "L R C"),
        ("FLAC", "PCM_16", 6, None, "L R C LFE Lb Rb"),
        ("FLAC", "PCM_16", 8, None, "L R C LFE Lb Rb Ls Rs"),
        ("AIFF", "PCM_16", 6, None, "L R C LFE Lb Rb"),
        ("OGG", "VORBIS", 3, None, "L C R"),
        ("OGG", "VORBIS", 6, None, "L C R Lb Rb LFE"),
        ("OGG", "OPUS", 6, None, "L C R Lb Rb LFE"),
        ("WAV", "PCM_16", 10, None, "? ? ? ? ? ? ? ? ? ?"),
    ],
)
def test_a_file_tells_its_loudspeakers(tmp_path: Path, container, subtype, channels, mask, layout) -> None:
    path = tmp_path / "surround"
    soundfile.write(path, np.full((4800, channels), 0.01), 48000, format=container, subtype=subtype)
    if mask is not None:
        with_mask(path, mask)
    assert probe(path).layout == tuple(layout.split())


@pytest.mark.parametrize("coding", ["VORBIS", "OPUS"])
def test_the_low_frequencies_of_ogg_are_in_its_last_channel(tmp_path: Path, coding: str) -> None:
    """What the order rests on: the encoder keeps only the lows of the one that it takes for the LFE."""
    path = tmp_path / "surround.ogg"
    noise = np.random.default_rng(1).standard_normal((96_000, 6)) * 0.1
    soundfile.write(path, noise, 48000, format="OGG", subtype=coding)
    lasting, _ = soundfile.read(path)
    highs = np.abs(np.fft.rfft(lasting, axis=0))[4000:].sum(axis=0)
    assert highs.argmin() == probe(path).layout.index("LFE") == 5
    assert highs[5] < 0.01 * highs[0]


def test_two_loudspeakers_play_what_bs_775_says() -> None:
    layout = usual_layout(6)
    left = {"L": 1, "R": 0, "C": HALF, "LFE": 0, "Lb": HALF, "Rb": 0}
    for channel, speaker in enumerate(layout):
        alone = np.zeros((1, 6), np.float32)
        alone[0, channel] = 1
        mirrored = {"L": "R", "R": "L", "Lb": "Rb", "Rb": "Lb"}.get(speaker, speaker)
        assert fold_down(alone, layout)[0] == pytest.approx([left[speaker], left[mirrored]])


@pytest.mark.parametrize("channels", range(1, 17))
def test_any_number_of_channels_becomes_two(channels: int) -> None:
    layout = usual_layout(channels)
    full = fold_down(np.ones((4, channels), np.float32), layout)
    assert full.shape == (4, 2)
    assert full.max() == pytest.approx(most_in_one(layout))
    one_left = np.zeros((1, channels), np.float32)
    one_left[0, 0] = 1
    left, right = fold_down(one_left, layout)[0]
    assert left > 0
    assert (right == 0) == (2 <= channels <= 8)


def test_only_those_at_the_side_count_for_more() -> None:
    """BS.1770-4, table 4; of quad and 5.1 the ones behind are the surrounds."""
    assert loudness_weights(usual_layout(4)) == [1, 1, 1.41, 1.41]
    assert loudness_weights(usual_layout(6)) == [1, 1, 1, 0, 1.41, 1.41]
    assert loudness_weights(usual_layout(8)) == [1, 1, 1, 0, 1, 1, 1.41, 1.41]


@pytest.mark.parametrize("channels", range(1, 9))
def test_ogg_in_the_order_of_wav_is_the_usual_layout(channels: int) -> None:
    layout = usual_layout(channels, "OGG")
    assert tuple(layout[channel] for channel in wave_order(layout)) == usual_layout(channels)


def test_every_order_of_the_same_surround_is_as_loud() -> None:
    wave, ogg = (measure(surround(usual_layout(6, of)), 48000, usual_layout(6, of)) for of in ("WAV", "OGG"))
    assert wave == ogg
    assert measure(surround(usual_layout(6, "OGG")), 48000).lufs != pytest.approx(ogg.lufs, abs=0.1)


def test_a_file_is_measured_by_its_own_layout(tmp_path: Path) -> None:
    layout = usual_layout(6, "OGG")
    soundfile.write(tmp_path / "a.ogg", surround(layout), 48000, format="OGG", subtype="VORBIS")
    meter = Meter()
    examine(tmp_path / "a.ogg", meter.listen)
    expected = measure(surround(layout), 48000, layout)
    result = meter.result()
    assert (result.lufs, result.heard_lufs) == pytest.approx((expected.lufs, expected.heard_lufs), abs=0.1)


def measured(channels: int = 2, lufs: float | None = None, peak: float | None = None, **more: float) -> Measurement:
    return Measurement(channels, lufs, peak, (), **more)


def test_takes_play_equally_loud_under_the_ceiling() -> None:
    assert gain_db(measured(lufs=-18, peak=-10)) == 0
    assert gain_db(measured(lufs=-10, peak=-0.5)) == pytest.approx(TARGET_LUFS + 10)
    assert gain_db(measured(lufs=-24, peak=-3)) == pytest.approx(CEILING_DBTP + 3)
    assert gain_db(measured(lufs=-60, peak=-50)) == MAX_BOOST_DB
    assert gain_db(measured()) == 0
    assert gain_db(measured(peak=-0.2)) == pytest.approx(-0.8)


@given(st.sampled_from([1, 2, 5, 6]), st.floats(-70, 5), st.floats(-90, 6), st.booleans())
def test_gain_never_lifts_a_peak_over_the_ceiling(channels: int, lufs: float, peak: float, old: bool) -> None:
    sound = measured(channels, lufs, peak)
    if channels > 2 and not old:
        sound = replace(sound, heard_lufs=lufs + 1, heard_peak_db=peak + 2)
    loudness, greatest = as_heard(sound)
    gain = gain_db(sound)
    assert greatest + gain <= CEILING_DBTP + 1e-9
    assert loudness + gain <= TARGET_LUFS + 1e-9


@pytest.mark.parametrize("channels", range(1, 10))
def test_loudness_as_heard_is_that_of_the_two_channels_that_play(channels: int) -> None:
    rng = np.random.default_rng(channels)
    sound = 0.05 * (rng.standard_normal((96_000, channels)) + rng.standard_normal((96_000, 1))).astype(np.float32)
    layout = usual_layout(channels)
    lufs, peak = as_heard(measure(sound, 48000, layout))
    played = measure(fold_down(sound, layout), 48000)
    assert (lufs, peak) == pytest.approx((played.lufs, played.true_peak_db), abs=0.0011)


def test_surround_of_an_older_measure_plays_no_louder_than_its_peaks_allow() -> None:
    """All channels at once: left, centre and left surround add up to 2.4 times the peak of each."""
    sound = np.repeat(surround(("L",)) * 5, 6, axis=1)
    whole = measure(sound, 48000)
    old = replace(whole, heard_lufs=None, heard_peak_db=None)
    peak = whole.heard_peak_db
    assert peak > whole.true_peak_db + 7
    assert peak + gain_db(old) <= CEILING_DBTP + 1e-3
