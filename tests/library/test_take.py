"""Merging documents of the same sound."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.spelling import one_spelling
from library.take import MAX_PROMPT, SURENESS, WORDS, Recipe, Sources, Take, merge, settings_of, source_of

RECIPE = Recipe(generator="sketch", prompt="made", seed=9, duration_s=1.0)


def document(day: int, source: str | None = None, **words: Any) -> Take:
    told = None if source is None else Sources(**{word: source for word in WORDS if word in words})
    return Take(
        id="0" * 20, batch=f"b{day}", file="a.wav", duration_s=1.0, sample_rate=48000, channels=2,
        created_at=f"2026-01-{day:02}T00:00:00Z", told_by=told, **words,
    )  # fmt: skip


words = st.fixed_dictionaries({}, optional={"prompt": st.sampled_from("xyz"), "seed": st.integers(0, 3)})
documents = st.builds(
    lambda day, source, said, recipe: document(day, source, **said, recipe=recipe),
    st.integers(1, 9),
    st.sampled_from([None, *SURENESS]),
    words,
    st.sampled_from([None, RECIPE, Recipe(generator="g", prompt="x", seed=1, duration_s=1.0)]),
)


@given(st.lists(documents, min_size=1, max_size=4))
def test_the_order_of_documents_does_not_matter(given: list[Take]) -> None:
    merged = merge(given)
    assert all(merge(order) == merged for order in permutations(given))
    for word in WORDS:
        told = [take for take in given if getattr(take, word) is not None]
        assert (getattr(merged, word) is None) == (not told)
        if told:
            surest = max(SURENESS.index(source_of(take, word)) for take in told)
            assert SURENESS.index(source_of(merged, word)) == surest
            assert getattr(merged, word) in [
                getattr(take, word) for take in told if SURENESS.index(source_of(take, word)) == surest
            ]
    if len(given) > 1 and merged.recipe is not None:
        assert (merged.recipe.prompt, merged.recipe.seed) == (merged.prompt, merged.seed)


@pytest.mark.parametrize("source", ["pattern", "sidecar", "tags", "sheet"])
def test_what_is_told_beats_what_was_guessed_and_the_newer_the_older(source: str) -> None:
    guess = document(1, "name", prompt="rain 003", seed=3)
    told = document(2, source, prompt="rain")
    merged = merge([guess, told])
    assert (merged.prompt, merged.seed) == ("rain", 3)
    assert (merged.batch, merged.created_at) == (guess.batch, guess.created_at)
    assert merge([guess, told, document(3, source, prompt="snow")]).prompt == "snow"
    assert merge([guess, told, document(3, "name", prompt="other name")]).prompt == "rain"
    assert merge([guess, document(3, "name", prompt="other name")]).prompt == "rain 003"


def test_old_documents_are_guesses_unless_they_have_a_recipe() -> None:
    assert merge([document(1, prompt="a_1"), document(2, "tags", prompt="a")]).prompt == "a"
    made = document(1, prompt="made", seed=9, generator="sketch", recipe=RECIPE)
    assert merge([made, document(2, "sheet", prompt="other", seed=1)]) == made


def test_a_recipe_that_the_surer_words_belie_goes() -> None:
    tagged = document(1, "tags", prompt="made", seed=9, recipe=RECIPE)
    assert merge([tagged, document(2, "tags", prompt="made", seed=9)]).recipe == RECIPE
    corrected = merge([tagged, document(2, "sheet", prompt="other")])
    assert (corrected.prompt, corrected.seed, corrected.recipe) == ("other", 9, None)


def test_documents_without_sources_stay_as_they_are() -> None:
    take = document(1, prompt="a")
    data = msgspec.json.encode(take)
    assert b"told_by" not in data
    assert msgspec.json.decode(data, type=Take) == take == merge([take])


@pytest.mark.parametrize(
    ("text", "spelling"),
    [
        ("slow piano", "slow piano"),
        ("  slow\u00a0 piano\u3000\n", "slow piano"),
        ("Fu\u0308r E\u0301lise", "Für Élise"),
        ("\u1112\u1161\u11ab\u1100\u1173\u11af", "한글"),
        ("\u202eslow\u202c \ufeffpia\u200bno\u00ad", "slow piano"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ﬁre ½ Ａ", "ﬁre ½ Ａ"),
    ],
)
def test_texts_that_look_the_same_have_one_spelling(text: str, spelling: str) -> None:
    assert one_spelling(text) == spelling
    assert one_spelling(spelling) == spelling
    assert document(1, prompt=text).prompt == spelling


def test_a_recipe_keeps_the_text_that_the_model_was_given() -> None:
    given = "Fu\u0308r  E\u0301lise"
    recipe = Recipe(generator="sketch", prompt=given, seed=9, duration_s=1.0)
    written = msgspec.json.encode(document(1, prompt="x", seed=9, recipe=recipe)).replace(b'"x"', f'"{given}"'.encode())
    read = msgspec.json.decode(written, type=Take)
    assert (read.prompt, read.recipe) == ("Für Élise", recipe)
    assert merge([read, document(2, "tags", prompt="Für Élise", seed=9)]).recipe == recipe


def test_a_prompt_that_grows_over_the_limit_stays_as_it_is() -> None:
    longest = "\u0958" * MAX_PROMPT  # which is two characters where it is composed
    assert document(1, prompt=longest).prompt == longest


def test_recipes_from_before_settings_and_with_them_are_read():
    old = (
        b'{"generator":"musicgen","prompt":"a","seed":1,"duration_s":3.0,"model":"facebook/musicgen-small",'
        b'"sampling":{"guidance":5.0},"fingerprint":{"torch":"2.9.1"}}'
    )
    recipe = msgspec.json.decode(old, type=Recipe)
    assert settings_of(recipe) == {"temperature": 1.0, "top_k": 250, "top_p": 0.0, "guidance": 5.0}
    assert msgspec.json.encode(recipe) == old
    settings = {"guidance": 7.0, "steps": 50, "negative": "drums", "wider": True}
    new = msgspec.structs.replace(recipe, sampling=None, settings=settings)
    read = msgspec.json.decode(msgspec.json.encode(new), type=Recipe)
    assert read == new
    assert [type(value) for value in settings_of(read).values()] == [float, int, str, bool]


@pytest.mark.parametrize("settings", ['{"a":null}', '{"a":[1]}', '{"a":{}}', "[]", '{"a":"' + "x" * 10_001 + '"}',
                                      "{" + ",".join(f'"a{n}":1' for n in range(201)) + "}"])  # fmt: skip
def test_settings_from_elsewhere_are_bounded(settings: str):
    text = f'{{"generator":"g","prompt":"a","seed":1,"duration_s":3.0,"settings":{settings}}}'
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text, type=Recipe)
