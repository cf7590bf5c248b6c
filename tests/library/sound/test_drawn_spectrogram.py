"""The spectrogram that a take was drawn as: what is taken for one, and how it is made to fit."""

from __future__ import annotations

import numpy as np
import pytest

from library.sound.drawn_spectrogram import drawn_levels, drawn_place, has_drawn


@pytest.mark.parametrize(
    "kept",
    [
        {},
        {"codes": np.zeros((4, 10), np.int16)},
        {"spectrogram": np.zeros((512, 64), np.uint8)},
        {"spectrogram": np.zeros((2, 512, 64), np.float64)},
        {"spectrogram": np.zeros((3, 512, 64), np.uint8)},
        {"spectrogram": np.zeros((1, 0, 64), np.uint8)},
    ],
)
def test_anything_else_is_none(kept):
    assert not has_drawn(kept)


@pytest.mark.parametrize(("columns", "rows"), [(64, 512), (10, 30), (200, 40), (1, 2), (64, 1000)])
def test_it_fits_and_keeps_its_loudest(columns, rows):
    picture = np.full((2, 512, 64), 255, np.uint8)
    picture[1, 511, 63] = 0
    assert has_drawn({"spectrogram": picture})
    levels = drawn_levels({"spectrogram": picture}, columns, rows)
    assert [len(line) for line in levels] == [columns] * rows
    assert levels[-1][-1] == 255
    assert sum(map(sum, levels[: rows // 2])) == 0


def test_pitches_lie_where_mels_do():
    assert (drawn_place(0), drawn_place(10_000)) == (0, 1)
    assert 0.3 < drawn_place(1000) < 0.4
