"""+ on all there is to make more of, with the sketcher's own worker; the tray; and r, which begins with what is new."""

from __future__ import annotations

import dataclasses

import pytest

from library.generators.recipes import grid
from library.jobs.run_and_wait import run_and_wait
from library.jobs.wishes import record
from library.library import Library
from library.take import Draft
from tests.judging import Judge
from tui.frame.more_dialog import MoreDialog
from tui.frame.tray import Tray
from tui.ranking.heatmap import Heatmap
from tui.ranking.rank_list import RankList
from tui.session.promise_list import PromiseList

PROMPTS = ("slow minor pad", "fast bright lead")
SIZE = (120, 40)


@pytest.fixture
def made(root):
    """Three takes of one prompt and two of another, of a second each."""
    recipes = grid(PROMPTS, [1, 2, 3], generator="sketch", duration_s=1.0)
    return run_and_wait(Library(root), recipes[:5]).takes


@pytest.fixture
def begun(open_app, until):
    async def begin(app, pilot, mode, ready):
        await until(pilot, lambda: app.workspace.loaded)
        app.call_later(app.go, mode)
        await until(pilot, lambda: app.current_mode == mode and app.screen.is_mounted)
        await until(pilot, ready)

    return begin


def tray(app):
    return str(app.screen.query_one(Tray).content)


def new_of(app, made):
    known = {take.id for take in made}
    return [take for take in app.workspace.catalog if take.id not in known]


async def test_a_take_a_prompt_and_what_r_begins_with(made, open_app, until):
    app = open_app("library")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.take_list.rows)
        assert not app.screen.query_one(Tray).display
        first = app.screen.subject()
        asked = record(app.workspace.catalog.library, grid([first.prompt], [90], generator="sketch", duration_s=1.0))
        assert {1, 2, 90} <= app.screen.used_seeds(first.prompt)  # by another app at this library, too
        asked.fulfil()
        await pilot.press("plus")
        assert "4 coming" in tray(app)
        await until(pilot, lambda: len(new_of(app, made)) == 4 and not app.job_states())
        new = new_of(app, made)
        assert {take.prompt for take in new} == {first.prompt}
        assert len({take.seed for take in (*new, *made)} | {1}) == len({take.seed for take in made}) + 4
        assert {take.recipe.duration_s for take in new} == {1.0}
        await until(pilot, lambda: "4 new" in tray(app) and "coming" not in tray(app))

        # A take that is judged is no longer new; R begins with the others.
        Judge(app.workspace.log).stars(new[0].id, 3)
        app.screen.query_one(Tray).draw()
        assert "3 new" in tray(app)
        await pilot.press("r")
        await until(pilot, lambda: app.current_mode == "rate" and app.screen.asked is not None)
        asked = []
        for number in range(1, 4):
            asked.append(app.screen.asked.take)
            await pilot.press(str(number + 1))
            await until(pilot, lambda given=number: len(app.screen.session.answers) == given and app.screen.asked)
        assert set(asked) == {take.id for take in new[1:]}
        assert not app.screen.query_one(Tray).display

        # More come while the session goes on: R in Rate goes on with those. Heard blind, no take is made more of.
        heard = app.screen.subject()
        assert app.screen.blind
        await pilot.press("plus")
        assert not app.job_states()
        while app.screen.blind:
            await pilot.press("up")
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == 8 and not app.job_states())
        await until(pilot, lambda: "4 new" in tray(app))
        fresh = {take.id for take in app.fresh_takes}
        await pilot.press("down", "r")
        await until(pilot, lambda: app.screen.asked is not None and app.screen.asked.take in fresh)
        assert heard.id not in fresh


async def test_a_folded_prompt_several_prompts_and_undo(made, open_app, until):
    app = open_app("library")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.take_list.rows)
        app.remember(more=2)
        await pilot.press("f")
        prompt = next(iter(app.screen.take_list.group)).prompt
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == 2 and not app.job_states())
        assert {take.prompt for take in new_of(app, made)} == {prompt}
        await pilot.press("f", "ctrl+a", "plus")
        await until(pilot, lambda: len(new_of(app, made)) == 6 and not app.job_states())
        assert sorted(take.prompt for take in new_of(app, made)[2:]) == sorted(PROMPTS * 2)
        await pilot.press("escape", "plus", "ctrl+z")  # undone before it has come far, or too late
        await until(pilot, lambda: not app.job_states())
        assert len(new_of(app, made)) <= 8


async def test_a_generator_that_others_run_is_asked_for_once(made, open_app, until, monkeypatch):
    from library.generators.sketch import spec
    from tui.frame.confirm_dialog import ConfirmDialog

    monkeypatch.setattr(spec, "SPEC", dataclasses.replace(spec.SPEC, remote=True))
    app = open_app("library")
    app.remember(more=1)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.take_list.rows)
        await pilot.press("plus")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog) and app.screen.is_mounted)
        await pilot.press("n")
        assert not app.job_states()
        await pilot.press("plus")
        await until(pilot, lambda: isinstance(app.screen, ConfirmDialog) and app.screen.is_mounted)
        await pilot.press("y")
        await until(pilot, lambda: len(new_of(app, made)) == 1 and not app.job_states())
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == 2 and not app.job_states())


async def test_what_an_imported_take_lacks_is_said(add_takes, open_app, until):
    add_takes(["from elsewhere"])
    app = open_app("library")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.take_list.rows)
        await pilot.press("plus")
        await until(pilot, lambda: any("was imported" in toast.message for toast in app._notifications))  # noqa: SLF001
        assert not app.job_states()


async def test_rows_cells_and_seeds_of_the_ranking(made, open_app, until, begun):
    app = open_app("library")
    judge = Judge(app.workspace.log)
    for stars, take in zip((5, 4, 2, 1, 1), made, strict=True):
        judge.stars(take.id, stars)
    app.remember(more=1)
    async with app.run_test(size=SIZE) as pilot:
        rows = lambda: app.screen.query_one("#take", RankList).rows  # noqa: E731
        await begun(app, pilot, "ranking", rows)
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == 1)
        assert new_of(app, made)[-1].prompt == PROMPTS[0]

        app.screen.action_show_view("grid")
        grid_view = app.screen.query_one(Heatmap)
        await until(pilot, lambda: grid_view._grid is not None and len(grid_view._grid.seeds) == 4)  # noqa: SLF001
        for _ in range(12):
            if grid_view.empty_cell is not None:
                break
            await pilot.press("right" if grid_view._column < 3 else "down")  # noqa: SLF001
        cell = grid_view.empty_cell
        await pilot.press("plus", "plus")
        assert sum(len(state.recipes) for state in app.job_states()) <= 1
        await until(pilot, lambda: len(new_of(app, made)) >= 2 and not app.job_states())
        there = [(take.prompt, take.seed) for take in new_of(app, made)]
        assert there.count(cell) == 1  # where the first was there already, the second + made a fresh seed

        app.screen.action_show_view("prompt")
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == len(there) + 1 and not app.job_states())

        app.remember(more=5)
        app.screen.action_show_view("seed")
        seeds = app.screen.query_one("#seed", RankList)
        await until(pilot, lambda: [row.key for row in seeds.rows] and 3 in [row.key for row in seeds.rows])
        while seeds.current.key != 3:
            await pilot.press("down" if seeds.cursor < len(seeds.rows) - 1 else "home")
        missing = 2 - sum(take.seed == 3 for take in app.workspace.catalog)
        before = len(app.workspace.catalog)
        await pilot.press("plus")
        await until(pilot, lambda: len(app.workspace.catalog) == before + missing and not app.job_states())
        assert sorted(take.prompt for take in app.workspace.catalog if take.seed == 3) == sorted(PROMPTS)


async def test_the_summary_s_lines_are_rows_to_act_on(made, open_app, until, begun):
    app = open_app("rate", best=1)
    app.remember(more=1)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.asked is not None)
        await pilot.press("3")
        await until(pilot, lambda: app.screen.session.answers)
        app.screen.action_finish()
        promises = app.screen.query_one(PromiseList)
        await until(pilot, lambda: len(promises.rows) > 1)
        await pilot.press("down")
        assert promises.cursor == 1
        row = promises.current
        await pilot.press("plus")
        await until(pilot, lambda: len(new_of(app, made)) == 1 and not app.job_states())
        assert new_of(app, made)[0].prompt == row.prompt
        assert row.seed in (None, new_of(app, made)[0].seed)
        await until(pilot, lambda: "1 new" in tray(app))
        await pilot.press("r")
        await until(pilot, lambda: app.screen.asked is not None)
        assert app.screen.asked.take == new_of(app, made)[0].id


async def test_the_dialogue_offers_what_the_generator_can(made, open_app, until):
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.take_list.rows)
        await pilot.press("asterisk")
        await until(pilot, lambda: isinstance(app.screen, MoreDialog) and app.screen.is_mounted)
        assert app.screen.query_one("#way").disabled  # the sketcher follows no draft
        for typed in ("0", "1.5", "x", "5000"):
            app.screen.query_one("#count").value = typed
            await pilot.press("enter")
            assert isinstance(app.screen, MoreDialog)
        app.screen.query_one("#count").value = "3"
        app.screen.query_one("#count").focus()
        await pilot.press("enter")
        await until(pilot, lambda: len(new_of(app, made)) == 3 and not app.job_states())
        assert app.settings.more == 3


def test_a_take_can_steer_more_of_itself(made, open_app, monkeypatch):
    from library.generators.sketch import spec
    from tui.frame.more_dialog import ways_of

    assert ways_of(made[:1]) == []
    can = type(spec.specs()[0])
    monkeypatch.setattr(can, "check_draft", lambda self, use, model: None)
    assert ways_of(made[:1]) == ["melody", "continuation"]
    assert Draft(sound=made[0].id, use="melody").use in ways_of(made)
