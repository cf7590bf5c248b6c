"""Reading and probing real files of every format, and refusing what is none."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from library.errors import AudioError, LibraryError
from library.sound import audio
from library.sound.loudness_meter import Meter, measure

LOSSLESS = ("wav", "flac", "aiff")
EVERY = (*LOSSLESS, "ogg", "opus", "mp3")
Make = Callable[..., Path]


@pytest.mark.parametrize("suffix", EVERY)
def test_probe_tells_what_a_file_holds(make_file: Make, suffix: str) -> None:
    info = audio.probe(make_file(suffix))
    assert info.channels == 2
    assert info.sample_rate == (48000 if suffix == "opus" else 44100)
    assert info.duration_s == 2.0


@pytest.mark.parametrize("suffix", LOSSLESS)
def test_read_gives_the_samples_exactly(make_file: Make, suffix: str) -> None:
    samples, rate = audio.read(make_file(suffix))
    written, _ = soundfile.read(make_file("wav"), dtype="float32")
    assert rate == 44100
    assert samples.dtype == np.float32
    assert np.array_equal(samples, written)


@pytest.mark.parametrize("suffix", ["ogg", "opus", "mp3"])
def test_read_of_a_lossy_file_is_the_same_sound(make_file: Make, suffix: str) -> None:
    path = make_file(suffix)
    expected, _ = soundfile.read(path, dtype="float32")
    samples, _ = audio.read(path)
    assert np.array_equal(samples, expected)


def test_read_of_a_part(make_file: Make) -> None:
    path = make_file("flac")
    whole, _ = audio.read(path)
    part, _ = audio.read(path, start=1000, frames=500)
    assert np.array_equal(part, whole[1000:1500])
    assert len(audio.read(path, start=10**9)[0]) == 0


def test_mono_has_two_dimensions(make_file: Make) -> None:
    samples, _ = audio.read(make_file("wav", np.zeros(100, dtype=np.float32)))
    assert samples.shape == (100, 1)


@pytest.mark.parametrize("suffix", EVERY)
def test_of_a_file_cut_off_is_kept_what_is_there_and_said_so(make_file: Make, suffix: str) -> None:
    path = make_file(suffix)
    data = path.read_bytes()
    for share in (0.62, 0.9):
        path.write_bytes(data[: int(len(data) * share)])
        heard = list[int]()
        found = audio.examine(path, lambda samples, info, heard=heard: heard.append(len(samples)))
        assert found.info.frames == sum(heard)
        assert 0.1 < found.info.duration_s < 1.95
        assert (
            "cut off after" in found.partial if suffix in ("ogg", "opus") else "of 2.0 s can be read" in found.partial
        )


@pytest.mark.parametrize("suffix", EVERY)
def test_a_header_alone_is_refused(make_file: Make, suffix: str) -> None:
    path = make_file(suffix)
    data = path.read_bytes()
    for length in (1, 4, 12, 20, 44):
        path.write_bytes(data[:length])
        with pytest.raises(AudioError):
            audio.examine(path)


@pytest.mark.parametrize("size", [0x7FFFFFFF, 0xFFFFFFFF, 0])
def test_a_wav_from_a_pipe_has_no_length_and_is_whole(make_file: Make, size: int) -> None:
    path = make_file("wav")
    frames = audio.probe(path).frames
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    assert audio.examine(path, lambda samples, rate: None).info.frames == frames


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"some words " * 500, "an audio file Earmark knows"),
        (bytes(5000), "an audio file Earmark knows"),
    ],
)
@pytest.mark.parametrize("suffix", EVERY)
def test_what_is_not_audio_is_refused(tmp_path: Path, suffix: str, data: bytes, says: str) -> None:
    path = tmp_path / f"x.{suffix}"
    path.write_bytes(data)
    for refuse in (audio.probe, audio.read, audio.sound_id):
        with pytest.raises(AudioError, match=says):
            refuse(path)


def test_tags_alone_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.mp3"
    path.write_bytes(b"ID3\x04\0\0\0\0\x07\x76" + bytes(1014))
    with pytest.raises(AudioError, match="tags but no audio"):
        audio.probe(path)


def test_a_wav_of_no_frames_is_refused(make_file: Make) -> None:
    with pytest.raises(AudioError, match="audio"):
        audio.examine(make_file("wav", np.zeros((0, 2), dtype=np.float32)))


def test_a_folder_a_pipe_and_a_device_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="pipe"):
        audio.probe(tmp_path / "pipe.wav")
    with pytest.raises(AudioError, match="folder"):
        audio.probe(tmp_path)
    with pytest.raises(AudioError, match="device"):
        audio.probe(Path("/dev/zero"))
    with pytest.raises(AudioError, match="no such file"):
        audio.probe(tmp_path / "none.wav")


def test_a_file_without_permission_is_refused(make_file: Make) -> None:
    path = make_file("wav")
    path.chmod(0)
    nobody = 65534 if os.geteuid() == 0 else os.geteuid()
    before = os.geteuid()
    os.seteuid(nobody)
    try:
        with pytest.raises(AudioError, match="permission"):
            audio.probe(path)
    finally:
        os.seteuid(before)


def test_absurd_rates_and_channel_counts_are_refused(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "slow.wav", np.zeros(10), 100)
    with pytest.raises(AudioError, match="100 Hz"):
        audio.probe(tmp_path / "slow.wav")
    soundfile.write(tmp_path / "fast.wav", np.zeros(10), 1_000_000)
    with pytest.raises(AudioError, match="1000000 Hz"):
        audio.probe(tmp_path / "fast.wav")
    soundfile.write(tmp_path / "many.wav", np.zeros((10, 65)), 44100)
    with pytest.raises(AudioError, match="65 channels"):
        audio.probe(tmp_path / "many.wav")


def test_a_file_of_many_hours_is_refused_from_its_header(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, np.zeros(10), 1000, subtype="PCM_U8")
    data = bytearray(path.read_bytes())
    size = 5 * 3600 * 1000
    at = data.index(b"data") + 4
    data[at : at + 4] = size.to_bytes(4, "little")
    path.write_bytes(data)
    os.truncate(path, at + 4 + size)  # sparse
    with pytest.raises(AudioError, match="over 4 hours"):
        audio.examine(path)


def test_values_that_are_no_numbers_are_refused(tmp_path: Path) -> None:
    samples = np.zeros((1000, 2), dtype=np.float32)
    samples[500] = np.nan
    soundfile.write(tmp_path / "nan.wav", samples, 44100, subtype="FLOAT")
    with pytest.raises(AudioError, match="numbers"):
        audio.examine(tmp_path / "nan.wav", lambda samples, rate: None)


@pytest.mark.parametrize(("subtype", "value"), [("FLOAT", 1e19), ("FLOAT", -3e38), ("DOUBLE", 1e300)])
def test_values_that_are_no_sound_are_refused_before_they_are_measured(
    tmp_path: Path, subtype: str, value: float
) -> None:
    samples = np.zeros((30_000, 2))
    samples[500, 1] = value
    soundfile.write(tmp_path / "huge.wav", samples, 44100, subtype=subtype)
    with pytest.raises(AudioError, match="audio"):
        audio.examine(tmp_path / "huge.wav", Meter().listen)


def test_floats_on_the_scale_of_integers_are_measured(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-(2**31), 2**31, (30_000, 2))
    soundfile.write(tmp_path / "integers.wav", noise, 44100, subtype="FLOAT")
    meter = Meter()
    audio.examine(tmp_path / "integers.wav", meter.listen)
    scaled = measure(noise.astype(np.float32) / 2**31, 44100).lufs
    # Each is rounded to a thousandth.
    assert meter.result().lufs == pytest.approx(scaled + 20 * np.log10(2**31), abs=0.0011)


@settings(max_examples=60, deadline=None)
@given(suffix=st.sampled_from(EVERY), data=st.data())
def test_damaged_bytes_never_crash(tmp_path_factory: pytest.TempPathFactory, suffix: str, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    container, subtype = {"ogg": ("OGG", "VORBIS"), "opus": ("OGG", "OPUS"), "mp3": ("MP3", "MPEG_LAYER_III")}.get(
        suffix, (suffix.upper(), "PCM_16")
    )
    path = folder / f"x.{suffix}"
    noise = np.random.default_rng(0).standard_normal((4000, 2)) * 0.1
    soundfile.write(path, noise, 48000, format=container, subtype=subtype)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, min(len(content) - 1, 400)))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])
    with contextlib.suppress(AudioError):
        assert audio.examine(path, lambda samples, rate: None).info.frames > 0


def test_long_files_do_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    with soundfile.SoundFile(path, "w", 16000, 2, "PCM_16") as file:
        quiet = np.zeros((16000 * 60, 2), dtype=np.int16)
        for _ in range(20):
            file.write(quiet)
    script = (
        "import sys, resource; from pathlib import Path; from library.importing.inspect_file import inspect_file;"
        "from library.importing.origin import Origin; before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss;"
        "inspect_file(Path(sys.argv[1]), Origin(), None, lambda: False);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    grown = int(subprocess.check_output([sys.executable, "-c", script, str(path)], text=True))
    kilobytes = grown / 1024 if sys.platform == "darwin" else grown
    assert kilobytes < 100_000  # decoded, it is 154 MB, and 307 MB as float64


def test_write_flac_round_trips_24_bits(tmp_path: Path) -> None:
    steps = np.random.default_rng(0).integers(-(2**23), 2**23, (5000, 2))
    samples = (steps / 2**23).astype(np.float32)
    audio.write_flac(tmp_path / "a.flac", samples, 44100)
    assert audio.probe(tmp_path / "a.flac").subtype == "PCM_24"
    assert np.array_equal(audio.read(tmp_path / "a.flac")[0], samples)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.flac"]


def test_write_flac_clips_rather_than_wraps(tmp_path: Path) -> None:
    audio.write_flac(tmp_path / "a.flac", np.array([[1.5], [-1.5]], dtype=np.float32), 44100)
    high, low = audio.read(tmp_path / "a.flac")[0][:, 0]
    assert high == pytest.approx(1, abs=1e-6)
    assert low == -1


def test_write_flac_says_what_it_cannot_hold(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="9 channels"):
        audio.write_flac(tmp_path / "a.flac", np.zeros((10, 9), dtype=np.float32), 44100)
    with pytest.raises(AudioError, match="numbers"):
        audio.write_flac(tmp_path / "a.flac", np.full((10, 1), np.nan, dtype=np.float32), 44100)
    with pytest.raises(LibraryError, match="couldn't be written"):
        audio.write_flac(tmp_path / "none" / "a.flac", np.zeros((10, 1), dtype=np.float32), 44100)
    assert not list(tmp_path.iterdir())
