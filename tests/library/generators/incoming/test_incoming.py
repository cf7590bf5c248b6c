"""The gate for what other programs give back."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

import msgspec
import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st

from library.errors import GenerationError
from library.generators.incoming.report import Report, facts_of, read_name, read_seed, with_report
from library.generators.incoming.sound import accept_sound, cut_to, text_of, write_wav
from library.take import MAX_FACT, MAX_REPORTED, MAX_SEED, Recipe

RATE = 8000
RECIPE = Recipe(generator="x", prompt="p", seed=7, duration_s=1.0)


@pytest.mark.parametrize(
    ("said", "seed"),
    [(7, 7), ("7", 7), ("7,8", 7), (" 7 , 8", 7), (7.0, 7), (MAX_SEED, MAX_SEED), (0, 0)]
    + [
        (said, None)
        for said in (-1, MAX_SEED + 1, 7.5, True, None, "", "-1", "x", "7e3", "٧", [], float("inf"), "9" * 99)
    ],
)
def test_seeds(said: object, seed: int | None) -> None:
    assert read_seed(said) == seed


def test_names_are_one_line_that_a_terminal_doesnt_obey() -> None:
    assert read_name("acestep\x1b[31m\n v15") == "acestep[31m v15"
    assert [read_name(said) for said in (None, 3, "", "\x1b")] == [None] * 4


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json, max_size=80))
def test_whatever_is_said_a_recipe_holds_it(said: dict[str, object]) -> None:
    facts = facts_of(said, without=("seed",))
    recipe = with_report(RECIPE, Report(facts=facts))
    assert msgspec.json.decode(msgspec.json.encode(recipe), type=Recipe) == recipe
    assert len(facts) <= MAX_REPORTED
    assert all(len(text) <= MAX_FACT and text.isprintable() for text in facts.values())


def test_the_seed_that_was_asked_for_stays_only_where_another_was_used() -> None:
    assert with_report(RECIPE, Report(seed=7)).asked_seed is None
    other = with_report(RECIPE, Report(seed=9))
    assert (other.seed, other.asked_seed) == (9, 7)


@given(st.binary(max_size=2000))
def test_bytes_of_any_kind_are_sound_or_a_reason(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "take"
        path.write_bytes(data)
        try:
            samples, rate = accept_sound(path, "it", 1.0)
        except GenerationError:
            return
        assert len(samples)
        assert rate > 0


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_24"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")],
)
def test_what_sound_can_be(tmp_path: Path, kind: str, subtype: str) -> None:
    path = tmp_path / "take"
    sound = np.random.default_rng(1).uniform(-0.5, 0.5, (RATE, 2)).astype(np.float32)
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format=kind, subtype=subtype)
    path.write_bytes(file.getvalue())
    samples, rate = accept_sound(path, "it", 1.0)
    assert (rate, samples.shape[1]) == (RATE, 2)
    assert len(samples) == pytest.approx(RATE, rel=0.2)


def test_numbers_that_are_none_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "take"
    file = io.BytesIO()
    soundfile.write(file, np.full((RATE, 1), np.nan, np.float32), RATE, format="WAV", subtype="FLOAT")
    path.write_bytes(file.getvalue())
    with pytest.raises(GenerationError, match="numbers"):
        accept_sound(path, "it", 1.0)


def test_a_cut_fades_out_and_leaves_the_rest_alone() -> None:
    sound = np.ones((10 * RATE, 2), np.float32)
    cut = cut_to(sound, RATE, 4.0)
    assert cut.shape == (4 * RATE, 2)
    assert (cut[: -RATE // 50] == 1).all()
    assert not cut[-1].any()
    assert cut_to(sound, RATE, 20.0) is sound


def test_a_wav_is_read_back_to_the_bit_of_its_24(tmp_path: Path) -> None:
    sound = np.random.default_rng(1).uniform(-1, 1, (1000, 2)).astype(np.float32)
    write_wav(tmp_path / "draft.wav", sound, RATE)
    read, rate = soundfile.read(tmp_path / "draft.wav", dtype="float32")
    assert rate == RATE
    np.testing.assert_allclose(read, sound, atol=2**-23)


def test_a_page_is_known_by_its_title() -> None:
    assert text_of(b"<html><head><title>\n Sign in </title>") == "Sign in"
    assert text_of(b"<html><body><h1>502</h1> <p>Bad\x1bGateway</p>") == "502 Bad Gateway"
