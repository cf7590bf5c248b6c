"""Undo reaches every act, says what it undid, and never which take that was while it is heard blind."""

from __future__ import annotations

import threading

import pytest

from library.generators.recipes import grid
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from ratings.journal import Journal, JudgementLog
from ratings.judgement import Mark, Pick, Reject, Stars
from tui.frame.footer import Footer
from tui.frame.take_list import TakeList
from tui.generating.new_takes_list import NewTakesList


def live(root):
    return Journal.load(Library(root)).history.live()


async def loaded(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(Footer))


def last_words(app):
    return app.notices[-1].message if app.notices else ""


async def test_undo_walks_back_over_judgements_marks_and_jobs_in_their_order(open_app, until, root):
    run_and_wait(Library(root), grid(["slow"], [3], generator="sketch", duration_s=4.0))
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("enter", "4", "m")
        await until(pilot, lambda: len(live(root)) == 2)
        app.queue.warm_up()
        await pilot.press("E")
        assert len(app.job_states()) == 1
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.job_states() == ())
        assert "slow · 3" in last_words(app)
        assert [type(one) for one in live(root)] == [Stars, Mark]
        await pilot.press("ctrl+z")
        await until(pilot, lambda: [type(one) for one in live(root)] == [Stars])
        assert "mark at 0:0" in last_words(app)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: live(root) == [])
        assert "★★★★·" in last_words(app)
        assert "slow · 3" in last_words(app)
        await pilot.press("ctrl+z")
        assert app.job_states() == ()
        assert len(app.workspace.catalog) == 1


@pytest.mark.parametrize(("keys", "before"), [(["3", "0"], Stars), (["p", "p"], Pick)])
async def test_what_was_taken_back_by_its_key_comes_back_by_undo(open_app, add_takes, until, root, keys, before):
    add_takes(["a"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press(keys[0])
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("left", keys[1])
        await until(pilot, lambda: live(root) == [])
        await pilot.press("ctrl+z")
        await until(pilot, lambda: [type(one) for one in live(root)] == [before])


async def test_undo_on_generate_stops_what_was_asked_for_and_puts_back_what_was_stopped(open_app, until):
    app = open_app("generate")
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await pilot.press(*"slow", "ctrl+g")
        assert [len(job.recipes) for job in app.job_states()] == [4]
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.job_states() == ())
        app.make(grid(["long"], range(50), generator="sketch", duration_s=60.0), "a job")
        await until(pilot, lambda: app.screen.query_one(NewTakesList).finished)
        await pilot.press("c")
        await until(pilot, lambda: app.job_states() == ())
        made = len(app.screen.query_one(NewTakesList).finished)
        await pilot.press("ctrl+z")
        await until(pilot, app.job_states)
        assert 50 - made <= len(app.job_states()[0].recipes) < 50  # more, if some landed while it was stopped
        await pilot.press("c")


async def test_undo_of_a_blind_answer_does_not_name_its_take(open_app, add_takes, until, root):
    takes = add_takes(["zephyr", "quartz", "obelisk"])
    app = open_app("rate")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.deck.take is not None)
        await pilot.press("h", "4")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: live(root) == [])
        assert "★★★★·" in last_words(app)
        assert not any(take.prompt in last_words(app) for take in takes)


async def test_what_was_undone_is_said_again_until_something_else_is_said(open_app, add_takes, until, root):
    add_takes(["a", "b"])
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("L", *"live", "enter", "enter")
        await until(pilot, app.workspace.history.known_labels)
        await until(pilot, lambda: len(app.screen_stack) == 1)
        await pilot.press("ctrl+a", "x")
        await until(pilot, lambda: len(live(root)) == 2)
        for _ in range(2):
            await pilot.press("ctrl+z")
            await until(pilot, lambda: live(root) == [])
            await pilot.press("ctrl+y")
            await until(pilot, lambda: [type(one) for one in live(root)] == [Reject, Reject])
        assert "rejected" in last_words(app)
        await pilot.press("ctrl+z", "ctrl+z")
        await until(pilot, lambda: not app.workspace.history.known_labels())
        await pilot.press("ctrl+y")
        await until(pilot, app.workspace.history.known_labels)
        await pilot.press("escape", "p")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("ctrl+y")
        assert "Nothing to redo" in last_words(app)
        assert len(live(root)) == 1


async def test_an_answer_that_is_said_again_answers_the_question(open_app, add_takes, until, root):
    add_takes("abcd")
    app = open_app("rate")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        asked = app.screen.subject()
        await pilot.press("4")
        await until(pilot, lambda: len(live(root)) == 1)
        await until(pilot, lambda: app.screen.subject() not in (asked, None))
        (first,) = live(root)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: live(root) == [] and app.screen.subject() is not None)
        await until(pilot, lambda: app.screen.subject().id == first.take)
        await pilot.press("ctrl+y")
        await until(pilot, lambda: len(live(root)) == 1)
        await until(pilot, lambda: app.screen.subject() not in (asked, None))
        (second,) = live(root)
        assert (second.take, second.blind, second.heard_s) == (first.take, first.blind, first.heard_s)
        assert second.id != first.id


async def test_an_act_of_many_is_undone_off_the_input_path_and_once(open_app, add_takes, until, root, monkeypatch):
    monkeypatch.setattr("tui.frame.judging_screen.MANY", 3)
    add_takes("abcdef")
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await loaded(app, pilot, until)
        await until(pilot, lambda: app.screen.query_one(TakeList).rows)
        await pilot.press("p", "ctrl+a", "x")
        await until(pilot, lambda: len(live(root)) == 7)
        makers, rest_of = [], JudgementLog.rest_of

        def noted(log, undone):
            makers.append(threading.current_thread())
            return rest_of(log, undone)

        monkeypatch.setattr(JudgementLog, "rest_of", noted)
        app.screen.action_undo()
        app.screen.action_undo()
        await until(pilot, lambda: len(live(root)) == 1)
        assert isinstance(live(root)[0], Pick)
        assert makers
        assert threading.main_thread() not in makers
