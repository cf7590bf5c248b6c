"""Exports neither clip what is over full scale nor lose what they say about a sound that is too long for a WAV."""

from __future__ import annotations

import json

import numpy as np
import pytest
import soundfile

from library.sound.audio import probe, read
from ratings.export import wav
from tests.ratings.export.shelf import RATE


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
