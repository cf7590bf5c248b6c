"""Text from outside as it is shown: nothing a terminal obeys, and as wide as it is taken for."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tui.frame.formatting import MARKS, plain

_ODD = "\u200c\u200d\u200b\u00ad\u202e\u2066\u200f\ufe0f\u0301\x1b\x9b\n👩🚀क"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("👩\u200d🚀 launch", "👩🚀 launch"),
        ("👨\u200d👩\u200d👧", "👨👩👧"),
        ("می\u200cخواهم", "میخواهم"),
        ("a\u202eb\u2066c", "a·b·c"),
        ("zero\u200bwidth", "zero·width"),
        ("\u200d", "·"),
        ("", ""),
    ],
)
def test_what_only_joins_is_left_out_and_what_turns_text_is_marked(text, shown):
    assert plain(text) == shown


@given(st.text(st.one_of(st.characters(), st.sampled_from(_ODD))))
def test_nothing_invisible_is_let_through_and_marks_do_not_pile_up(text):
    shown = plain(text)
    kinds = [unicodedata.category(character) for character in shown]
    assert not set(kinds) & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert "M" * (MARKS + 1) not in "".join("M" if kind in ("Mn", "Me") else "-" for kind in kinds)
    assert bool(shown) == bool(text)


@given(st.text(st.sampled_from("👩🚀👨👧\u200dab ")))
def test_joined_emoji_are_as_wide_as_their_parts(text):
    shown = plain(text)
    assert cell_len(shown) == sum(map(cell_len, shown))
