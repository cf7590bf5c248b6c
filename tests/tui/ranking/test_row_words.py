"""What is said of a row, in the room there is."""

from __future__ import annotations

from tui.ranking.row_words import in_lines


def test_parts_are_kept_whole_as_far_as_there_is_room():
    assert in_lines(["12345", "678", "90"], 13, 1) == ["12345  ·  678"]
    assert in_lines(["12345", "678", "90"], 13, 2) == ["12345  ·  678", "90"]
    assert in_lines(["12345", "678", "90"], 12, 1) == ["12345"]
    assert in_lines(["12345"], 3, 1) == ["12…"]
    assert in_lines([], 10, 2) == []
