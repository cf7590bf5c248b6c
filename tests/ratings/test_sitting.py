"""The queue of a listening session, its order, its pace and what is left."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from library.take import Take, make_id
from ratings.sitting import MEASURED, Sitting, spread


def a_take(number: int, prompt: str | None = "p") -> Take:
    return Take(
        id=make_id(number.to_bytes(10, "big")),
        batch="b",
        file=f"{number}.flac",
        duration_s=30.0,
        sample_rate=32000,
        channels=1,
        created_at="2026-01-01T00:00:00Z",
        prompt=prompt,
        seed=number,
    )


def of_prompts(sizes: list[int]) -> list[Take]:
    numbers = iter(range(sum(sizes)))
    return [a_take(next(numbers), f"prompt {prompt}") for prompt, size in enumerate(sizes) for _ in range(size)]


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(0, 2**32))
def test_neighbours_differ_wherever_they_can(sizes, seed):
    takes = of_prompts(sizes)
    order = spread(takes, seed)
    assert sorted(take.id for take in order) == sorted(take.id for take in takes)
    same = sum(before.prompt == after.prompt for before, after in pairwise(order))
    most = max(sizes)
    assert same == max(0, most - (len(takes) - most) - 1)


@given(st.integers(0, 2**32))
def test_the_order_hangs_on_the_seed_alone(seed):
    takes = of_prompts([5, 3, 9])
    assert spread(takes, seed) == spread(takes[::-1], seed)


def test_other_seeds_give_other_orders():
    takes = of_prompts([5, 5, 5])
    assert len({tuple(take.id for take in spread(takes, seed)) for seed in range(20)}) == 20


def test_a_prompt_is_spread_over_the_whole():
    order = spread(of_prompts([10, 90]), 3)
    places = [place for place, take in enumerate(order) if take.prompt == "prompt 0"]
    assert all(5 <= after - before <= 15 for before, after in pairwise(places))


def test_takes_without_a_prompt_are_takes_of_one_prompt():
    order = spread([*(a_take(n, None) for n in range(3)), *(a_take(n, "x") for n in range(3, 6))], 1)
    assert all(before.prompt != after.prompt for before, after in pairwise(order))


def test_it_goes_from_take_to_take_until_none_is_left():
    sitting = Sitting(of_prompts([2, 2]), seed=1)
    seen = []
    while (take := sitting.current) is not None:
        seen.append(take.id)
        sitting.judge(take.id)
        sitting.advance()
    assert len(set(seen)) == 4
    assert (sitting.left, sitting.judged) == (0, 4)


def test_a_take_passed_over_comes_again_after_the_last():
    sitting = Sitting(of_prompts([1, 1, 1]), seed=1)
    skipped = sitting.current
    assert sitting.step(1)
    for _ in range(2):
        sitting.judge(sitting.current.id)
        sitting.advance()
    assert sitting.current is skipped


def test_it_ends_at_its_ends():
    sitting = Sitting(of_prompts([1, 1]), seed=1)
    assert not sitting.step(-1)
    assert sitting.step(1)
    assert not sitting.step(1)
    assert not Sitting().step(1)


def test_stars_given_again_count_once():
    sitting = Sitting(of_prompts([1, 1]), seed=1)
    first = sitting.current
    sitting.judge(first.id)
    sitting.advance()
    sitting.step(-1)
    sitting.judge(sitting.current.id)
    assert (sitting.judged, sitting.left) == (1, 1)
    assert sitting.advance()
    assert sitting.current is not first


def test_new_takes_join_at_the_end_and_move_nothing():
    sitting = Sitting(of_prompts([1, 1]), seed=1)
    before = [sitting.current, *sitting.coming]
    assert sitting.extend([*of_prompts([1, 1]), a_take(7), a_take(8, "q")]) == 2
    assert [sitting.current, *sitting.coming][:2] == before
    assert len(sitting) == 4


def test_a_finished_sitting_goes_on_with_what_is_new():
    sitting = Sitting([a_take(1)])
    sitting.judge(sitting.current.id)
    assert not sitting.advance()
    assert sitting.current is None
    sitting.extend([a_take(2)])
    assert sitting.current == a_take(2)


def test_going_back_from_the_end_reaches_the_last_take():
    sitting = Sitting([a_take(1)])
    sitting.judge(sitting.current.id)
    sitting.advance()
    assert sitting.step(-1)
    assert sitting.current == a_take(1)


def test_an_undone_verdict_is_left_again():
    sitting = Sitting(of_prompts([1, 1]), seed=1)
    take = sitting.current
    sitting.judge(take.id)
    sitting.advance()
    sitting.settle(take.id, False)
    assert not sitting.is_judged(take.id)
    assert sitting.left == 2
    assert sitting.go_to(take.id)
    assert sitting.current is take


def test_strange_takes_do_not_matter():
    sitting = Sitting([a_take(1)])
    sitting.judge(a_take(5).id)
    sitting.settle(a_take(6).id, True)
    assert not sitting.go_to(a_take(5).id)
    assert (sitting.judged, sitting.left) == (0, 1)


def test_the_pace_is_the_listening_a_verdict_takes():
    sitting = Sitting(of_prompts([5, 5]), seed=1)
    for seconds in (4.0, 6.0, 8.0):
        assert sitting.pace_s is None
        assert sitting.left_s is None
        sitting.listen(seconds)
        sitting.judge(sitting.current.id)
        sitting.advance()
    assert MEASURED == 3
    assert sitting.pace_s == pytest.approx(6.0)
    assert sitting.left_s == pytest.approx(6.0 * 7)
    assert sitting.listened_s == pytest.approx(18.0)


def test_what_others_judged_meanwhile_says_nothing_of_the_pace():
    sitting = Sitting(of_prompts([5, 5]), seed=1)
    for take in [sitting.current, *sitting.coming]:
        sitting.settle(take.id, True)
    assert sitting.pace_s is None
    assert sitting.left == 5
