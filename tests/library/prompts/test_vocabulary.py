"""The terms that prompts are made of, and the prompts that the grammar makes of them."""

from __future__ import annotations

import re
from itertools import islice

import pytest

from library.prompts.grammar import compose
from library.prompts.vocabulary import SLOTS, genres, slots_of
from library.spelling import fold, one_spelling


def test_there_are_several_hundred_terms_and_synthwave_is_first() -> None:
    assert genres()[0].name == "synthwave"
    assert len(slots_of()) > 400
    for genre in genres():
        assert 30 < genre.bpm[0] < genre.bpm[1] < 220, genre.name
        assert set(genre.terms) == set(SLOTS) - {"tempo", "key"}, genre.name
        for slot, terms in genre.terms.items():
            assert len(set(terms)) == len(terms), (genre.name, slot)
            assert all(term and term == one_spelling(term) and not set(term) & set("{}|") for term in terms)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_composed_prompt_keeps_to_its_genre(seed: int) -> None:
    by_name = {genre.name: genre for genre in genres()}
    made = list(islice(compose("", seed, ()), 3 * len(by_name)))
    assert {one.genre for one in made} == set(by_name)
    assert len({fold(one.prompt) for one in made}) == len(made)
    assert made == list(islice(compose("", seed, ()), len(made))), "the same seed gives the same prompts"
    for one in made:
        genre = by_name[one.genre]
        head, *rest = one.prompt.split(", ")
        assert head.endswith(genre.name)
        for phrase in rest:
            if tempo := re.fullmatch(r"(\d+) bpm", phrase):
                assert genre.bpm[0] <= int(tempo[1]) <= genre.bpm[1]
            elif not any(genre.allows(slot, phrase) for slot in genre.terms):
                assert phrase.split(" ", 1)[1] in genre.modes


def test_what_is_known_is_not_made_again_and_what_is_asked_for_stands_first() -> None:
    first = [one.prompt for one in islice(compose("", 5, ()), 20)]
    again = [one.prompt for one in islice(compose("", 5, {fold(prompt) for prompt in first}), 20)]
    assert not set(first) & set(again)
    asked = list(islice(compose("Synthwave with flute, 90 bpm", 1, ()), 30))
    assert all(one.genre == "synthwave" and one.prompt.startswith("Synthwave with flute, 90 bpm, ") for one in asked)
    assert all(one.prompt.count("bpm") == 1 for one in asked)
    kinds = {one.genre for one in islice(compose("a warehouse at night", 1, ()), 9)}
    assert len(kinds) == 9, "a part of a word names no genre"
