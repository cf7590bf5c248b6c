"""The session behind the rating screen: duels, repeats that don't show, what stays when one leaves, and the end."""

from __future__ import annotations

import time

import pytest
from textual.widgets import ContentSwitcher

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Duel, Stars
from ratings.model.schedule import Question
from ratings.session.plan import SessionPlans
from tests.judging import Judge
from tests.tui.session.sessions import PROMPTS, ask, begun, figures, last, live, unheard, words
from tui.playing.waveform import MARK, Waveform
from tui.session.duel_stage import DuelStage
from tui.session.question_pane import QuestionPane
from tui.session.session_progress import SessionProgress
from tui.session.session_screen import JUST_ASKED_S
from tui.session.star_row import StarTarget


def page(app) -> str:
    return app.screen.query_one("#place", ContentSwitcher).current


def plans(root):
    return [record.plan for record in SessionPlans(Library(root), "ann", "test").records()]


async def answer_a_duel(app, pilot, until, clock, key):
    stage = app.screen.query_one(DuelStage)
    clock.now += 2
    await until(pilot, lambda: stage.pairing.heard_s(stage.pairing.first) >= 1)
    await pilot.press("tab")
    clock.now += 2
    await until(pilot, lambda: stage.pairing.unheard is None)
    await pilot.press(key)


@pytest.mark.parametrize(
    ("side", "first", "key", "winner", "plays"),
    [("a", "take", "a", "take", 0), ("b", "take", "a", "other", 0), ("b", "other", "t", "tie", 1)],
)
async def test_a_duel_is_noted_as_it_was_heard_and_can_be_undone(
    open_app, add_takes, until, clock, root, side, first, key, winner, plays
):
    takes = add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        duel = Question("duel", takes[0].id, takes[1].id, side=side, first=first)
        await ask(app, pilot, duel)
        assert page(app) == "duel"
        assert app.deck.take == takes[plays]
        assert app.screen.blind
        assert "guitar" not in words(app.screen.query_one(DuelStage))
        await pilot.press("4", "x")
        assert page(app) == "duel", "stars are no answer to a duel"
        await answer_a_duel(app, pilot, until, clock, key)
        await until(pilot, lambda: len(live(root)) == 1)
        (event,) = live(root)
        assert isinstance(event, Duel)
        assert (event.take, event.other, event.winner) == (takes[0].id, takes[1].id, winner)
        assert (event.side, event.first, event.blind) == (side, first, True)
        assert event.heard_s == pytest.approx(4, abs=0.5)
        assert page(app) == "one-take"
        await pilot.press("ctrl+z")
        await until(pilot, lambda: page(app) == "duel")
        assert live(root) == []
        assert app.screen.session.question == duel
        assert len(app.screen.session.answers) == 0


async def test_a_take_that_comes_again_looks_like_one_that_was_never_heard(open_app, add_takes, until, clock, root):
    takes = add_takes(PROMPTS)
    judge = Judge(Journal.load(Library(root)).log("ann"))
    judge.stars(takes[0].id, 5)
    judge.pick(takes[0].id)
    judge.mark(takes[0].id, 3.0)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        pane = app.screen.query_one(QuestionPane)

        def looks():
            given = [target.has_class("-given") for target in app.screen.query(StarTarget)]
            marks = pane.query_one(Waveform).render_line(0).text.count(MARK)
            return words(pane), given, marks, app.screen.blind

        await ask(app, pilot, Question("star", takes[1].id))
        await until(pilot, lambda: pane.query_one(Waveform).outline)
        fresh = looks()
        await ask(app, pilot, Question("restar", takes[0].id))
        await until(pilot, lambda: pane.query_one(Waveform).outline)
        assert looks() == fresh
        assert fresh[1:] == ([False] * 5, 0, True)
        await pilot.press("p")
        await pilot.pause()
        assert app.workspace.ratings(takes[0]).picked, "unseen, the pick stays"
        clock.now += 5
        await pilot.press("m")
        await until(pilot, lambda: looks()[2] == 1)
        await pilot.press("2")
        await until(pilot, lambda: len([event for event in live(root) if isinstance(event, Stars)]) == 2)
        await until(pilot, lambda: takes[0].prompt in words(pane))  # with the verdict the name is shown


async def test_no_listening_counts_from_before_the_screen_was_there(open_app, add_takes, until, monkeypatch):
    monkeypatch.setattr("tui.session.session_screen.LONGEST_TICK_S", 1e9)
    add_takes(PROMPTS)
    app, opened = open_app(), time.monotonic()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await until(pilot, lambda: app.screen.session.used_s > 0)
        assert app.screen.session.used_s <= time.monotonic() - opened


async def test_a_session_that_was_left_goes_on(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app(best=2, minutes=9.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3", "4", "2", "3")
        await until(pilot, lambda: len(live(root)) == 4 and app.screen.session.due() is None)
        await until(pilot, lambda: app.screen.controller.progress.answers == 4)
        asked, seed = app.screen.session.belief.question(), app.screen.session.plan.seed
    used, opened = sum(event.spent_s for event in live(root)), time.monotonic()
    again = open_app()
    async with again.run_test(size=(100, 30)) as pilot:
        await begun(again, pilot, until)
        session = again.screen.session
        assert (session.plan.best, session.plan.minutes, session.plan.seed) == (2, 9.0, seed)
        assert session.question == asked
        assert len(session.answers) == 4
        assert used - 0.01 <= session.used_s <= used + time.monotonic() - opened + 0.1
        assert figures(again, ".status")[1] == 4
        await pilot.press("ctrl+z")
        await until(pilot, lambda: len(live(root)) == 3)
        await until(pilot, lambda: len(session.answers) == 3)  # an answer of the process before can be taken back
    other = open_app(best=3)
    async with other.run_test(size=(100, 30)) as pilot:
        await begun(other, pilot, until)
        assert (len(other.screen.session.answers), other.screen.session.plan.best) == (0, 3)


async def test_nothing_is_written_before_the_first_answer(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        assert not (root / "sessions").exists()
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        assert [(plan.best, plan.selection, plan.ended) for plan in plans(root)] == [(10, "", False)]


async def test_a_damaged_plan_is_named_and_another_session_begun(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    folder = root / "sessions" / "ann" / "plans"
    folder.mkdir(parents=True)
    (folder / "20260101-000000-00000000.json").write_text('{"plans": {"1": {"id": "x", "begun": 7}}}')
    app = open_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await begun(app, pilot, until)
        await until(pilot, lambda: app.screen.query("Toast"))
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)


async def test_earlier_notes_are_kept_back_while_a_take_has_no_name(open_app, add_takes, until, root):
    takes = add_takes(PROMPTS)
    Judge(Journal.load(Library(root)).log("ann")).note(takes[0].id, "sounds like rain")
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await ask(app, pilot, Question("restar", takes[0].id))
        await pilot.press("n")
        await until(pilot, lambda: app.screen.query("#words"))
        assert "rain" not in words(app.screen)
        await pilot.press(*"oboe", "enter")
        await until(pilot, lambda: len(live(root)) == 2)
        assert [text for text, _ in app.workspace.ratings(takes[0]).notes] == ["sounds like rain", "oboe"]


@pytest.mark.parametrize("just_asked_s", [JUST_ASKED_S, 0.0])
async def test_when_the_best_are_settled_it_stops_and_says_so_and_one_can_go_on(
    open_app, add_takes, until, root, monkeypatch, just_asked_s
):
    monkeypatch.setattr("tui.session.session_screen.JUST_ASKED_S", just_asked_s)  # 0: it is never known soon enough
    add_takes(PROMPTS[:4])
    app = open_app(best=1)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        favourite = app.deck.take.id
        for _ in range(30):
            count = len(app.screen.session.answers)
            asked = app.screen.session.question
            if asked.other is not None:
                app.screen.session.question = Question("restar", asked.take)
                app.screen.show_question()
                asked = app.screen.session.question
            # Something in between, or quick presses of one key would be a key that is held.
            await pilot.press("left", "5" if asked.take == favourite else "1")
            await until(pilot, lambda seen=count: app.screen.page or app.screen.controller.progress.answers > seen)
            if app.screen.page:
                break
        assert app.screen.page == "settled"
        await until(pilot, lambda: app.screen.query_one("#sum-liked").parent.display)
        assert figures(app, "#sum-title") == [0.1]
        assert not app.deck.playhead().playing
        await until(pilot, lambda: plans(root)[-1].ended)
        await pilot.press("enter")
        assert app.deck.playhead().playing
        await until(pilot, lambda: not plans(root)[-1].ended)
        assert plans(root)[-1].goal <= 0.05


async def test_names_can_be_kept_back_until_the_end(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("h")
        first = app.deck.take
        await pilot.press("3")
        await until(pilot, lambda: "★★★··" in last(app))
        assert not any(hint in words(app.screen) for hint in ("guitar", "fanfare"))
        await pilot.press("up")
        assert app.screen.subject() == first
        assert app.screen.blind
        await pilot.press("f")
        await until(pilot, lambda: first.prompt in words(app.screen))
        assert not app.workspace.blindfold.hides(first.id)
    assert open_app().settings.until_end


async def test_the_session_can_be_changed_while_it_runs(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("s", "delete", "backspace", "backspace", "2", "tab", "5", "enter")
        await until(pilot, lambda: plans(root)[-1].minutes == 5.0)
        assert plans(root)[-1].best == 2
        assert len(app.screen.session.answers) == 1
        minutes, _ = figures(app, ".status")[-2:]
        assert minutes in (4, 5)
        await pilot.press("s", "tab", "tab", *"guitar", "enter")
        await until(pilot, lambda: app.screen.session.plan.selection == "guitar")
        assert len(app.screen.session.answers) == 0
        await until(pilot, lambda: unheard(app) in (2, 3))


async def test_nonsense_in_the_session_dialogue_is_named(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("s", "delete", "backspace", "backspace", "x", "enter")
        await pilot.pause()
        assert app.screen.query("#hint.-wrong")
        await pilot.press("escape")
        assert app.screen.session.plan.best == 10


async def test_progress_is_told_without_telling_what_comes(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app(best=3)
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(app, pilot, until)
        progress = app.screen.query_one(SessionProgress)
        await until(pilot, lambda: str(progress.content).startswith("○○○"))
        assert set(figures(app, "#progress")) == {0, 3}  # settled, and how many are to be


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_duel_and_summary_fit_any_terminal(open_app, add_takes, until, size):
    takes = add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=size) as pilot:
        await begun(app, pilot, until)
        await ask(app, pilot, Question("duel", takes[0].id, takes[1].id))
        stage, progress = app.screen.query_one(DuelStage), app.screen.query_one(SessionProgress)
        assert stage.query_one("#duel-answers").region.bottom <= progress.region.y
        await ask(app, pilot, Question("star", takes[2].id))
        await pilot.press("4", "f")
        await until(pilot, lambda: app.screen.query_one("#sum-liked").parent.display)
        summary = app.screen.query_one("#summary")
        assert summary.region.width == size[0]
        await pilot.press("down", "down")
        assert app.screen.page == "finished"


async def test_a_page_names_only_keys_that_mean_something_there(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("4")
        await until(pilot, lambda: live(root))
        await pilot.press("f")
        await until(pilot, lambda: page(app) == "summary")
        shown = {bound.binding.action for bound in app.screen.active_bindings.values() if bound.enabled}
        assert not shown & {"rate(1)", "rate(5)", "reject", "pick", "mark", "note", "finish"}
        assert "undo" in shown
        await pilot.press("2", "x")
        await pilot.press("u", "3")
        await until(pilot, lambda: len(live(root)) == 2)
        assert [getattr(one, "sound", None) for one in live(root)] == [None, 3]
