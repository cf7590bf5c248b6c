"""Prompt and seed from names."""

from __future__ import annotations

from pathlib import PurePath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import ImportingError
from library.importing.names import compile_pattern, from_name
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
        (f"x/a_s{MAX_SEED}.wav", "a", MAX_SEED),
        (f"x/a_s{MAX_SEED + 1}.wav", f"a s{MAX_SEED + 1}", None),
    ],
)
def test_names(path: str, prompt: str, seed: int | None) -> None:
    origin = from_name(PurePath("/music") / path)
    assert (origin.prompt, origin.seed) == (prompt, seed)


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
        "{_}-" * 7 + "{prompt}",
        "{}",
    ],
)
def test_unusable_patterns_are_named(pattern: str) -> None:
    with pytest.raises(ImportingError, match="can't be used"):
        compile_pattern(pattern)
