"""Words fit into the room there is, whatever letters they are of."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.frame.fitted_text import folded, shortened


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("one two three", ["one two", "three"]),
        ("a/very/long/path.flac", ["a/very/l", "ong/path", ".flac"]),
        ("in a/very/long one", ["in", "a/very/l", "ong one"]),
        ("夜のドライブ", ["夜のドラ", "イブ"]),
    ],
)
def test_lines_break_between_words_and_in_words_that_are_too_long(text, lines):
    assert folded(text, 8) == lines


@given(st.text(alphabet=st.characters(exclude_categories=("C", "M", "Z"))), st.integers(4, 20))
def test_no_line_is_too_wide_and_no_letter_is_lost(text, width):
    lines = folded(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines) == text
    assert cell_len(shortened(text, width)) <= width
