"""Seeds and grids as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import GenerationError
from library.generators import registry
from library.generators.recipes import MAX_SEEDS, grid, parse_seeds, read_axes
from library.take import MAX_PROMPT, MAX_SEED, Sampling, settings_of


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("1-8,42", (1, 2, 3, 4, 5, 6, 7, 8, 42)),
        ("7", (7,)),
        (" 3 , 1 - 2 ", (3, 1, 2)),
        ("5,1-6,5", (5, 1, 2, 3, 4, 6)),
        (str(MAX_SEED), (MAX_SEED,)),
        ("0-0", (0,)),
    ],
)
def test_seeds_keep_their_order_and_come_once(text: str, seeds: tuple[int, ...]):
    assert parse_seeds(text) == seeds


@pytest.mark.parametrize(
    "text",
    [
        *("", ",", "1,", "a", "-1", "1-", "8-1", "1.5", "1e3", "0x10", "1--2", "1-2-3", "٣", str(MAX_SEED + 1)),
        *("0-10000000000", f"0-{MAX_SEEDS}", f"0-{MAX_SEEDS - 1},{MAX_SEEDS}", "9" * 30),
    ],
)
def test_nonsense_is_refused_with_a_remedy(text: str):
    with pytest.raises(GenerationError) as caught:
        parse_seeds(text)
    assert caught.value.remedy


@given(st.text(max_size=40))
def test_any_text_gives_seeds_or_an_error(text: str):
    try:
        seeds = parse_seeds(text)
    except GenerationError:
        return
    assert seeds
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed <= MAX_SEED for seed in seeds)


def test_a_grid_is_every_prompt_with_every_seed():
    recipes = grid(["a", " b ", "a"], (2, 1, 2), generator="sketch", duration_s=3)
    assert [(r.prompt, r.seed) for r in recipes] == [("a", 2), ("a", 1), ("b", 2), ("b", 1)]
    assert {r.duration_s for r in recipes} == {3}
    spelled = grid(["Fu\u0308r  Elise", "Für Elise"], (1,), generator="sketch", duration_s=3)
    assert [r.prompt for r in spelled] == ["Für Elise"]


@pytest.mark.parametrize(
    ("prompts", "seeds", "duration_s"),
    [
        (["  "], (1,), 3),
        (["x" * (MAX_PROMPT + 1)], (1,), 3),
        (["\ud800"], (1,), 3),
        ([], (1,), 3),
        (["a"], (), 3),
        (["a"], (-1,), 3),
        (["a"], (MAX_SEED + 1,), 3),
        (["a"], (1,), 0),
        (["a"], (1,), 1e9),
        (["a"], (1,), float("nan")),
        (["a"], (1,), float("inf")),
        ([str(n) for n in range(101)], tuple(range(1000)), 3),
    ],
)
def test_a_grid_of_nonsense_is_refused(prompts, seeds, duration_s):
    with pytest.raises(GenerationError) as caught:
        grid(prompts, seeds, generator="sketch", duration_s=duration_s)
    assert caught.value.remedy


def test_settings_are_complete_in_recipes_and_stand_in_one_place():
    (plain,) = grid(["a"], (1,), generator="musicgen", duration_s=3)
    assert (plain.sampling, plain.settings) == (Sampling(), {})
    (set_,) = grid(["a"], (1,), generator="musicgen", duration_s=3, settings={"top_k": 100, "guidance": 5})
    assert (set_.sampling, set_.settings) == (Sampling(top_k=100, guidance=5.0), {})
    assert settings_of(set_) == {"temperature": 1.0, "top_k": 100, "top_p": 0.0, "guidance": 5.0}
    (sketched,) = grid(["a"], (1,), generator="sketch", duration_s=3)
    assert (sketched.sampling, sketched.settings) == (None, {})


def test_axes_multiply_with_the_same_seeds():
    musicgen = registry.spec("musicgen")
    axes = read_axes(musicgen, {"guidance": "2, 3,3", "model": "small,melody"})
    recipes = grid(["a", "b"], (7, 8), generator="musicgen", duration_s=3, settings={"top_k": 9}, axes=axes)
    made = [(r.prompt, r.seed, settings_of(r)["guidance"], r.model) for r in recipes]
    assert made == [(p, s, g, m) for p in ("a", "b") for s in (7, 8) for g in (2.0, 3.0) for m in ("small", "melody")]
    assert {settings_of(recipe)["top_k"] for recipe in recipes} == {9}


@pytest.mark.parametrize(
    ("generator", "axis", "values"),
    [
        ("musicgen", "guidance", " , "),
        ("musicgen", "guidance", "2,x"),
        ("musicgen", "guidence", "2"),
        ("musicgen", "model", ","),
        ("sketch", "guidance", "2"),
    ],
)
def test_axes_of_nonsense_are_refused(generator: str, axis: str, values: str):
    with pytest.raises(GenerationError) as caught:
        read_axes(registry.spec(generator), {axis: values})
    assert caught.value.remedy


def test_too_large_a_grid_says_what_it_is_made_of():
    axes = {"guidance": [value / 10 for value in range(101)]}
    with pytest.raises(GenerationError, match="1 prompts × 1000 seeds × 101 guidance"):
        grid(["a"], range(1000), generator="musicgen", duration_s=3, axes=axes)
