"""The names of exported files."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ratings.errors import ExportError
from ratings.export.names import (
    FIELDS,
    MOST_BYTES,
    NAME_BYTES,
    NAME_CHARACTERS,
    Named,
    NamePattern,
    names_of,
    words_for_name,
)
from ratings.export.redaction import PublicTake


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


def named(prompt="Slow, neon: drive!", rank=3, **given):
    """A file as names tell of it."""
    take = PublicTake(
        id="3f9a2b1c0d0e0f0a0b0c", prompt=prompt, seed=411, generator="musicgen", model="facebook/musicgen-small",
        created_at="2026-11-30T09:00:00.000000Z", recipe=None,
    )  # fmt: skip
    return Named(
        take=take, rank=rank, of=120, stars=4.5, score=3.456, labels=("red", "live"), duration_s=29.97, **given
    )


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("{rank:02} {prompt} s{seed}", "03 Slow, neon drive! s411.wav"),
        ("{rank}", "3.wav"),
        ("{stars}★ {score:.1} {date} {len}s", "4.5★ 3.5 2026-11-30 30s.wav"),
        ("{generator}-{model}-{id}", "musicgen-musicgen-small-3f9a2b1c.wav"),
        ("[{label}] {prompt:.4}", "[red, live] Slow.wav"),
        ("{{{rank:03}}}", "{003}.wav"),
        ("../{{rank}}{rank}".replace("/", ""), "{rank}3.wav"),
        ("-{rank} .", "3.wav"),
        ("con.{rank}", "_con.3.wav"),
        ("aux{prompt:1}", "auxS.wav"),
    ],
)
def test_a_pattern_is_filled_in(pattern, name):
    assert NamePattern(pattern).name(named(), ".wav") == name


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        ("{foo}", "{foo} isn't a field"), ("{}", "a field"), ("{rank.real}", "a field"), ("{rank[0]}", "a field"),
        ("{rank:99999999}", "valid format"), ("{prompt:>1000000}", "valid format"), ("{rank:x}", "valid format"),
        ("{rank", "can't be"),
        ("rank}", "can't be"), ("all the same", "has no field"), ("", "has no field"), ("a/{rank}", "no / or"),
        ("{rank}" * 40, "too long"), ("{rank!r:{seed}}", "valid format"),
    ],
)  # fmt: skip
def test_what_is_no_pattern_is_named(pattern, told):
    with pytest.raises(ExportError) as refused:
        NamePattern(pattern)
    assert told in str(refused.value)
    assert refused.value.remedy


@given(
    st.text(max_size=300),
    st.sampled_from([f"{{{name}}}" for name in FIELDS] + ["{rank:02} {prompt} s{seed}", "{label} x"]),
)
def test_a_patterned_name_can_stand_on_any_disk(text, pattern):
    file = named(text)
    file = Named(take=file.take, rank=1, of=1, labels=(text,), duration_s=1.0)
    name = NamePattern(pattern).name(file, ".flac")
    stem = name.removesuffix(".flac")
    assert stem
    assert len(name.encode()) <= MOST_BYTES
    assert name == unicodedata.normalize("NFC", name)
    assert not set(name) & set('<>:"/\\|?*')
    assert stem.strip(" .") == stem
    assert stem[0] not in ".-~"
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in name)


def test_names_are_no_two_alike():
    files = [named(prompt) for prompt in ("night", "NIGHT", "night ", "day")]
    assert names_of(files, NamePattern("{prompt}"), ".mp3") == ["night.mp3", "NIGHT-2.mp3", "night-3.mp3", "day.mp3"]
    assert names_of(files[:1], None, ".mp3") == ["003_night_s411_3f9a2b1c.mp3"]


def test_a_long_prompt_gives_way_to_what_stands_behind_it():
    name = NamePattern("{prompt} {id}").name(named("夜" * 500), ".wav")
    assert name.endswith(" 3f9a2b1c.wav")
    assert len(name.encode()) > 100
