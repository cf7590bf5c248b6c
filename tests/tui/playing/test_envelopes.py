"""Outlines: right for every length of file, bounded, and named errors."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from library.errors import AudioError
from library.take import Take, digest_of, make_id
from tui.playing import envelopes
from tui.playing.envelopes import BINS, Envelopes, read_outline

RATE = 8000


@pytest.fixture
def sound(tmp_path):
    """Writes samples; gives the path."""

    def write(samples, name="a.flac"):
        soundfile.write(tmp_path / name, samples, RATE, subtype="PCM_24")
        return tmp_path / name

    return write


def a_take(path, duration_s=1.0):
    return Take(
        id=make_id(digest_of(str(path).encode())),
        batch="b",
        file=str(path),
        duration_s=duration_s,
        sample_rate=RATE,
        channels=1,
        created_at="2026-01-01T00:00:00Z",
    )


def test_the_loudest_place_is_one_and_in_its_place(sound):
    samples = np.zeros(RATE * 4)
    samples[RATE] = -0.5
    samples[RATE * 3] = 0.25
    outline = read_outline(sound(samples), 4.0, RATE)
    assert len(outline) == BINS
    assert outline[BINS // 4] == pytest.approx(1.0)
    assert outline[BINS * 3 // 4] == pytest.approx(0.5)
    assert sum(level > 0.01 for level in outline) == 2


def test_reading_in_blocks_gives_what_reading_at_once_gives(sound, monkeypatch):
    samples = np.linspace((0.1, 0.3), (0.9, -0.5), RATE * 3)
    path = sound(samples)
    whole = read_outline(path, 3.0, RATE)
    monkeypatch.setattr(envelopes, "BLOCK_FRAMES", 1000)
    assert np.abs(np.subtract(read_outline(path, 3.0, RATE), whole)).max() < 1e-4  # edges move by frames


def test_silence_is_flat(sound):
    assert set(read_outline(sound(np.zeros(RATE)), 1.0, RATE)) == {0.0}


def test_a_file_shorter_than_told_is_drawn_as_far_as_it_goes(sound):
    outline = read_outline(sound(np.full(RATE, 0.5)), 2.0, RATE)
    assert min(outline[: BINS // 2 - 1]) == pytest.approx(1.0)
    assert max(outline[BINS // 2 + 1 :]) == 0.0


def test_a_few_samples_are_enough(sound):
    assert max(read_outline(sound(np.array([0.1, -0.2, 0.1])), 3 / RATE, RATE)) == pytest.approx(1.0)


def test_what_is_no_sound_says_so(tmp_path):
    (tmp_path / "x.flac").write_text("words")
    with pytest.raises(AudioError):
        read_outline(tmp_path / "x.flac", 1.0, RATE)
    with pytest.raises(AudioError):
        read_outline(tmp_path / "missing.flac", 1.0, RATE)


async def test_it_keeps_the_last_ones_used(sound):
    cache = Envelopes(kept=2)
    paths = [sound(np.full(100, 0.5), f"{number}.flac") for number in range(3)]
    takes = [a_take(path) for path in paths]
    for number in (0, 1, 0, 2):
        await cache.outline(takes[number], paths[number])
    assert len(cache) == 2
    assert cache.at_hand(takes[1], paths[1]) is None
    assert cache.at_hand(takes[0], paths[0]) is not None
    paths[0].unlink()
    assert max(await cache.outline(takes[0], paths[0])) == pytest.approx(1.0)
