"""The listening session without a screen: what is written in which order, and what another process finds of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from library.errors import LibraryError
from library.library import Library
from library.store.catalog import BatchWriter
from library.take import Take, digest_of, make_id, utc_now
from ratings.judgement import Retraction, Stars
from ratings.session.plan import SessionPlans, new_plan
from tests.judging import write_plan
from tui.session.session_controller import SessionController, SessionRequest
from tui.workspace import Workspace


@pytest.fixture
def root(tmp_path):
    """A library of six takes."""
    batch = BatchWriter(Library(tmp_path / "lib"))
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


class Desk:
    """A session whose judgements lie in a queue until the test has them written."""

    def __init__(self, root, request=SessionRequest()):  # noqa: B008 - it is frozen
        self.workspace = Workspace(root, "ann")
        self.workspace.refresh()
        self.queue = []
        self.controller = SessionController(self.workspace, lambda *entry: self.queue.append(entry))
        self.controller.open(request)
        self.session = self.controller.session

    def give(self, stars):
        take = self.session.question.take
        answer = self.workspace.log.stars(take, stars, blind=True, spent_s=1.0)
        self.controller.answer(answer)
        return answer

    def write(self):
        """Write what lies in the queue, in its order."""
        while self.queue:
            judgements, plan = self.queue.pop(0)
            if plan is not None:
                self.workspace.plans.write(plan)
            self.controller.handle_written(self.workspace.log.write(judgements))

    @property
    def live(self):
        return self.workspace.history.live()


def test_the_answer_that_is_believed_is_the_one_that_is_written(root):
    desk = Desk(root)
    answer = desk.give(4)
    assert desk.session.answers == [answer]
    assert desk.live == []
    desk.write()
    assert desk.live == [answer] == desk.session.answers
    assert Desk(root).session.answers == [answer]


def test_answers_given_before_the_first_is_written_belong_to_the_session(root):
    desk = Desk(root)
    answers = [desk.give(stars) for stars in (2, 3, 4)]
    desk.write()
    again = Desk(root)
    assert again.controller.resumed
    assert again.session.answers == answers


def test_an_answer_that_could_not_be_written_is_withdrawn_and_the_next_one_brings_the_plan(root):
    desk = Desk(root)
    lost = desk.give(2)
    kept = desk.give(3)
    del desk.queue[0]
    desk.workspace.log.withdraw([lost])
    assert desk.controller.withdraw([lost])
    assert desk.session.answers == [kept]
    desk.write()
    assert desk.live == [kept]
    assert Desk(root).session.answers == [kept]


def test_an_answer_that_is_corrected_before_it_is_written_does_not_stand_beside_the_correction(root):
    desk = Desk(root)
    take = desk.give(2).take
    for stars in (5, 4):
        desk.controller.judge([*desk.controller.take_back(take), desk.workspace.log.stars(take, stars)])
    assert [type(one) for one in desk.queue[1][0]] == [Retraction, Stars]
    desk.write()
    assert [event.stars for event in desk.live] == [4] == [event.stars for event in desk.session.answers]
    assert desk.workspace.history.ratings(take).judgements == 1


def test_an_answer_that_was_not_written_is_not_taken_back_on_the_disk(root):
    desk = Desk(root)
    lost = desk.give(2)
    del desk.queue[0]
    correction = [*desk.controller.take_back(lost.take), desk.workspace.log.stars(lost.take, 5)]
    desk.workspace.log.withdraw([lost])
    desk.controller.withdraw([lost])
    assert desk.workspace.log.write(correction) == correction[1:]
    assert desk.live == correction[1:]


def test_the_last_version_of_a_plan_counts_though_the_clock_was_set_back(root):
    now = datetime.now(UTC)
    plans = SessionPlans(Library(root), "ann", "here")
    plan = write_plan(plans, new_plan(now, best=3), now)
    write_plan(plans, plan, now)
    write_plan(plans, msgspec.structs.replace(plan, ended=True), now - timedelta(hours=1))
    assert SessionPlans(Library(root), "ann", "there").records()[-1].plan.ended


def test_a_change_of_the_plan_that_could_not_be_written_comes_with_the_next_answer(root):
    desk = Desk(root)
    desk.give(2)
    desk.write()
    plans = root / "sessions" / "ann" / "plans"
    away = plans.rename(plans.with_name(".away"))
    plans.write_text("in the way")
    desk.controller.change(minutes=7.0)
    with pytest.raises(LibraryError):
        desk.write()
    plans.unlink()
    away.rename(plans)
    assert desk.controller.plan.minutes == 7.0
    desk.give(3)
    desk.write()
    assert Desk(root).controller.plan.minutes == 7.0


def test_nothing_is_written_for_a_session_without_an_answer(root):
    desk = Desk(root)
    desk.controller.skip()
    desk.controller.change(minutes=7.0)
    assert desk.queue == []


def test_what_was_passed_over_last_is_not_the_first_thing_asked_on_coming_back(root):
    desk = Desk(root)
    desk.give(3)
    passed = []
    for _ in range(2):
        passed.append(desk.session.question.take)
        desk.controller.skip()
    desk.write()
    again = Desk(root)
    assert again.session.passed == passed
    assert again.session.question.take not in passed
    again.give(2)
    again.write()
    assert Desk(root).session.passed == [], "an answer has come since"


@pytest.mark.parametrize("same_process", [True, False])
def test_two_undos_at_once_take_back_two_answers(root, same_process):
    desk = Desk(root)
    for stars in (3, 4, 5):
        desk.give(stars)
    desk.write()
    if not same_process:
        desk = Desk(root)
    assert desk.controller.undo()
    assert desk.controller.undo()
    desk.write()
    assert [event.stars for event in desk.live] == [3]
    assert desk.controller.undo()
    assert not desk.controller.undo()


def test_an_answer_that_is_met_on_the_disk_before_it_is_reported_counts_once(root):
    desk = Desk(root)
    answer = desk.give(3)
    desk.controller.handle_written([answer], elsewhere=True)
    desk.write()
    assert desk.session.answers == [answer]
