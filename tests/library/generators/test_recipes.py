"""Seeds and grids as users write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.errors import GenerationError
from library.generators.recipes import MAX_SEEDS, grid, make_sampling, parse_seeds
from library.take import MAX_PROMPT, MAX_SEED, Sampling


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


def test_sampling_settings_have_the_usual_values_unless_they_are_chosen():
    assert make_sampling() == Sampling()
    assert make_sampling(temperature=0.5, top_k=100.0) == Sampling(temperature=0.5, top_k=100)
    assert isinstance(make_sampling(top_k=100.0).top_k, int)
    edges = {"temperature": 100, "top_k": 0, "top_p": 1, "guidance": 0}
    assert make_sampling(**edges) == Sampling(**edges)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("temperature", value) for value in (0, -1, 100.5, float("nan"), float("inf"))),
        *(("top_k", value) for value in (-1, 2.5, 1e9, float("nan"))),
        *(("top_p", value) for value in (-0.1, 1.1, float("nan"))),
        *(("guidance", value) for value in (-1, 101, float("inf"))),
    ],
)
def test_sampling_settings_out_of_their_range_are_refused(name: str, value: float):
    with pytest.raises(GenerationError, match=f"(?i){name.replace('_', '-')} can't be") as caught:
        make_sampling(**{name: value})
    assert caught.value.remedy
