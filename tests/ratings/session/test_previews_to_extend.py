"""Which previews are made longer."""

from __future__ import annotations

from library.generators.recipes import extend_recipe
from library.take import Recipe, Take
from ratings.history import TakeRatings
from ratings.session.previews_to_extend import previews_to_extend


def make_take(seed, *, seconds=6.0, recipe=True):
    made = Recipe(generator="sketch", prompt="rain", seed=seed, duration_s=seconds) if recipe else None
    return Take(id=f"{seed:020x}", batch="b", file="f", duration_s=seconds, sample_rate=1, channels=1, created_at="",
                prompt="rain", seed=seed, recipe=made)  # fmt: skip


TAKES = [make_take(seed) for seed in range(4)]


def kept(takes, verdicts=None, *, to_s=30.0, known=()):
    said = verdicts or {}
    return [
        take.seed for take, _ in previews_to_extend(takes, lambda take: said.get(take.seed, TakeRatings()), to_s, known)
    ]


def test_all_but_the_rejected():
    assert kept(TAKES) == [0, 1, 2, 3]
    assert kept(TAKES, {1: TakeRatings(rejected=True), 2: TakeRatings(stars=1.0)}) == [0, 2, 3]


def test_only_the_picked_where_some_are():
    assert kept(TAKES, {1: TakeRatings(picked=True), 3: TakeRatings(stars=5.0)}) == [1]


def test_not_those_that_are_long_or_imported_or_made_longer_already():
    takes = [*TAKES[:2], make_take(8, seconds=30.0), make_take(9, recipe=False)]
    assert kept(takes) == [0, 1]
    assert kept(takes, known=[extend_recipe(TAKES[0], 30.0)]) == [1]
    assert kept(takes, to_s=6.0) == []


def test_each_comes_with_the_recipe_of_the_longer_take():
    ((take, recipe),) = previews_to_extend(TAKES[:1], lambda _: TakeRatings(), 30.0, ())
    assert (take, recipe) == (TAKES[0], extend_recipe(TAKES[0], 30.0))
