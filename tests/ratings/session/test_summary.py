"""What a session's end tells, against answers that are known."""

from __future__ import annotations

import numpy as np
import pytest

from ratings.judgement import Stars
from ratings.session.summary import sum_up
from tests.ratings.session.people import Person, begin, go_on, make_takes


def summary_of(plan, takes, said, *, selected=None, name="ann", sessions=("one",)):
    return sum_up(
        plan,
        takes=takes,
        selected=frozenset(selected or [take.id for take in takes]),
        judgements=said,
        listener=name,
        belongs=lambda one: one.session in sessions,
    )


def rate(person, ratings):
    for take, stars in ratings:
        person.said.append(Stars(take=take.id, stars=stars, **person.common(10)))


@pytest.fixture
def grid(people):
    """Four prompts by four seeds without the last cell of each prompt; the first prompt is loved, the last is not."""
    takes, ann = people(4, 4)
    made = [take for take in takes if take.seed != 3 or take.prompt == "prompt 1"]
    for _ in range(3):
        for take in made:
            rate(ann, [(take, {"prompt 0": 5, "prompt 1": 3, "prompt 2": 2, "prompt 3": 1}[take.prompt])])
    return made, ann


def test_the_best_come_first_with_intervals_around_their_scores(grid, make_plan):
    takes, ann = grid
    found = summary_of(make_plan(best=3), takes, ann.said)
    prompts = {take.id: take.prompt for take in takes}
    assert [prompts[one.take] for one in found.liked] == ["prompt 0"] * 3
    assert all(one.low < one.score < one.high <= 5 for one in found.liked)
    assert all(one.p_top > 0.8 for one in found.liked)
    assert found.k == 3


def test_only_what_was_heard_can_have_been_liked(people, make_plan):
    takes, ann = people(3, 3)
    rate(ann, [(takes[0], 4), (takes[4], 3)])
    found = summary_of(make_plan(best=4), takes, ann.said)
    assert [one.take for one in found.liked] == [takes[0].id, takes[4].id]
    assert any(one.take not in (takes[0].id, takes[4].id) for one in found.next)


def test_cells_worth_making_are_of_the_loved_prompt_and_not_there_yet(grid, make_plan):
    takes, ann = grid
    found = summary_of(make_plan(best=3), takes, ann.said)
    assert (found.cells[0].prompt, found.cells[0].seed) == ("prompt 0", 3)
    made = {(take.prompt, take.seed) for take in takes}
    assert not made & {(one.prompt, one.seed) for one in found.cells}
    chances = [one.chance for one in found.cells]
    assert chances == sorted(chances, reverse=True)
    assert 0.2 < chances[0] < 0.8, "a take like those three beats the last of them half of the time"
    assert chances[-1] < 0.05
    assert [one.prompt for one in found.prompts][:2] == ["prompt 0", "prompt 1"]
    assert all(one.seed is None for one in found.prompts)


def test_a_seed_that_wins_across_prompts_is_worth_more(people, make_plan):
    takes, ann = people(6, 4)
    made = [take for take in takes if not (take.prompt == "prompt 5" and take.seed in (1, 2))]
    for _ in range(2):
        rate(ann, [(take, 5 if take.seed == 2 else 2) for take in made])
    found = summary_of(make_plan(best=5), made, ann.said)
    assert [(one.prompt, one.seed) for one in found.cells] == [("prompt 5", 2), ("prompt 5", 1)]
    assert found.cells[0].chance > found.cells[1].chance + 0.1


def test_a_full_grid_leaves_more_seeds_only(people, make_plan):
    takes, ann = people(2, 2)
    rate(ann, [(take, 3) for take in takes])
    found = summary_of(make_plan(best=2), takes, ann.said)
    assert found.cells == ()
    assert len(found.prompts) == 2


def test_hearings_are_counted_by_kind_and_ears_are_judged(people, make_plan):
    takes, ann = people(6, 4, noise=0.3)
    session = begin(make_plan(best=4), takes, [])
    asked = go_on(session, ann, 60)
    found = summary_of(make_plan(best=4), takes, ann.said)
    assert found.duels == sum(one.kind == "duel" for one in asked) > 0
    assert found.agains == sum(one.kind in ("restar", "repeat") for one in asked)
    assert found.firsts + found.agains + found.duels == 60
    assert found.consistency.pairs > 0
    assert found.sides.duels > 0
    assert found.drift is not None
    assert found.agreement is None


def test_agreement_is_told_where_there_are_others(people, make_plan):
    takes, ann = people(4, 4)
    bob = Person(takes, name="bob", session="bobs")
    for person in (ann, bob):
        rate(person, [(take, 1 + (place // 3) % 5) for place, take in enumerate(takes)])
    found = summary_of(make_plan(), takes, ann.said + bob.said)
    assert (found.agreement.takes, found.agreement.alpha) == (16, 1.0)


def test_the_best_are_those_of_ones_own_ear_whatever_others_say(people, make_plan):
    takes, ann = people(4, 6)
    others = [Person(takes, name=name, session=name) for name in ("bob", "cleo", "dan")]
    orders = np.random.default_rng(3).permuted(np.tile(np.arange(len(takes)), (4, 1)), axis=1)
    for person, order in zip((ann, *others), orders, strict=True):
        for _ in range(2):
            rate(person, [(takes[i], 1 + place * 5 // len(takes)) for place, i in enumerate(order)])
    alone = summary_of(make_plan(best=4), takes, ann.said)
    among = summary_of(make_plan(best=4), takes, [*ann.said, *(one for person in others for one in person.said)])
    loved = {takes[i].id for i in orders[0][-4:]}
    for found in (alone, among):
        assert {one.take for one in found.liked} <= loved
        assert all(one.score > 4 for one in found.liked)
        assert all(one.p_top > 0.5 for one in found.liked)


def test_without_takes_there_is_nothing_to_tell(make_plan):
    assert summary_of(make_plan(), [], []) is None


def test_a_session_that_was_not_answered_says_little_but_something(make_plan):
    takes = make_takes(2, 3)
    found = summary_of(make_plan(), takes, [])
    assert found.liked == ()
    assert (found.firsts, found.agains, found.duels) == (0, 0, 0)
    assert found.consistency.pairs == 0
    assert found.drift is found.sides is None


def test_takes_without_prompt_or_seed_are_no_cells(make_plan):
    from msgspec.structs import replace

    takes = [replace(take, prompt=None, seed=None) for take in make_takes(2, 3)]
    found = summary_of(make_plan(), takes, [])
    assert found.cells == found.prompts == ()
