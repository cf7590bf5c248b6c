"""The drawing of an outline in block characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.playing.outline_bars import draw, fold

levels = st.lists(st.floats(0, 1), min_size=1, max_size=300)


@given(levels, st.integers(1, 200))
def test_no_peak_is_lost_and_none_invented(outline, columns):
    folded = fold(outline, columns)
    assert len(folded) == columns
    assert set(folded) <= set(outline)
    if columns <= len(outline):
        assert max(folded) == max(outline)


@given(levels, st.integers(1, 200), st.integers(1, 12))
def test_a_drawing_has_the_size_asked_for(outline, columns, rows):
    drawing = draw(outline, columns, rows)
    assert len(drawing) == rows
    assert {len(row) for row in drawing} == {columns}


@pytest.mark.parametrize("rows", range(1, 13))
def test_full_level_fills_and_silence_is_empty(rows):
    assert draw([1.0] * 8, 4, rows) == ["████"] * rows
    assert draw([0.0] * 8, 4, rows) == ["    "] * rows


def test_one_and_two_rows_stand_on_the_bottom():
    assert draw([0.25, 0.5, 1.0], 3, 1) == ["▂▄█"]
    assert draw([0.25, 0.5, 0.75], 3, 2) == ["  ▄", "▄██"]


def test_from_three_rows_on_it_is_mirrored_around_the_centre():
    assert draw([0.5, 1.0], 2, 4) == [" █", "██", "██", " █"]
    assert draw([0.5, 1.0], 2, 3) == [" █", "██", "▀█"]


def test_a_faint_sound_is_told_from_silence():
    top, bottom = draw([0.01, 0.0], 2, 2)
    assert (top, bottom) == ("  ", "▁ ")
