"""A session while things happen elsewhere: on other screens, in other processes, or quicker than the disk."""

from __future__ import annotations

import threading

from textual.widgets import Static

from library.library import Library
from ratings.journal import Journal
from ratings.model.schedule import Question
from tests.judging import Judge
from tests.tui.session.sessions import PROMPTS, ask, begun, figures, live
from tui.frame.take_list import TakeList
from tui.session.duel_stage import DuelStage
from tui.session.question_pane import QuestionPane
from tui.session.session_controller import SessionController
from tui.session.session_pages import end_of


def listed(app):
    return app.screen.query_one(TakeList).rows


def thinking(app):
    return [worker for worker in app.workers if worker.group == "thinking"]


async def test_an_answer_taken_back_in_another_process_leaves_the_question_as_it_is(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        heard = app.deck.take
        other = Journal.load(Library(root))
        Judge(other.log("ann")).retract(other.history.live()[0])
        app.refresh_library()
        await until(pilot, lambda: len(app.screen.session.answers) == 0)
        await pilot.press("5")
        await until(pilot, lambda: len(live(root)) == 1)
        assert live(root)[0].take == heard.id, "what is judged is what is heard"


async def test_a_second_answer_to_the_same_pair_is_none_to_the_next(open_app, add_takes, until, root, monkeypatch):
    takes = add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await ask(app, pilot, Question("duel", takes[0].id, takes[1].id))
        stage, session = app.screen.query_one(DuelStage), app.screen.session
        answer = session.answer

        def answer_and_meet_another_pair(judgement):
            answer(judgement)
            session.question = Question("duel", takes[2].id, takes[3].id)

        monkeypatch.setattr(session, "answer", answer_and_meet_another_pair)
        for _ in range(2):  # a key that was held too long
            stage.post_message(DuelStage.Answered("a", stage.pairing))
        await until(pilot, lambda: len(live(root)) >= 1)
        for _ in range(5):
            await pilot.pause()
        assert [(one.take, one.other) for one in live(root)] == [(takes[0].id, takes[1].id)]


async def test_what_is_asked_anew_is_shown_on_coming_back(open_app, add_takes, until, root):
    takes = {take.id: take for take in add_takes(PROMPTS)}
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "library" and app.screen.query(TakeList) and listed(app))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: live(root) == [])
        app.deck.load(takes[first.id])
        await pilot.press("r")
        await until(pilot, lambda: app.current_mode == "rate")
        await pilot.pause()
        assert app.screen.subject().id == first.id
        assert app.screen.query_one(QuestionPane).waveform.take.id == first.id


async def test_a_session_that_ends_meanwhile_leaves_the_sound_of_another_screen_on(open_app, add_takes, until, root):
    add_takes(PROMPTS[:2])
    app = open_app(best=1)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        rate = app.screen
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "library" and app.screen.query(TakeList) and listed(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.deck.playhead().playing)
        rate.stop("settled")
        await pilot.pause()
        assert app.deck.playhead().playing


async def test_the_end_tells_of_the_last_answer_too(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app(minutes=1.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        app.screen.session.listen(100.0)
        await pilot.press("4")
        assert app.screen.page == "over"
        await until(pilot, lambda: len(live(root)) == 2)
        await until(pilot, lambda: figures(app, "#sum-steady")[:1] == [2])
        assert app.screen.query_one("#sum-next").parent.display, "most of those were not heard at all"


async def test_going_on_goes_on_though_the_last_answer_was_still_being_thought_about(
    open_app, add_takes, until, monkeypatch
):
    add_takes(PROMPTS)
    app = open_app(minutes=5.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await until(pilot, lambda: not thinking(app))
        look, looks, go_on = SessionController.measure, [], threading.Event()

        def look_slowly(self):
            looks.append(look(self))
            assert go_on.wait(60)
            return looks[-1]

        monkeypatch.setattr(SessionController, "measure", look_slowly)
        app.screen.session.listen(400.0)
        await pilot.press("3")
        assert app.screen.page == "over"
        await until(pilot, lambda: looks)
        await pilot.press("space")
        go_on.set()
        await until(pilot, lambda: len(looks) > 1 and not thinking(app))
        assert looks[0].reason != "open"
        assert app.screen.page == ""
        assert app.deck.playhead().playing


async def test_takes_that_come_while_a_session_is_begun_belong_to_it(open_app, add_takes, until, monkeypatch):
    add_takes(PROMPTS)
    opening, late = SessionController.open, []

    def open_slowly(self, wish):
        session = opening(self, wish)
        late.extend(add_takes(["late"], first=9))
        self._workspace.refresh()
        return session

    monkeypatch.setattr(SessionController, "open", open_slowly)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        assert late[0].id in app.screen.session.selected


async def test_a_filter_that_no_take_answers_to_leaves_the_session_as_it_is(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await begun(app, pilot, until)
        heard = app.deck.take
        await pilot.press("s", "tab", "tab", *"zebra", "enter")
        await until(pilot, lambda: any("zebra" in notice.message for notice in app.notices))
        await pilot.press("4")
        await until(pilot, lambda: len(live(root)) == 1)
        assert live(root)[0].take == heard.id


async def test_while_another_session_is_begun_nothing_is_judged(open_app, add_takes, until, root, monkeypatch):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        opening, go_on = SessionController.open, threading.Event()

        def open_slowly(self, wish):
            assert go_on.wait(60)
            return opening(self, wish)

        monkeypatch.setattr(SessionController, "open", open_slowly)
        await pilot.press("s", "tab", "tab", *"guitar", "enter")
        await pilot.pause()
        await pilot.press("4")
        go_on.set()
        await until(pilot, lambda: app.screen.session.plan.selection == "guitar" and app.screen.asked is not None)
        assert live(root) == []


async def test_what_takes_its_time_after_the_library_is_read_is_named(open_app, add_takes, until, monkeypatch):
    add_takes(PROMPTS)
    app = open_app()
    go_on = threading.Event()
    begin = SessionController.open

    def wait(listening, wish):
        go_on.wait(15)
        return begin(listening, wish)

    monkeypatch.setattr(SessionController, "open", wait)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.is_mounted)
        await until(pilot, lambda: app.screen.page == "choosing")
        go_on.set()
        await begun(app, pilot, until)


async def test_a_finished_session_whose_answer_is_taken_back_elsewhere_asks_again(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        rate, heard = app.screen, app.deck.take
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("f", "escape")
        await until(pilot, lambda: app.screen is not rate)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: not live(root))
        await pilot.press("r")
        await until(pilot, lambda: app.screen is rate and app.deck.is_on(heard))
        assert rate.page == ""
        assert rate.asked.take == heard.id
        assert not rate.session.plan.ended


async def test_the_words_of_the_end_follow_what_is_worked_out_later(open_app, add_takes, until, monkeypatch):
    """However long it takes to work out what that answer has changed."""
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        controller, worked_out = app.screen.controller, threading.Event()
        await until(pilot, lambda: controller.progress is not None and not thinking(app))
        measure = controller.measure

        def measure_late():
            worked_out.wait(60)
            return measure()

        monkeypatch.setattr(controller, "measure", measure_late)
        await pilot.press("5")
        await until(pilot, lambda: len(controller.session.answers) == 1)
        await pilot.press("f")
        await until(pilot, lambda: app.screen.page == "finished")
        worked_out.set()
        await until(pilot, lambda: controller.progress.answers == 1)
        _, words, _ = end_of("finished", controller.session, controller.progress)
        await until(pilot, lambda: str(app.screen.query_one("#sum-words", Static).content) == words)
