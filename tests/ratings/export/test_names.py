"""The names of exported files."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.export.run import NAME_BYTES, NAME_CHARACTERS, words_for_name


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("Slow, neon: drive!", "slow-neon-drive"),
        ("夜のドライブ、ゆっくり", "夜のドライブ-ゆっくり"),
        ("قيادة ليلية هادئة", "قيادة-ليلية-هادئة"),
        ("Cafe\u0301, für Élise", "café-für-élise"),
        ("धीमी रात", "धीमी-रात"),
        ("ช้าๆ", "ช้าๆ"),
        ("می\u200cخواهم", "میخواهم"),
        ("🎵\ufe0f jazz 🎹", "jazz"),
        ('a<b>c:d"e/f\\g|h?i*j\x00k\u202el. ', "a-b-c-d-e-f-g-h-i-j-kl"),
        ("🎵…", "untitled"),
        ("", "untitled"),
        ("x" * 39 + "n\u0323\u0323\u0323", "x" * 39),
        ("𠮷" * 40, "𠮷" * 24),
    ],
)
def test_names_keep_the_letters_of_all_scripts(prompt, words):
    assert words_for_name(prompt) == words


@given(st.text(max_size=80))
def test_a_name_can_stand_on_any_disk(prompt):
    name = words_for_name(prompt)
    assert 0 < len(name) <= NAME_CHARACTERS
    assert len(name.encode()) <= NAME_BYTES
    assert name == unicodedata.normalize("NFC", name)
    assert name.strip("-. ") == name
    assert all(unicodedata.category(character)[0] in "LMN" or character == "-" for character in name)
