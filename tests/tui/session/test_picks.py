"""Picks while a take has no name, and undo: both are acknowledged, and what was picked before does not show."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Pick
from ratings.model.schedule import Question
from tests.judging import Judge
from tests.tui.session.sessions import PROMPTS, ask, begun, last, live


@pytest.mark.parametrize("picked_before", [False, True])
async def test_a_pick_is_acknowledged_and_so_is_taking_it_back(open_app, add_takes, until, root, picked_before):
    takes = add_takes(PROMPTS)
    judge = Judge(Journal.load(Library(root)).log("ann"))
    judge.stars(takes[0].id, 5)
    if picked_before:
        judge.pick(takes[0].id)
    app = open_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await begun(app, pilot, until)
        await ask(app, pilot, Question("restar", takes[0].id))
        await pilot.press("p")
        await until(pilot, lambda: len(app.notices) == 1)
        assert sum(isinstance(event, Pick) for event in live(root)) == 1
        await pilot.press("left", "p")
        await until(pilot, lambda: len(app.notices) == 2)
        assert app.notices[0].message != app.notices[1].message
        assert not any(isinstance(event, Pick) for event in live(root))


async def test_a_pick_in_a_run_of_duels_is_acknowledged(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app("duel")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        await pilot.press("p")
        await until(pilot, lambda: len(app.notices) == 1)
        assert [type(event) for event in live(root)] == [Pick]


async def test_undo_of_a_pick_is_acknowledged(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        take = app.screen.subject()
        await pilot.press("p", "ctrl+z")
        await until(pilot, lambda: last(app))
        assert live(root) == []
        assert app.screen.subject() == take


@pytest.mark.parametrize("start", ["library", "rate", "duel"])
async def test_an_undo_with_nothing_to_take_back_says_so(open_app, add_takes, until, root, start):
    add_takes(PROMPTS)
    app = open_app(start)
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: len(app.notices) == 1)
        assert live(root) == []
