"""Prompt and seed from names."""

from __future__ import annotations

import re
from pathlib import PurePath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from library.errors import ImportingError
from library.importing.sources.file_names import _halves, _match_pieces, compile_pattern, from_name
from library.take import MAX_SEED


@pytest.mark.parametrize(
    ("path", "prompt", "seed"),
    [
        ("x/calm_piano_s411.wav", "calm piano", 411),
        ("x/calm-piano-seed-411.flac", "calm piano", 411),
        ("x/calm piano seed411.mp3", "calm piano", 411),
        ("x/calm piano (seed 411).mp3", "calm piano", 411),
        ("x/calm piano [Seed=411].mp3", "calm piano", 411),
        ("x/seed_7_lo-fi_beat.wav", "lo-fi beat", 7),
        ("x/a_s0.wav", "a", 0),
        ("opus_s2/take_s411.wav", "take", 411),
        ("x/waltz s3 seed9.wav", "waltz s3", 9),
        ("calm acoustic/s411.opus", "calm acoustic", 411),
        ("calm acoustic/003.opus", "calm acoustic", None),
        ("seed 12/drums.wav", "drums", 12),
        ("x/calm_acoustic_1.opus", "calm acoustic 1", None),
        ("x/bass 411.wav", "bass 411", None),
        ("x/strings411.wav", "strings411", None),
        ("x/cars99.wav", "cars99", None),
        ("x/s4.5 mix.wav", "s4.5 mix", None),
        ("x/linseed411.wav", "linseed411", None),
        ("x/Neon Rain (1).wav", "Neon Rain", None),
        ("x/Neon Rain - Copy (2).wav", "Neon Rain", None),
        ("x/Neon Rain_s411 (1).wav", "Neon Rain", 411),
        ("x/Udio - Midnight Choir (ext v2.1).mp3", "Udio - Midnight Choir (ext v2.1)", None),
        ("x/[demo] slow waltz.wav", "[demo] slow waltz", None),
        ("x/(demo).wav", "(demo)", None),
        ("x/Anthem (1984).wav", "Anthem (1984)", None),
        ("x/night (v2, s411).wav", "night (v2)", 411),
        ("x/night (s411, v2) slow.wav", "night (v2) slow", 411),
        ("x/night (seed 411) slow.wav", "night slow", 411),
        ("x/night [s411] (dark).wav", "night (dark)", 411),
        ("x/night (s411.wav", "night", 411),
        ("x/(night) drive)_.wav", "(night) drive", None),
        ("x/([]) night.wav", "night", None),
        ("x/雨の夜（seed 411）.wav", "雨の夜", 411),
        ("x/雨の夜【デモ】、s411.wav", "雨の夜【デモ】", 411),
        ("x/“slow” «rain».wav", "“slow” «rain»", None),
        ("x/Don't 'stop'.wav", "Don't 'stop'", None),
        (f"x/a_s{MAX_SEED}.wav", "a", MAX_SEED),
        (f"x/a_s{MAX_SEED + 1}.wav", f"a s{MAX_SEED + 1}", None),
    ],
)
def test_names(path: str, prompt: str, seed: int | None) -> None:
    origin = from_name(PurePath("/music") / path)
    assert (origin.prompt, origin.seed) == (prompt, seed)


@given(st.text(st.sampled_from("ab ()[]（）【】-_.1s"), max_size=16))
def test_pairs_of_brackets_stay_whole(name: str) -> None:
    words = from_name(PurePath("/") / f"{name}.wav").prompt or ""
    assert _halves(name) or not _halves(words)


_words = st.lists(st.text(st.characters(codec="ascii", categories=["Ll"]), min_size=2, max_size=9), min_size=1)


@given(_words, st.integers(0, MAX_SEED), st.sampled_from(["_s{}", "-seed-{}", "_seed{}", " (seed 411)", " seed {}"]))
def test_words_and_seed_come_back(words: list[str], seed: int, form: str) -> None:
    seed = 411 if "411" in form else seed
    if any(word == "seed" for word in words):
        return
    origin = from_name(PurePath("x") / ("_".join(words) + form.format(seed) + ".wav"))
    assert origin.seed == seed
    assert origin.prompt == " ".join(words)


@given(_words, st.integers(0, 10**6))
def test_a_bare_trailing_number_is_never_a_seed(words: list[str], number: int) -> None:
    if words[-1] == "seed":
        return
    for separator in ("_", "-", " ", ""):
        assert from_name(PurePath("x") / f"{'_'.join(words)}{separator}{number}.wav").seed is None


@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=200))
def test_any_name_is_read(name: str) -> None:
    origin = from_name(PurePath("/x") / name)
    assert origin.prompt is None or not any(ord(character) < 32 for character in origin.prompt)


@pytest.mark.parametrize(
    ("pattern", "path", "found"),
    [
        ("{prompt}_s{seed}", "calm_piano_s411.wav", ("calm piano", 411, None, None)),
        ("{seed}-{prompt}", "12-lo-fi beat.wav", ("lo-fi beat", 12, None, None)),
        ("{model}/{_}/{prompt}__{seed}", "small/x y/warm pads__7.wav", ("warm pads", 7, "small", None)),
        ("{generator}.{prompt}.{seed}.{_}", "suno.rain.5.final.wav", ("rain", 5, None, "suno")),
        ("{prompt}{seed}", "rain42.wav", ("rain", 42, None, None)),
    ],
)
def test_patterns(pattern: str, path: str, found: tuple[object, ...]) -> None:
    origin = compile_pattern(pattern).read(PurePath("/a/b") / path)
    assert origin is not None
    assert (origin.prompt, origin.seed, origin.model, origin.generator) == found


def test_a_pattern_that_does_not_fit_says_nothing() -> None:
    assert compile_pattern("{prompt}_s{seed}").read(PurePath("/a/rain.wav")) is None
    assert compile_pattern("{prompt}_s{seed}").read(PurePath(f"/a/rain_s{MAX_SEED + 1}.wav")) is None


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "name",
        "{_}",
        "{prompt",
        "prompt}",
        "{title}",
        "{seed}{seed}",
        "{prompt}{model}",
        "{}",
    ],
)
def test_unusable_patterns_are_named(pattern: str) -> None:
    with pytest.raises(ImportingError, match="can't be used"):
        compile_pattern(pattern)


def by_regular_expression(pattern: str, text: str) -> dict[str, str] | None:
    """What the fields stand for by trying one way after the other."""
    pieces = re.split(r"(\{\w+\})", pattern)
    forms = {"{seed}": "(?P<seed>[0-9]{1,20})", "{_}": "[^/]*?", "{prompt}": "(?P<prompt>[^/]+?)"}
    forms |= {f"{{{name}}}": f"(?P<{name}>[^/]+?)" for name in ("model", "generator")}
    found = re.fullmatch("".join(forms.get(piece, re.escape(piece)) for piece in pieces), text)
    return found and found.groupdict()


_FIELDS = st.permutations(["{prompt}", "{seed}", "{model}", "{generator}", "{_}", "{_}"])


@settings(max_examples=400)
@given(_FIELDS, st.integers(1, 6), st.lists(st.sampled_from(["-", "_", "--", "-a", "/"]), min_size=6, max_size=6),
       st.text("-_a/12", max_size=14))  # fmt: skip
def test_a_name_is_read_as_a_regular_expression_reads_it(fields, count, between, text) -> None:
    pattern = "".join(part for pair in zip(fields[:count], between, strict=False) for part in pair)
    try:
        compiled = compile_pattern(pattern)
    except ImportingError:
        return
    found, expected = _match_pieces(compiled.pieces, text), by_regular_expression(pattern, text)
    assert (found is None) == (expected is None)
    for name, value in (expected or {}).items():
        assert found is not None
        assert found[name] == value


def test_a_long_name_full_of_dashes_is_read_at_once() -> None:
    pattern = compile_pattern("{_}-{generator}-{_}-{model}-{_}-{prompt}-{_}-s{seed}")
    dashes = "-" * 250
    assert pattern.read(PurePath(f"/a/{dashes}.wav")) is None
    origin = pattern.read(PurePath(f"/a/{dashes}rain{dashes}s7.wav"))
    assert origin is not None
    assert origin.seed == 7
