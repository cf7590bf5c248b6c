"""A file that holds another sound than its take did is not heard in the take's place."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from library.sound import changed_sound as identity
from library.sound.audio import sound_id
from tui.playing.player.api import Track
from tui.playing.player.client import AudioPlayer
from tui.playing.player.messages import Decoding, DecodingFailed, WantedTake
from tui.playing.player.take_decoder import TakeDecoder

RATE = 48_000
BEFORE = "2020-01-01T00:00:00Z"
"""All that is written in a test was written after that."""


def noise(seconds: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.01, 0.1, (int(seconds * RATE), 2)).astype(np.float32)


def write(path: Path, seconds: float, seed: int) -> Path:
    soundfile.write(path, noise(seconds, seed), RATE, subtype="FLOAT")
    return path


def to_decode(name: str, path: Path, first: int, chunks: int, **more: str) -> WantedTake:
    return WantedTake(name, str(path), first, chunks, **more)


@pytest.fixture
def decoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> TakeDecoder:
    """Of one who waits until a file is read, however busy the machine is."""
    monkeypatch.setattr(identity, "PATIENCE_S", 3600.0)
    monkeypatch.setattr(identity, "SHORT_PATIENCE_S", 3600.0)
    (tmp_path / "cache").mkdir()
    return TakeDecoder(tmp_path / "cache", budget=1 << 28, chunk_seconds=1)


@pytest.fixture
def take(tmp_path: Path) -> WantedTake:
    """Three seconds, unchanged."""
    path = write(tmp_path / "take.wav", 3, seed=1)
    return to_decode("take", path, 0, 4, sound=sound_id(path), since=BEFORE)


def failures(decoder: TakeDecoder, *wanted: WantedTake) -> list[str]:
    """Of decoding all of that."""
    decoder.want(list(wanted))
    reports = iter(decoder.step, Decoding(None))
    return [report.reason for report in reports if isinstance(report, DecodingFailed)]


def chunks(tmp_path: Path) -> list[str]:
    return sorted(path.name for path in (tmp_path / "cache").iterdir())


def test_another_sound_is_refused_and_what_follows_is_decoded(decoder, take, tmp_path) -> None:
    write(take.file, 3, seed=2)
    other = write(tmp_path / "other.wav", 0.5, seed=3)
    (reason,) = failures(decoder, take, to_decode("next", other, 0, 1, sound=sound_id(other), since=BEFORE))
    assert "has changed" in reason
    assert str(tmp_path) in reason
    assert chunks(tmp_path) == ["next.0.pcm"]


def test_a_file_that_was_only_touched_is_decoded(decoder, take, tmp_path) -> None:
    os.utime(take.file, (2e9, 2e9))
    assert failures(decoder, take) == []
    assert len(chunks(tmp_path)) == 4


def test_a_sound_that_was_cut_short_is_refused(decoder, take, tmp_path) -> None:
    take.file.write_bytes(take.file.read_bytes()[:-100_000])
    (reason,) = failures(decoder, take)
    assert "Only 2.7 of 3.0 s can be read" in reason
    assert "has changed" not in reason
    assert chunks(tmp_path) == []


def test_an_older_file_that_was_moved_there_is_refused(decoder, take, tmp_path) -> None:
    older = write(tmp_path / "older.wav", 3, seed=2)
    os.utime(older, (1e9, 1e9))
    older.rename(take.file)
    assert "has changed" in failures(decoder, take)[0]


def test_nobody_waits_long_for_a_file_that_was_only_moved(decoder, take, monkeypatch) -> None:
    monkeypatch.setattr(identity, "SHORT_PATIENCE_S", -1.0)
    write(take.file, 3, seed=2)
    assert "has changed" in failures(decoder, take)[0]  # it was written to: it is read all the same
    os.utime(take.file, (1e9, 1e9))
    before = write(take.file.with_name("before.wav"), 0.5, seed=3)
    assert "has changed" in failures(decoder, to_decode("before", before, 0, 1), take)[0]  # nobody waits for it
    identity._checked.clear()  # noqa: SLF001 - as if it had not been read yet
    assert failures(decoder, take) == []


def test_a_file_that_is_written_over_while_it_plays_is_heard_no_further(decoder, take, tmp_path) -> None:
    decoder.want([replace(take, chunks=1)])
    while decoder.step() != Decoding(None):
        pass
    assert chunks(tmp_path) == ["take.0.pcm"]
    samples = noise(3, seed=2)
    with take.file.open("r+b") as file:
        file.seek(-samples.nbytes, os.SEEK_END)
        file.write(samples.tobytes())
    assert "has changed" in failures(decoder, take)[0]
    assert chunks(tmp_path) == ["take.0.pcm"]


def test_what_stands_for_no_take_yet_may_hold_any_sound(decoder, take) -> None:
    write(take.file, 3, seed=2)
    assert failures(decoder, replace(take, since="")) == []


@pytest.fixture
def player(fifo, tmp_path: Path) -> Iterator[AudioPlayer]:
    player = AudioPlayer(cache=tmp_path / "cache")
    player.start()
    yield player
    player.close()


@pytest.mark.sound
def test_not_one_sample_of_it_is_heard_and_the_next_take_plays(fifo, player, tmp_path, get_ready) -> None:
    changed, gone, sound = (write(tmp_path / f"{name}.wav", 1, seed) for seed, name in enumerate(("a", "b", "c")))
    a, b, c = (Track(sound_id(path), path, 1.0, since=BEFORE) for path in (changed, gone, sound))
    write(changed, 1, seed=9)
    gone.unlink()
    for track, words in ((a, "has changed"), (b, "no such file")):
        player.load(track)
        heard = fifo.read_while(lambda: player.playhead().error is None)
        assert words in str(player.playhead().error)
        assert not player.playhead().playing
        assert not np.concatenate([heard, fifo.read(RATE // 4)]).any()
    get_ready(c)
    player.load(c)
    heard = fifo.read_while(lambda: not player.playhead().ended)
    start = np.flatnonzero(heard.any(axis=1))[0]
    assert heard[start:][: RATE // 2].tobytes() == noise(1, 2)[: RATE // 2].tobytes()
