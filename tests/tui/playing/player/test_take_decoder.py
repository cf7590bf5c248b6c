"""The decoder: what it makes of files good and bad, and how much of the disk it takes."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tui.playing.player.messages import Decoding, DecodingFailed, WantedTake
from tui.playing.player.sound_chunks import CachedSound
from tui.playing.player.take_decoder import TakeDecoder

RATE = 48_000
SECOND = RATE * 8


def noise(frames: int, channels: int = 2, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-0.5, 0.5, (frames, channels)).astype(np.float32)


def write(path: Path, samples: np.ndarray, rate: int = RATE, subtype: str | None = "FLOAT") -> Path:
    soundfile.write(path, samples, rate, subtype=subtype)
    return path


def to_decode(name: str, path: Path, first: int, chunks: int, **more: str) -> WantedTake:
    return WantedTake(name, str(path), first, chunks, **more)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "cache"
    folder.mkdir()
    return folder


@pytest.fixture
def decoder(folder: Path) -> TakeDecoder:
    return TakeDecoder(folder, budget=100 * SECOND, chunk_seconds=2)


def finish(decoder: TakeDecoder) -> list[str]:
    """Decode all there is to do. The failures."""
    failures = []
    for _ in range(10_000):
        report = decoder.step()
        if report == Decoding(None):
            return failures
        if isinstance(report, DecodingFailed):
            failures.append(report.reason)
    pytest.fail("it never ends")


def everything(folder: Path, name: str) -> np.ndarray:
    sound = CachedSound(folder, name, estimate=0, chunk_seconds=2)
    parts, place = [], 0
    while True:
        sound.refresh(place)
        count = min(sound.available(place), RATE)
        if not count:
            assert sound.certain
            assert sound.total == place
            return np.concatenate(parts)
        parts.append(np.array(sound.read(place, count)))
        place += count


@pytest.mark.parametrize("seconds", [0.01, 1.0, 2.0, 3.7, 6.0])
def test_chunks_join_to_the_take(decoder: TakeDecoder, folder: Path, tmp_path: Path, seconds: float) -> None:
    take = noise(int(seconds * RATE))
    decoder.want([to_decode("a", write(tmp_path / "a.wav", take), 0, 10)])
    assert finish(decoder) == []
    assert everything(folder, "a").tobytes() == take.tobytes()


@pytest.mark.parametrize("rate", [8000, 32000, 44100, 96000])
def test_a_chunk_from_the_middle_is_as_if_read_from_the_start(decoder, folder, tmp_path, rate) -> None:
    path = write(tmp_path / "a.wav", noise(7 * rate), rate)
    decoder.want([to_decode("whole", path, 0, 10), to_decode("part", path, 1, 2)])
    assert finish(decoder) == []
    whole = everything(folder, "whole")
    part = CachedSound(folder, "part", estimate=0, chunk_seconds=2)
    part.refresh(2 * RATE)
    assert part.available(2 * RATE) == 4 * RATE
    assert part.available(0) == 0
    assert (
        np.abs(part.read(2 * RATE, 4 * RATE) - whole[2 * RATE : 6 * RATE]).max() <= 1e-6
    )  # the resampler begins elsewhere
    assert len(whole) == 7 * RATE


@pytest.mark.parametrize(
    ("suffix", "subtype"), [("flac", "PCM_24"), ("ogg", "VORBIS"), ("ogg", "OPUS"), ("mp3", None), ("aiff", "PCM_16")]
)
def test_the_formats_that_are_imported_can_be_played(decoder, folder, tmp_path, suffix, subtype) -> None:
    path = write(tmp_path / f"a.{suffix}", noise(3 * RATE), RATE, subtype)
    decoder.want([to_decode("a", path, 0, 10)])
    assert finish(decoder) == []
    assert len(everything(folder, "a")) == pytest.approx(3 * RATE, abs=2400)


def test_the_first_seconds_can_be_read_while_the_rest_is_decoded(decoder, folder, tmp_path) -> None:
    decoder.want([to_decode("a", write(tmp_path / "a.wav", noise(4 * RATE)), 0, 10)])
    decoder.step()
    sound = CachedSound(folder, "a", estimate=0, chunk_seconds=2)
    sound.refresh(0)
    first = sound.available(0)
    assert 0 < first < RATE
    assert sound.total == 4 * RATE
    assert not sound.certain
    decoder.step()
    assert sound.available(0) > first


def test_what_is_wanted_now_goes_before_what_was_wanted_earlier(decoder, folder, tmp_path) -> None:
    slow = to_decode("slow", write(tmp_path / "slow.wav", noise(20 * RATE)), 0, 10)
    quick = to_decode("quick", write(tmp_path / "quick.wav", noise(RATE)), 0, 1)
    decoder.want([slow])
    decoder.step()
    decoder.want([quick, slow])
    while decoder.step() == Decoding("quick"):
        pass
    assert len(everything(folder, "quick")) == RATE
    decoder.step()
    assert (folder / "slow.1.pcm").exists()
    decoder.want([quick])
    assert not (folder / "slow.1.pcm").exists()  # half a chunk that nobody waits for
    assert (folder / "slow.0.pcm").exists()


def test_a_dropped_chunk_that_is_begun_again_is_seen(decoder, folder, tmp_path) -> None:
    wanted = to_decode("a", write(tmp_path / "a.wav", noise(8 * RATE)), 0, 1)
    decoder.want([wanted])
    decoder.step()
    sound = CachedSound(folder, "a", estimate=0, chunk_seconds=2)
    sound.refresh(0)
    decoder.want([])
    decoder.want([wanted])
    finish(decoder)
    sound.refresh(0)
    assert sound.available(0) == 2 * RATE


def test_the_disk_is_used_within_bounds_and_the_oldest_goes_first(folder, tmp_path) -> None:
    decoder = TakeDecoder(folder, budget=int(7.5 * SECOND), chunk_seconds=2)
    takes = [to_decode(str(n), write(tmp_path / f"{n}.wav", noise(int(1.5 * RATE), seed=n)), 0, 1) for n in range(6)]
    for take in takes[:3]:
        decoder.want([take])
        finish(decoder)
    decoder.want([takes[0]])  # used again
    for take in takes[3:]:
        decoder.want([take])
        finish(decoder)
        assert sum(path.stat().st_blocks * 512 for path in folder.iterdir()) <= 7.5 * SECOND
    left = {path.name[0] for path in folder.iterdir()}
    assert {"4", "5"} <= left
    assert not {"1", "2"} & left


def test_preloading_stops_where_the_disk_is_used_up_but_what_plays_is_decoded(folder, tmp_path) -> None:
    decoder = TakeDecoder(folder, budget=SECOND, chunk_seconds=2)
    takes = [to_decode(str(n), write(tmp_path / f"{n}.wav", noise(3 * RATE, seed=n)), 0, 2) for n in range(2)]
    decoder.want(takes)
    finish(decoder)
    assert len(everything(folder, "0")) == 3 * RATE
    assert not (folder / "1.0.pcm").exists()


def test_a_cache_that_somebody_cleared_is_filled_again(decoder, folder, tmp_path) -> None:
    wanted = to_decode("a", write(tmp_path / "a.wav", noise(RATE)), 0, 1)
    decoder.want([wanted])
    finish(decoder)
    (folder / "a.0.pcm").unlink()
    folder.rmdir()
    decoder.want([wanted])
    assert finish(decoder) == []
    assert len(everything(folder, "a")) == RATE


def bad_files(folder: Path) -> dict[str, Path]:
    whole = write(folder / "whole.flac", noise(RATE), RATE, "PCM_16").read_bytes()
    files = {
        "empty.wav": b"",
        "junk.flac": os.urandom(5000),
        "header.wav": b"RIFF\xff\xff\xff\xffWAVEfmt ",
        "raw.raw": bytes(4000),
        "nothing.flac": whole[:60],
    }
    for name, data in files.items():
        (folder / name).write_bytes(data)
    write(folder / "no-frames.wav", noise(0))
    write(folder / "slow.wav", noise(10), 20)
    os.mkfifo(folder / "fifo.wav")
    (folder / "folder.wav").mkdir()
    names = [*files, "no-frames.wav", "slow.wav", "fifo.wav", "folder.wav", "gone.wav"]
    return {name: folder / name for name in names}


def test_bad_files_are_named_and_stop_nothing(decoder, folder, tmp_path) -> None:
    bad = bad_files(tmp_path)
    good = to_decode("good", write(tmp_path / "good.wav", noise(RATE)), 0, 1)
    decoder.want([*(to_decode(name, path, 0, 1) for name, path in bad.items()), good])
    failures = finish(decoder)
    assert sorted(failure.split(" can't be played: ")[0] for failure in failures) == sorted(bad)
    assert all(failure.endswith(".") and len(failure) < 200 for failure in failures)
    assert len(everything(folder, "good")) == RATE
    assert {path.name for path in folder.iterdir()} == {"good.0.pcm"}


def test_a_file_that_breaks_off_plays_as_far_as_it_goes(decoder, folder, tmp_path) -> None:
    path = write(tmp_path / "a.flac", noise(5 * RATE), RATE, "PCM_16")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 5])
    decoder.want([to_decode("a", path, 0, 10)])
    assert finish(decoder) == []
    assert RATE < len(everything(folder, "a")) < 4 * RATE


def test_samples_that_are_no_numbers_are_silence(decoder, folder, tmp_path) -> None:
    take = noise(RATE)
    take[10], take[20], take[30] = np.nan, np.inf, -np.inf
    decoder.want([to_decode("a", write(tmp_path / "a.wav", take), 0, 1)])
    finish(decoder)
    heard = everything(folder, "a")
    assert np.isfinite(heard).all()
    assert not heard[[10, 20, 30]].any()
