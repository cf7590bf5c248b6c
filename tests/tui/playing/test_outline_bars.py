"""The drawing of an outline in block characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.sound.outline import RANGE_DB, Outline
from tui.playing.outline_bars import BAND_ROWS, HEATS, SHADES, draw, draw_bands, fold

some = st.binary(min_size=1, max_size=300)


def outline(levels, peaks=None, brightness=bytes(1), bands=(bytes(1),) * 6):
    return Outline(bytes(peaks or levels), bytes(levels), bytes(brightness), bands)


def below(level_db):
    """The byte for a level so far below the loudest peak."""
    return round(255 * (1 - level_db / RANGE_DB))


def texts(drawing):
    return ["".join(run.text for run in row) for row in drawing]


@given(some, st.integers(1, 200))
def test_no_peak_is_lost_and_none_invented(values, columns):
    steps = fold(values, columns)
    assert len(steps) == columns
    assert min(map(len, steps)) > 0
    if columns <= len(values):
        assert b"".join(steps) == values


def test_the_first_part_of_a_take_fills_the_width():
    assert [step[0] for step in fold(bytes(range(100)), 10, 0.5)] == [0, 5, 10, 15, 20, 25, 30, 35, 40, 45]


@given(some, some, some, st.integers(1, 200), st.integers(1, 12))
def test_a_drawing_has_the_size_asked_for(peaks, levels, brightness, columns, rows):
    drawing = draw(outline(levels, peaks, brightness), columns, rows)
    assert [len(text) for text in texts(drawing)] == [columns] * rows
    assert {run.shade for row in drawing for run in row} <= set(range(SHADES))


@pytest.mark.parametrize("rows", range(1, 13))
def test_full_level_fills_and_silence_is_empty(rows):
    assert texts(draw(outline([255] * 8), 4, rows)) == ["████"] * rows
    assert texts(draw(outline([0] * 8), 4, rows)) == ["    "] * rows


def test_power_is_bright_inside_dim_peaks():
    top, bottom = draw(outline([below(18)], [below(0)]), 1, 2)  # half of what is shown
    assert [(run.text, run.level) for run in (*top, *bottom)] == [("█", False), ("█", True)]
    (cell,), (beneath,) = draw(outline([below(9)], [below(0)]), 1, 2)  # its power ends in the peak's cell
    assert (cell.text, cell.level, cell.on_peak, beneath.text) == ("▄", True, True, "█")


def test_six_decibels_are_as_much_at_any_level():
    heights = [
        sum(BLOCKS.index(row[0].text) for row in draw(outline([below(level_db)]), 1, 8))
        for level_db in (0, 6, 12, 18, 24)
    ]
    steps = [high - low for high, low in pairwise(heights)]
    assert max(steps) - min(steps) <= 1
    assert min(steps) > 8


BLOCKS = " ▁▂▃▄▅▆▇█"


def test_a_faint_sound_is_told_from_silence():
    assert texts(draw(outline([below(59), 0]), 2, 2)) == ["  ", "▁ "]


def test_what_is_bright_has_another_shade():
    (row,) = draw(outline([255] * 4, brightness=[0, 255]), 4, 1)
    assert [(run.text, run.shade) for run in row] == [("██", 0), ("██", SHADES - 1)]


def test_the_bands_stand_highest_first_two_a_row():
    bands = tuple(bytes([255 if band in (0, 3) else 0] * 4) for band in range(6))
    drawing = draw_bands(outline([255], bands=bands), 4)
    assert len(drawing) == BAND_ROWS
    assert [(row[0].upper, row[0].upper_heat, row[0].lower, row[0].lower_heat) for row in drawing] == [
        (5, 0, 4, 0),
        (3, HEATS, 2, 0),
        (1, 0, 0, HEATS),
    ]
    assert [len(row[0].text) for row in drawing] == [4, 4, 4]
    six = draw_bands(outline([255], bands=bands), 4, 2 * BAND_ROWS)
    assert [(row[0].upper, row[0].lower, row[0].upper_heat) for row in six] == [
        (band, band, HEATS if band in (0, 3) else 0) for band in (5, 4, 3, 2, 1, 0)
    ]
