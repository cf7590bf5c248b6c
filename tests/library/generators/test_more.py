"""Recipes like a take's, with seeds that nobody has tried."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from library.errors import EarmarkError, GenerationError
from library.generators.more import SHORT_SEEDS, model_take, more_of, parent_of, used_seeds, with_seed
from library.generators.recipes import grid
from library.take import Draft, Take

(RECIPE,) = grid(["calm guitar"], [7], generator="sketch", duration_s=2.0)


def take_of(number, recipe=RECIPE, **given):
    values = {"prompt": getattr(recipe, "prompt", None), "seed": getattr(recipe, "seed", None)}
    return Take(
        id=f"{number:020x}", batch="b", file="f", duration_s=2.0, sample_rate=8000, channels=1,
        created_at=f"2026-01-{number + 1:02d}T00:00:00Z", recipe=recipe, **{**values, **given},
    )  # fmt: skip


def counting(*first):
    """Draws these numbers, then others."""
    numbers = itertools.chain(first, itertools.count(500))
    return lambda below: next(numbers) % below


def test_all_but_the_seed_is_as_it_was_asked_for():
    made = msgspec.structs.replace(
        RECIPE, revision="abc", fingerprint={"numpy": "2"}, licence="x", reported={"a": "b"}, asked_seed=3, exact=False
    )
    assert more_of(take_of(1, made), 2, used={7}, draw=counting(11, 12)) == (
        msgspec.structs.replace(RECIPE, seed=11),
        msgspec.structs.replace(RECIPE, seed=12),
    )
    assert with_seed(take_of(1, made), 5) == msgspec.structs.replace(RECIPE, seed=5)


def test_no_seed_that_was_tried_comes_again_nor_one_twice():
    recipes = more_of(take_of(1), 4, used={3, 5}, draw=counting(3, 4, 5, 4, 6, 8, 9))
    assert [recipe.seed for recipe in recipes] == [4, 6, 8, 9]
    drawn = more_of(take_of(1), 1000, used={7})
    assert len({recipe.seed for recipe in drawn}) == 1000
    assert all(recipe.seed < SHORT_SEEDS for recipe in drawn)
    (long,) = more_of(take_of(1), 1, used=range(SHORT_SEEDS), draw=counting(1, 2, SHORT_SEEDS + 1))
    assert long.seed == SHORT_SEEDS + 1


def test_seeds_count_as_tried_made_asked_for_or_in_line_in_any_spelling():
    given = take_of(1, msgspec.structs.replace(RECIPE, seed=41, asked_seed=40))
    imported = take_of(2, None, prompt="calm guitar", seed=50)
    other = take_of(3, msgspec.structs.replace(RECIPE, prompt="loud", seed=60))
    coming = [msgspec.structs.replace(RECIPE, prompt="  calm   guitar ", seed=70)]
    assert used_seeds(coming, [given, imported, other], "calm guitar") == {40, 41, 50, 70}


@pytest.mark.parametrize("count", [0, -1, 1001])
def test_a_count_that_is_none_is_refused(count):
    with pytest.raises(GenerationError, match="fresh seeds"):
        more_of(take_of(1), count, used=())


def test_a_prompt_stands_for_its_newest_take_that_can_be_made_again():
    old, new = take_of(1), take_of(2, msgspec.structs.replace(RECIPE, seed=8))
    foreign = take_of(3, msgspec.structs.replace(RECIPE, seed=9, generator="of another machine"))
    imported = take_of(4, None, prompt="calm guitar")
    assert model_take([new, old, foreign, imported], " calm guitar") == new
    with pytest.raises(EarmarkError, match="was imported"):
        model_take([imported], "calm guitar")
    with pytest.raises(EarmarkError, match="no generator called"):
        model_take([foreign], "calm guitar")
    with pytest.raises(GenerationError, match="No take has that"):
        model_take([old], "loud")


def test_more_of_a_continuation_continue_the_same_take():
    draft = Draft(sound="ab" * 10, use="continuation", until_s=1.0)
    continued = take_of(1, msgspec.structs.replace(RECIPE, draft=draft), parent="ab" * 10)
    assert more_of(continued, 1, used=())[0].draft == draft
    assert parent_of(continued) == "ab" * 10
    assert parent_of(take_of(2, parent="cd" * 10)) is None  # only made longer
