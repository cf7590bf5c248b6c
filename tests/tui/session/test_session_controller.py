"""The listening session without a screen: what is written in which order, and what another process finds of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from library.errors import LibraryError
from library.store.catalog import Catalog
from library.take import Take, digest_of, make_id, utc_now
from ratings.judgement import Retraction, Stars
from ratings.session.plan import PlanBook, new_plan
from tui.session.session_controller import Listening, Wish
from tui.workspace import Workspace


@pytest.fixture
def root(tmp_path):
    """A library of six takes."""
    batch = Catalog(tmp_path / "lib").new_batch()
    batch.add(
        [
            Take(
                id=make_id(digest_of(f"sound {number}".encode())),
                batch=batch.name,
                file=f"t{number}.flac",
                duration_s=5.0,
                sample_rate=8000,
                channels=1,
                created_at=utc_now(),
                prompt="calm guitar",
                seed=number,
            )
            for number in range(6)
        ]
    )
    return tmp_path / "lib"


def sit_down(root, wish=Wish()):  # noqa: B008 - it is frozen
    workspace = Workspace(root, "ann")
    workspace.refresh()
    listening = Listening(workspace)
    listening.open(wish)
    return workspace, listening


def written(workspace, write):
    made = write(workspace.log)
    workspace.log.write(made if isinstance(made, list) else [made] if made else [])
    return made


def give(listening, stars):
    take = listening.sitting.question.take
    said = {"take": take, "stars": stars, "heard_s": 1.0, "blind": True}
    return take, listening.answer(lambda session, spent: session.stars(take, stars, blind=True, spent_s=spent), **said)


def test_an_answer_that_is_corrected_before_it_is_written_does_not_stand_beside_the_correction(root):
    workspace, listening = sit_down(root)
    take, write = give(listening, 2)
    correct = listening.correct(lambda session: session.stars(take, 5), take)
    listening.hear([written(workspace, write)])
    events = written(workspace, correct)
    assert [type(event) for event in events] == [Retraction, Stars]
    listening.hear(events)
    assert [event.stars for event in workspace.history.live()] == [5]
    assert workspace.verdict(workspace.catalog.get(take)).judgements == 1


def test_the_last_version_of_a_plan_counts_though_the_clock_was_set_back(root):
    now = datetime.now(UTC)
    book = PlanBook(root, "ann", "here")
    plan = book.write(new_plan(now, best=3), now)
    book.write(plan, now)
    ended = new_plan(now, **{**{name: getattr(plan, name) for name in plan.__struct_fields__}, "ended": True})
    book.write(ended, now - timedelta(hours=1))
    assert PlanBook(root, "ann", "there").records()[-1].plan.ended


def test_a_change_of_the_plan_that_could_not_be_written_comes_with_the_next_answer(root):
    workspace, listening = sit_down(root)
    listening.hear([written(workspace, give(listening, 2)[1])])
    plans = root / "sessions" / "ann" / "plans"
    away = plans.rename(plans.with_name(".away"))
    plans.write_text("in the way")
    with pytest.raises(LibraryError):
        written(workspace, listening.change(minutes=7.0))
    plans.unlink()
    away.rename(plans)
    assert listening.plan.minutes == 7.0
    listening.hear([written(workspace, give(listening, 3)[1])])
    assert sit_down(root)[1].plan.minutes == 7.0


def test_what_was_passed_over_last_is_not_the_first_thing_asked_on_coming_back(root):
    workspace, listening = sit_down(root)
    _, write = give(listening, 3)
    listening.hear([written(workspace, write)])
    passed = [listening.sitting.question.take]
    written(workspace, listening.skip())
    passed.append(listening.sitting.question.take)
    written(workspace, listening.skip())
    workspace, again = sit_down(root)
    assert again.sitting.passed == passed
    assert again.sitting.question.take not in passed
    _, write = give(again, 2)
    again.hear([written(workspace, write)])
    _, third = sit_down(root)
    assert third.sitting.passed == [], "an answer has come since"


def test_two_undos_at_once_of_what_another_process_said_take_back_two_answers(root):
    workspace, before = sit_down(root)
    for stars in (3, 4, 5):
        _, write = give(before, stars)
        before.hear([written(workspace, write)])
    workspace, listening = sit_down(root)
    first, second = listening.undo(), listening.undo()
    listening.hear([written(workspace, first)])
    listening.hear([written(workspace, second)])
    assert [event.stars for event in workspace.history.live()] == [3]


def test_an_answer_that_is_met_on_the_disk_before_it_is_told_counts_once(root):
    workspace, listening = sit_down(root)
    _, write = give(listening, 3)
    event = written(workspace, write)
    listening.sitting.noted(event)
    listening.hear([event])
    assert listening.sitting.judged == 1
    assert [one.id for one in listening.sitting.answers] == [event.id]
