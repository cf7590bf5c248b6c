"""Exports neither clip what is over full scale nor lose what they say about a sound that is too long for a WAV."""

from __future__ import annotations

import json

import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly

from library.sound.audio import probe, read
from ratings.export import wav
from tests.ratings.export.shelf import RATE, noise


def loud(peak=1.0):
    """A square wave: what a lossy coder makes of it swings over its ends."""
    return peak * np.sign(np.sin(np.arange(RATE)[:, None] * [0.05, 0.07]))


@pytest.mark.parametrize(("suffix", "subtype"), [("ogg", "VORBIS"), ("mp3", "MPEG_LAYER_III"), ("wav", "FLOAT")])
@pytest.mark.parametrize("becomes", ["PCM_16", "PCM_24"])
def test_a_sound_over_full_scale_is_turned_down_and_not_clipped(shelf, tmp_path, suffix, subtype, becomes):
    take = shelf.add(1, suffix, subtype, samples=loud(1.3 if subtype == "FLOAT" else 1.0), stars=4)
    before, _ = read(shelf.catalog.path_of(take))
    assert np.abs(before).max() > 1.01
    (file,) = shelf.export(tmp_path / "out", subtype=becomes).files
    after, _ = read(file.path)
    gain = 10 ** (file.gain_db / 20)
    assert gain == pytest.approx(1 / np.abs(before).max(), rel=1e-7)  # float32
    assert np.abs(after - before * gain).max() < 1.01 / 2 ** (int(becomes[-2:]) - 1)
    assert file.turned_down
    (told,) = json.loads((tmp_path / "out/manifest.json").read_text())["files"]
    assert (told["turned_down"], told["gain_db"]) == (True, file.gain_db)
    (whole,) = shelf.export(tmp_path / "whole").files
    assert (whole.gain_db, whole.turned_down, probe(whole.path).subtype) == (0, False, "FLOAT")
    np.testing.assert_array_equal(read(whole.path)[0], before)


@pytest.mark.parametrize(("subtype", "peak"), [("FLOAT", 1.0), ("PCM_24", 1.0)])
def test_a_sound_up_to_full_scale_is_left_as_it_is(shelf, tmp_path, subtype, peak):
    shelf.add(1, "wav", subtype, samples=loud(peak), stars=4)
    (file,) = shelf.export(tmp_path / "out", subtype="PCM_16").files
    assert (file.gain_db, file.turned_down) == (0, False)


def test_one_too_short_to_have_a_loudness_is_turned_down_when_loudness_is_asked_for(shelf, tmp_path):
    take = shelf.add(1, "wav", "FLOAT", samples=loud(2.0)[: RATE // 5], stars=4)
    (file,) = shelf.export(tmp_path / "out", subtype="PCM_16", normalize=-14.0).files
    assert file.gain_db == pytest.approx(20 * np.log10(0.5), abs=1e-6)
    assert file.turned_down
    assert take.id == file.take


def test_only_takes_that_share_a_prompt_count_as_those_of_one(shelf, tmp_path):
    for number in range(1, 7):
        shelf.add(number, stars=3, prompt="one" if number < 4 else None)
    files = shelf.export(tmp_path / "out", per_prompt=2).files
    assert sorted(file.seed for file in files if file.prompt is None) == [4, 5, 6]
    assert sum(file.prompt == "one" for file in files) == 2


@pytest.mark.parametrize("length", [10, 1500])
def test_a_wav_with_wide_sizes_says_what_a_narrow_one_does(shelf, tmp_path, monkeypatch, length):
    monkeypatch.setattr(wav, "_RIFF_BYTES", 1000)
    shelf.add(1, stars=4, prompt="wide " * length)
    (file,) = shelf.export(tmp_path / "out").files
    data = file.path.read_bytes()
    assert data[:4] == b"RF64"
    assert json.dumps(("wide " * length).strip()).encode() in data
    assert int.from_bytes(data[20:28], "little") == len(data) - 8
    assert soundfile.info(file.path).frames == 4410


@pytest.mark.parametrize(
    ("suffix", "subtype", "channels"),
    [("wav", "PCM_16", 1), ("flac", "PCM_24", 2), ("wav", "PCM_16", 6), ("ogg", "VORBIS", 6)],
)
@pytest.mark.parametrize(("target", "short"), [(-24.0, False), (-3.0, True)])
def test_files_are_as_loud_from_two_speakers(shelf, tmp_path, suffix, subtype, channels, target, short):
    samples = 0.3 * resample_poly(noise(1, channels, frames=RATE), 2, 1)
    shelf.add(1, suffix, subtype, samples=samples, stars=5)
    (file,) = shelf.export(tmp_path / "out", normalize=target, subtype="PCM_24").files
    wav, rate = soundfile.read(file.path, always_2d=True)
    half = np.sqrt(0.5)
    left, right = {
        1: ([1], [1]), 2: ([1, 0], [0, 1]), 6: ([1, 0, half, 0, half, 0], [0, 1, half, 0, 0, half])
    }[channels]  # fmt: skip
    heard = wav @ np.array([left, right]).T
    loudness, peak = pyloudnorm.Meter(rate).integrated_loudness(heard), true_peak(np.hstack([wav, heard]))
    assert peak < 10 ** (-0.8 / 20)
    assert loudness == pytest.approx(file.heard_lufs, abs=0.15)
    assert peak == pytest.approx(10 ** (-1 / 20), abs=0.02) if short else loudness == pytest.approx(target, abs=0.15)
    assert file.short_lu == pytest.approx(target - file.heard_lufs, abs=0.01)
    assert (file.short_lu > 0) == short
    told = json.loads((tmp_path / "out/manifest.json").read_text())["files"][0]
    assert (told["heard_lufs"], told["short_lu"]) == (file.heard_lufs, file.short_lu)


def true_peak(sound):
    return max(np.abs(resample_poly(channel, 4, 1)).max() for channel in sound.T)


def test_a_wav_has_the_channels_in_its_own_order_and_names_them_where_it_must(shelf, tmp_path):
    layouts = {
        "ogg": ("OGG", "VORBIS", "L C R Lb Rb LFE", "L R C LFE Lb Rb"),
        "wav": ("WAVEX", "PCM_16", "L R C Cb", "L R C Cb"),
    }
    for number, (suffix, (container, subtype, before, after)) in enumerate(layouts.items()):
        loud_left = np.zeros((RATE, len(before.split())))
        loud_left[:, before.split().index("C")] = 0.5 * np.sin(np.arange(RATE) * 0.1)
        path = tmp_path / f"{number}.{suffix}"
        soundfile.write(path, loud_left, RATE, format=container, subtype=subtype)
        if container == "WAVEX":
            data = path.read_bytes()
            at = data.index(b"fmt ") + 28
            path.write_bytes(data[:at] + (0x107).to_bytes(4, "little") + data[at + 4 :])
        assert probe(path).layout == tuple(before.split())
        take = shelf.add_file(number, path, stars=3)
        files = {file.take: file for file in shelf.export(tmp_path / f"out{number}").files}
        found = probe(files[take.id].path)
        assert found.layout == tuple(after.split())
        samples, _ = read(files[take.id].path)
        assert np.abs(samples).max(axis=0).argmax() == found.layout.index("C")
