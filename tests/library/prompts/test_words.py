"""Prompts as words: what is one word, what is shared, and what always occurs together."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.prompts.words import has_phrase, shared_words, words_of


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        ("A slow waltz, in the minor", ("slow", "waltz", "minor")),
        ("120 BPM, techno", ("120 bpm", "techno")),
        ("techno at 120bpm.", ("techno", "120 bpm")),
        ("lo-fi 4/4 in F# minor", ("lo-fi", "4/4", "f#", "minor")),
        ("no drums, drums without reverb", ("no drums", "drums", "without reverb")),
        ("(minor:1.2), [Verse] 80's synth!", ("minor", "1.2", "verse", "80's", "synth")),
        ("slow slow SLOW", ("slow",)),
        ("静かな、ピアノ，夜", ("静かな", "ピアノ", "夜")),
        ("धीमी धुन", ("धीमी", "धुन")),
        ("cafe\u0301 Straße", ("café", "strasse")),
        ("", ()),
        (" , .. – ", ()),
        ("one\ntwo", ("one", "two")),
    ],
)
def test_words(prompt: str, words: tuple[str, ...]) -> None:
    assert words_of(prompt) == words


def test_shared_words_leave_out_what_tells_nothing_apart() -> None:
    shared = shared_words(("slow waltz", "fast waltz", "slow waltz, harp", "fast waltz"))
    assert {one.name: one.prompts for one in shared} == {"slow": (0, 2), "fast": (1, 3)}
    assert shared_words(()) == shared_words(("a march",)) == shared_words(("a march", "a waltz")) == ()


def test_words_that_always_occur_together_are_one() -> None:
    minor, march = shared_words(("slow harp in minor", "a minor, slow piece", "quick march", "march"))
    assert (minor.parts, minor.name, minor.prompts) == (("slow", "minor"), "slow + minor", (0, 1))
    assert march.parts == ("march",)


def test_words_that_recur_side_by_side_are_a_phrase() -> None:
    prompts = ("gated drums, bass", "pop with gated drums", "wall of sound, drums", "big wall of sound", "folk, bass")
    assert {one.name for one in shared_words(prompts)} == {"gated drums", "drums", "wall of sound", "bass"}
    assert [has_phrase(each, "gated drums") for each in prompts] == [True, True, False, False, False]
    assert not has_phrase("gated, drums", "gated drums")


def test_of_many_those_are_kept_that_tell_most_apart() -> None:
    prompts = tuple(f"{'half' if i % 2 else 'other'} x{i // 2}" for i in range(40))
    assert [one.name for one in shared_words(prompts, 2)] == ["other", "half"]
    assert len(shared_words(prompts, 7)) == 7


@given(st.lists(st.text(), max_size=6))
def test_any_text_has_words(prompts: list[str]) -> None:
    for one in shared_words(tuple(prompts)):
        assert 1 < len(one.prompts) < len(prompts)
        assert one.parts
        assert all(part.strip() == part != "" for part in one.parts)
        assert all(has_phrase(prompts[i], part) for i in one.prompts for part in one.parts)


def test_of_words_side_by_side_it_is_told_that_they_are_never_apart() -> None:
    prompts = ("slow minor waltz", "slow minor march", "120 bpm waltz", "120 bpm march")
    count = {one.name: one.number for one in shared_words(prompts)}
    assert count == {"slow minor": 2, "waltz": 1, "120 bpm": 1, "march": 1}
