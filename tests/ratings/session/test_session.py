"""A session, headless: questions follow from answers and plan, whatever was interrupted, undone or lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ratings.errors import RatingError
from ratings.judgement import Duel, Pick, Stars
from ratings.session.belief import places
from ratings.session.fit_task import MOST, fitted
from ratings.session.progress import measure_progress
from tests.ratings.session.people import begin, go_on, make_takes, settle


@pytest.mark.parametrize("line", [-np.inf, 1.0])
def test_resuming_after_any_prefix_asks_what_would_have_been_asked(people, make_plan, line):
    takes, ann = people(6, 4, line=line)
    plan = make_plan(best=5)
    asked = go_on(begin(plan, takes, []), ann, 45)
    assert {one.kind for one in asked} >= {"star", "restar", "duel"}
    assert any(isinstance(one, Duel) and one.neither for one in ann.said) == (line == 1.0)
    for count in range(45):
        again = begin(plan, takes[::-1], ann.said[:count])
        assert again.question == asked[count], f"after {count} answers"


def test_going_on_in_another_process_is_going_on(people, make_plan):
    takes, ann = people(6, 4)
    plan = make_plan(best=5)
    go_on(begin(plan, takes, []), ann, 17)
    there = begin(plan, takes, ann.said)
    ann.session = "two"
    asked = go_on(there, ann, 15)
    for count in range(15):
        assert begin(plan, takes, ann.said[: 17 + count]).question == asked[count]


def test_a_fit_that_comes_late_is_gone_on_from(people, make_plan):
    takes, ann = people(6, 4)
    plan = make_plan(best=5)
    prompt, late = begin(plan, takes, []), begin(plan, takes, [])
    for _ in range(30):
        task = late.due()
        for _ in range(2):
            event = ann.answer(late.question)
            late.answer(event)
        if task is not None:
            late.adopt(task.run())
    settle(late)
    prompt = begin(plan, takes, ann.said)
    settle(prompt)
    np.testing.assert_allclose(late.belief.focus.mean, prompt.belief.focus.mean, atol=1e-12)
    assert late.belief.question() == prompt.belief.question()
    assert late.used_s == pytest.approx(sum(one.spent_s for one in ann.said))


def test_undo_asks_again_and_forgets_the_answer(people, make_plan):
    takes, ann = people(6, 4)
    plan = make_plan(best=5)
    session = begin(plan, takes, [])
    go_on(session, ann, 20)
    while session.question.kind != "duel":
        go_on(session, ann, 1)
    before = session.question
    (asked,) = go_on(session, ann, 1)
    used = session.used_s
    gone = session.answers[-1]
    assert isinstance(gone, Duel)
    assert session.retract(ann.take_back(gone)) == asked == before
    assert session.question == before
    assert session.used_s == pytest.approx(used), "the listening is not undone"
    settle(session)
    fresh = begin(plan, takes, ann.said[:-1])
    settle(fresh)
    np.testing.assert_allclose(session.belief.focus.mean, fresh.belief.focus.mean, atol=1e-12)
    assert session.belief.asked == fresh.belief.asked


def test_what_was_said_apart_from_the_session_is_forgotten_too_when_it_is_taken_back(people, make_plan):
    takes, ann = people(6, 4)
    plan = make_plan(best=5)
    session = begin(plan, takes, [])
    go_on(session, ann, 10)
    apart = Stars(take=takes[-1].id, stars=1, **{**ann.common(1), "id": "apart", "session": "elsewhere"})
    session.learn(apart, here=False)
    go_on(session, ann, 5)
    here = session.question
    assert session.retract(ann.take_back(apart)) is None
    assert session.question == here, "it was no answer, so nothing is asked again"
    settle(session)
    fresh = begin(plan, takes, ann.said)
    settle(fresh)
    np.testing.assert_allclose(session.belief.focus.mean, fresh.belief.focus.mean, atol=1e-12)


def test_nobody_takes_back_what_another_said(people, make_plan):
    takes, ann = people(4, 3)
    session = begin(make_plan(best=3), takes, [])
    go_on(session, ann, 5)
    bob = type(ann)(takes, 1, name="bob", session="bobs")
    before = session.belief.own, session.question
    assert session.retract(bob.take_back(ann.said[2])) is None
    assert (session.belief.own, session.question) == before


@pytest.mark.parametrize("answers", [8, 9, 14])  # a fit falls due while the answer is on its way, or none does
def test_an_answer_that_could_not_be_written_was_not_given(people, make_plan, answers):
    takes, ann = people(4, 3)
    plan = make_plan(best=3)
    session = begin(plan, takes, [])
    go_on(session, ann, answers)
    used = session.used_s
    event = ann.answer(session.question)
    session.answer(event)
    task = session.due()
    assert session.withdraw(event)
    if task is not None:
        session.adopt(task.run())
    settle(session)
    fresh = begin(plan, takes, ann.said[:answers])
    settle(fresh)
    assert session.belief.own == fresh.belief.own
    assert session.belief.question() == fresh.question
    assert session.used_s == pytest.approx(used + event.spent_s), "the listening is not undone"
    assert not session.withdraw(event)


def test_an_answer_that_is_met_on_the_disk_counts_once(people, make_plan):
    takes, ann = people(4, 3)
    session = begin(make_plan(), takes, [])
    event = ann.answer(session.question)
    session.answer(event)
    session.learn(event)
    assert session.belief.own.of_session == (event,)
    assert session.used_s == event.spent_s


def test_what_was_passed_over_is_not_asked_at_once_but_comes_again(people, make_plan):
    takes, ann = people(4, 3)
    session = begin(make_plan(best=3), takes, [])
    seen = [session.question.take]
    for _ in range(11):
        seen.append(session.skip().take)
    assert len(set(seen)) == len(takes)
    assert len(session.answers) == 0
    asked = go_on(session, ann, 12)
    assert {one.take for one in asked if one.kind == "star"} == {take.id for take in takes}
    assert session.passed == []


def test_a_pick_on_the_way_is_evidence_but_no_answer(people, make_plan):
    takes, ann = people(4, 3)
    plan = make_plan(best=3)
    session = begin(plan, takes, [])
    go_on(session, ann, 5)
    pick = Pick(take=ann.said[0].take, **ann.common(1))
    ann.said.append(pick)
    session.learn(pick)
    settle(session)
    assert (len(session.answers), session.belief.answers) == (5, 6)
    assert session.belief.focus.quality[session.belief.focus.index[pick.take]] > 0
    assert session.belief.question() == begin(plan, takes, ann.said).question


def test_what_others_said_counts_but_is_not_ones_own(people, make_plan):
    takes, ann = people(5, 4)
    bob = type(ann)(takes, 1, name="bob", session="bobs")
    plan = make_plan(best=4)
    for take in takes:
        bob.answer(begin(plan, takes, []).question.__class__("star", take.id))
    session = begin(plan, takes, bob.said)
    assert not session.belief.focus.judged.any()
    assert len(session.answers) == 0
    said = bob.said + ann.said
    asked = go_on(begin(plan, takes, said), ann, 12)
    assert all(one.kind == "star" for one in asked[:10])


def test_takes_that_come_in_are_asked_about(people, make_plan):
    takes, ann = people(5, 4)
    plan = make_plan(best=4)
    session = begin(plan, takes[:8], [])
    go_on(session, ann, 10)
    session.choose_from(takes, [take.id for take in takes])
    here = session.question
    settle(session)
    assert session.question == here, "the question that is being asked stays"
    asked = go_on(session, ann, 20)
    assert {one.take for one in asked} >= {take.id for take in takes[8:]}
    assert session.belief.question() == begin(plan, takes, ann.said).question


def test_a_session_finds_the_best_and_says_so(people, make_plan):
    takes, ann = people(6, 4, noise=0.3)
    session = begin(make_plan(best=4), takes, [])
    first = measure_progress(session.belief, None)
    assert first.reason == "open"
    assert first.minutes_to_go is None
    forecasts = []
    for _ in range(150):
        go_on(session, ann, 1)
        now = measure_progress(session.belief, None)
        if now.minutes_to_go is not None:
            forecasts.append((session.used_s / 60, now.minutes_to_go))
        if now.reason != "open":
            break
    told = [used + to_go for used, to_go in forecasts[: len(forecasts) // 2]]
    assert 0.4 * forecasts[-1][0] < np.median(told) < 2.5 * forecasts[-1][0]
    assert now.minutes_to_go == 0
    assert now.reason == "settled"
    assert now.k == 4
    assert now.regret <= 0.1 < first.regret
    view = session.belief.focus
    picked = [view.names[i] for i in np.argsort(-view.quality)[:4]]
    best = sorted(ann.worth.values())[-4:]
    assert np.mean(best) - np.mean([ann.worth[take] for take in picked]) < 0.35


def test_time_is_up_after_the_minutes_and_not_before(people, make_plan):
    takes, ann = people(6, 4)
    session = begin(make_plan(best=4, minutes=2.0), takes, [])
    while session.minutes_left:
        assert measure_progress(session.belief, session.minutes_left).reason == "open"
        go_on(session, ann, 1)
    assert measure_progress(session.belief, session.minutes_left).reason == "time"
    assert 120 <= session.used_s < 140
    session.listen(5.0)
    assert session.used_s >= 125


def test_nothing_counts_as_settled_before_something_was_heard(people, make_plan):
    for count in (1, 2, 5):
        takes, ann = make_takes(1, count), people(1, count)[1]
        session = begin(make_plan(), takes, [])
        for _ in takes:
            assert measure_progress(session.belief, None).reason == "open"
            assert session.question.kind == "star"
            go_on(session, ann, 1)
        if count == 1:
            assert measure_progress(session.belief, None).reason == "settled"


def test_of_very_many_takes_the_most_promising_are_looked_at(people, make_plan):
    takes, ann = people(120, 10)
    plan = make_plan()
    session = begin(plan, takes, [])
    view = session.belief.focus
    assert len(view) == MOST < len(takes)
    prompts = {take.id: take.prompt for take in takes}
    assert len({prompts[name] for name in view.names}) == 120
    assert measure_progress(session.belief, None).narrowed
    praised = takes[37 * 10].prompt
    for take in takes[::10] + takes[371:374]:
        ann.said.append(Stars(take=take.id, stars=5 if take.prompt == praised else 1, **ann.common(9)))
    said = ann.said
    after = begin(plan, takes, said).belief.focus
    assert sum(prompts[name] == praised for name in after.names) == 10
    assert begin(plan, takes[::-1], said).question == begin(plan, takes, said).question


def test_no_takes_is_an_error(make_plan):
    with pytest.raises(RatingError):
        begin(make_plan(), [], [])


def test_the_ladder_of_fits_leaves_each_the_time_of_an_answer():
    assert [fitted(count) for count in (0, 1, 3, 4, 6, 7, 10, 11)] == [0, 0, 0, 3, 3, 6, 6, 10]
    assert all(0 <= count - fitted(count) <= 15 for count in range(500))
    assert all(fitted(count) <= fitted(count + 1) <= count for count in range(500))


@pytest.mark.parametrize(("best", "takes", "k"), [(10, 100, 10), (10, 12, 6), (10, 1, 1), (1, 50, 1), (3, 5, 2)])
def test_of_few_takes_fewer_are_to_be_found(best, takes, k):
    assert places(best, takes) == k


def test_a_changed_goal_holds_at_once(people, make_plan):
    takes, ann = people(4, 4)
    session = begin(make_plan(best=4, minutes=1.0), takes, [])
    go_on(session, ann, 10)
    assert session.minutes_left == 0
    session.change(replace_plan(session.plan, minutes=5.0, best=2))
    assert session.minutes_left > 0
    assert session.belief.k == 2
    assert replace(session.belief).question() is not None


def replace_plan(plan, **changes):
    import msgspec

    return msgspec.structs.replace(plan, **changes)
