"""Files written to a pipe, whose headers can't tell how long they are: read whole, and sought in."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile

from library.errors import AudioError
from library.sound import audio
from tui.playing.player.sound_reader import SoundReader

Make = Callable[..., Path]


def forget_length(flac: Path) -> None:
    """Put 0, for not known, in the STREAMINFO, as every encoder does that can't go back there."""
    data = bytearray(flac.read_bytes())
    data[21] &= 0xF0
    data[22:26] = bytes(4)
    flac.write_bytes(data)


@pytest.mark.parametrize("frames", [1, 4095, 4096, 4097, 600_000])
def test_a_flac_of_unknown_length_is_the_same_take(make_file: Make, frames: int) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (frames, 2))
    path = make_file("flac", np.rint(noise * 32768) / 32768)
    before, whole = audio.examine(path), audio.read(path)[0]
    forget_length(path)
    assert audio.examine(path) == before
    assert audio.probe(path).frames == frames
    assert np.array_equal(audio.read(path)[0], whole)
    assert np.array_equal(audio.read(path, start=frames // 2)[0], whole[frames // 2 :])
    assert sum(map(len, audio.stream(path, 1000))) == frames


def test_it_plays_from_any_place(make_file: Make) -> None:
    path = make_file("flac", np.random.default_rng(1).uniform(-0.5, 0.5, (5 * 48_000, 1)))
    places = []
    for forgotten in (False, True):
        if forgotten:
            forget_length(path)
        reader = SoundReader(path, from_s=3)
        places.append(np.concatenate(list(reader.blocks())))
        reader.close()
    assert np.array_equal(*places)
    assert len(places[0]) > 40_000


def test_of_a_flac_of_unknown_length_that_is_cut_off_is_kept_what_is_there(make_file: Make) -> None:
    path = make_file("flac")
    whole = audio.read(path)[0]
    forget_length(path)
    path.write_bytes(path.read_bytes()[:-3000])
    found = audio.examine(path)
    assert "can be read" in found.partial
    assert np.array_equal(audio.read(path)[0], whole[: found.info.frames])


@pytest.mark.parametrize("size", [0, 0x7FFFFFFF, 0xFFFFFFFF])
def test_a_wav_of_unknown_length_is_the_same_take(make_file: Make, size: int) -> None:
    path = make_file("wav")
    before = audio.examine(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[4:8] = struct.pack("<I", min(size + 36, 0xFFFFFFFF))
    data[at : at + 4] = struct.pack("<I", size)
    path.write_bytes(data)
    assert audio.examine(path) == before
    assert np.array_equal(audio.read(path, start=1000)[0], audio.read(make_file("wav", name="other"), start=1000)[0])


def test_a_wav_that_is_really_empty_gains_no_sound_from_what_follows(make_file: Make) -> None:
    path = make_file("wav", np.zeros((0, 2)))
    data = path.read_bytes()
    at = data.index(b"data")
    path.write_bytes(data[: at + 8] + b"LIST" + struct.pack("<I", 400) + bytes(400))
    with pytest.raises(AudioError, match="no audio"):
        audio.examine(path)


@pytest.mark.parametrize("size", [0, 2**64 - 1])
def test_an_rf64_that_was_never_closed_is_read_to_its_end(tmp_path: Path, make_file: Make, size: int) -> None:
    path = tmp_path / "long.wav"
    samples, rate = audio.read(make_file("wav"))
    soundfile.write(path, samples, rate, format="RF64", subtype="PCM_16")
    before = audio.examine(path)
    data = bytearray(path.read_bytes())
    at = data.index(b"ds64") + 8
    data[at : at + 24] = struct.pack("<3Q", size, size, size)
    path.write_bytes(data)
    assert audio.examine(path) == before


def test_an_mp3_of_varying_bit_rate_without_a_length_is_read_to_its_end(tmp_path: Path) -> None:
    time = np.arange(6 * 44_100) / 44_100
    loud = np.random.default_rng(1).uniform(-0.5, 0.5, len(time)) * (time > 2) + 0.01 * np.sin(2000 * time)
    path = tmp_path / "varying.mp3"
    soundfile.write(path, loud, 44_100, bitrate_mode="VARIABLE", compression_level=0.5)
    data = path.read_bytes()
    assert data.index(b"Xing") < 40
    second = next(at for at in range(100, len(data)) if data[at : at + 2] == data[:2])
    path.write_bytes(data[second:])
    found = audio.examine(path, lambda samples, rate: None)
    assert found.info.duration_s == pytest.approx(6.0, abs=2 * 1152 / 44_100)  # the last frames are filled up
    assert len(audio.read(path)[0]) == found.info.frames
    last_second = audio.read(path, start=5 * 44_100)[0]
    assert np.sqrt(np.mean(last_second[:40_000] ** 2)) == pytest.approx(0.258, abs=0.005)  # 0.289 up to 17.6 kHz
