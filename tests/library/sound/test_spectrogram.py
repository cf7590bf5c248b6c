"""Spectrograms: what sounds when and how high stands there."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from library.sound.spectrogram import read_spectrogram

RATE = 44_100
SPAN_HZ = (40.0, 16_000.0)


def row_of(hertz, rows):
    """From the top."""
    return rows - 1 - rows * np.log(hertz / SPAN_HZ[0]) / np.log(SPAN_HZ[1] / SPAN_HZ[0])


@pytest.mark.parametrize(("columns", "rows"), [(60, 30), (300, 100), (3, 2)])
def test_a_tone_stands_at_its_pitch_and_time(tmp_path, columns, rows):
    time_s = np.arange(3 * RATE) / RATE
    hertz = np.where(time_s < 1.5, 200, 5000)
    soundfile.write(tmp_path / "a.wav", 0.5 * np.sin(2 * np.pi * hertz * time_s), RATE)
    image = np.array([list(row) for row in read_spectrogram(tmp_path / "a.wav", 3.0, columns, rows, SPAN_HZ)])
    assert image.shape == (rows, columns)
    for place, pitch in ((0.25, 200), (0.75, 5000)):
        assert abs(image[:, int(place * columns)].argmax() - row_of(pitch, rows)) <= max(1, rows / 30)


@pytest.mark.parametrize("frames", [1, 100, RATE])
def test_silence_and_scraps_are_empty(tmp_path, frames):
    soundfile.write(tmp_path / "a.wav", np.zeros(frames), RATE)
    assert read_spectrogram(tmp_path / "a.wav", frames / RATE, 40, 20, SPAN_HZ) == [bytes(40)] * 20
