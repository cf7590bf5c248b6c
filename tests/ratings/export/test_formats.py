"""Copies in other formats: the same sound as far as they can hold it, with tags that are read again, never clipped."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.sound.audio import probe, read
from library.sound.loudness_meter import measure
from library.store.catalog import Catalog
from ratings.errors import ExportError
from ratings.export import ExportRequest, formats
from ratings.export import run as run_module
from ratings.export.formats import FORMATS
from tests.ratings.export.shelf import noise

LOSSY = ("mp3", "opus", "ogg")


def chord(rate, seconds=1.0, channels=2, peak=0.5):
    """Three sines that a lossy coder keeps, float64 [frames, channels]."""
    time = np.arange(int(rate * seconds)) / rate
    one = sum(np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6)) / 3
    return np.repeat((one * peak / np.abs(one).max())[:, None], channels, axis=1)


def power_db(samples):
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


@pytest.mark.parametrize(("format", "rate"), [*((one, 32000) for one in LOSSY), ("mp3", 96000), ("ogg", 96000)])
def test_a_lossy_copy_sounds_as_the_take(shelf, tmp_path, format, rate):
    samples = chord(rate)
    shelf.add(1, samples=samples, stars=4, rate=rate, subtype="PCM_24")
    (file,) = shelf.export(tmp_path / "out", format=format).files
    assert file.path.name == f"01_slow-neon-drive_s1_{file.take[:8]}.{format}"
    info = probe(file.path)
    assert info.sample_rate == file.sample_rate == {"opus": 48000, "mp3": min(rate, 48000)}.get(format, rate)
    assert (info.channels, info.subtype, file.gain_db) == (2, file.subtype, 0.0)
    found, _ = read(file.path)
    assert abs(len(found) / file.sample_rate - 1.0) < 0.1
    middle = found[len(found) // 4 : 3 * len(found) // 4]
    assert abs(power_db(middle) - power_db(samples)) < 0.5
    spectrum = np.abs(np.fft.rfft(middle[:, 0] * np.hanning(len(middle))))
    assert abs(np.argmax(spectrum[:1000]) * file.sample_rate / len(middle) - 329.6) < 120


@pytest.mark.parametrize("format", LOSSY)
def test_peaks_of_lossy_copies_do_not_clip(shelf, tmp_path, format):
    loud = np.clip(np.random.default_rng(1).normal(0, 0.5, (32000, 2)), -1, 1)
    shelf.add(1, samples=loud, stars=4, rate=32000, subtype="PCM_24")
    (file,) = shelf.export(tmp_path / "out", format=format).files
    found, _ = read(file.path)
    assert 0.5 < np.abs(found).max() <= 1.0
    assert (file.turned_down, file.gain_db < -1) == (True, True)


@pytest.mark.parametrize(
    ("subtype", "held"), [("PCM_16", "PCM_16"), ("PCM_24", "PCM_24"), ("FLOAT", "PCM_24"), ("PCM_U8", "PCM_16")]
)
def test_flac_holds_the_samples(shelf, tmp_path, subtype, held):
    shelf.add(1, subtype=subtype, stars=4)
    (file,) = shelf.export(tmp_path / "out", format="flac").files
    assert (file.subtype, probe(file.path).subtype, probe(file.path).format) == (held, held, "FLAC")
    ours, _ = soundfile.read(shelf.sounds / "1.wav", dtype="float64")
    theirs, _ = soundfile.read(file.path, dtype="float64")
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=0 if subtype != "FLOAT" else 2.0**-24)


@pytest.mark.parametrize("format", [one for one in FORMATS if one != "wav"])
def test_the_tags_are_read_again_and_a_second_export_adds_nothing(shelf, tmp_path, format):
    take = shelf.add(1, samples=chord(48000), rate=48000, stars=5, prompt="größer, 夜", seed=2**63)
    (file,) = shelf.export(tmp_path / "out", format=format).files
    report = run_import(Catalog.load(Library(tmp_path / "other")), ImportRequest([file.path]))
    (again,) = report.takes
    assert (again.prompt, again.seed) == (take.prompt, take.seed)
    (second,) = shelf.export(tmp_path / "out", format=format).files
    assert (second.kept, second.path, second.sha256) == (True, file.path, file.sha256)


@pytest.mark.parametrize("format", [one for one in FORMATS if one != "wav"])
def test_surround_goes_to_its_loudspeakers_or_is_refused(shelf, tmp_path, format):
    samples = chord(48000, channels=6) * np.array([1, 0.5, 0.25, 0, 0.125, 0.0625])
    shelf.add(1, samples=samples, rate=48000, stars=4, subtype="PCM_24")
    report = shelf.export(tmp_path / "out", format=format)
    if format == "mp3":
        (failure,) = report.failed
        assert "6 channels" in failure.reason
        assert report.files == []
        return
    found, _ = read(report.files[0].path)
    level = np.sqrt(np.mean(np.square(found[4800:-4800]), axis=0))
    loudest = [0, 1, 2, 4, 5] if format == "flac" else [0, 2, 1, 3, 4]  # L R C LFE Lb Rb, L C R Lb Rb LFE
    assert list(np.argsort(-level, kind="stable")[:3]) == loudest[:3]


def test_what_a_format_can_not_hold_is_wrong_usage(tmp_path):
    for wrong in ({"format": "aac"}, {"format": "flac", "subtype": "FLOAT"}, {"format": "mp3", "subtype": "PCM_16"}):
        with pytest.raises(ExportError):
            ExportRequest(destination=tmp_path, **wrong)


def test_a_machine_without_the_coder_says_so(shelf, tmp_path, monkeypatch):
    """As with a libsndfile that was built without MPEG."""
    shelf.add(1, stars=4)
    told = soundfile.available_formats()
    del told["MP3"]
    monkeypatch.setattr(soundfile, "available_formats", lambda: told)
    assert not formats.can_be_written("mp3")
    with pytest.raises(ExportError, match="can't write MP3"):
        shelf.export(tmp_path / "out", format="mp3")
    assert not (tmp_path / "out").exists()
    assert run_module.can_be_written("flac")


def test_normalized_copies_are_as_loud_as_asked_for(shelf, tmp_path):
    shelf.add(1, samples=chord(48000, peak=0.1), rate=48000, stars=4)
    (file,) = shelf.export(tmp_path / "out", format="ogg", normalize=-20).files
    assert abs(measure(*read(file.path)).lufs - -20) < 0.3


@pytest.mark.parametrize("format", FORMATS)
def test_silence_and_a_few_frames_are_written(shelf, tmp_path, format):
    shelf.add(1, samples=np.zeros((4410, 1)), stars=4)
    shelf.add(2, samples=noise(2, frames=100), stars=3)
    report = shelf.export(tmp_path / "out", format=format)
    assert (len(report.files), report.failed) == (2, [])
