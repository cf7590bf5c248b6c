"""Previews, rejected or not, and the keepers made longer by one key: with the real sketcher in its worker."""

from __future__ import annotations

import re

from textual.widgets import Checkbox, Input, Static, TextArea

from library.library import Library
from library.sound import audio
from library.store.catalog import Catalog
from tui.generating.generate_form import GenerateForm
from tui.generating.new_takes_list import NewTakesList


async def previews(app, pilot, until, *, seeds, length):
    """Ask for previews by the keys, and wait for them."""
    await until(pilot, lambda: app.screen.query(GenerateForm) and app.screen.query("#sum"))
    form = app.screen.query_one(GenerateForm)
    form.query_one("#prompts", TextArea).text = "slow strings"
    form.query_one("#seeds", Input).value = seeds
    form.query_one("#length", Input).value = length
    form.query_one("#preview", Checkbox).value = True
    await pilot.pause()
    await pilot.press("ctrl+g")
    landed = app.screen.query_one(NewTakesList)
    await until(pilot, lambda: landed.rows and len(landed.finished) == len(landed.rows) and not app.job_states())
    return landed


async def test_what_is_not_rejected_is_made_longer_side_by_side(open_app, until, root):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        landed = await previews(app, pilot, until, seeds="1-3", length="8")
        assert [take.duration_s for take in landed.finished] == [6.0] * 3
        first, *kept = landed.finished
        await pilot.press("x")
        await until(pilot, lambda: app.workspace.ratings(first).rejected)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: len(landed.finished) == 5)
        longer = [take for take in landed.finished if take.duration_s == 8]
        assert sorted(take.parent for take in longer) == sorted(take.id for take in kept)
        assert app.workspace.ratings(first).rejected
        await until(pilot, lambda: not app.job_states())
        await pilot.press("ctrl+e")  # all of them are as long as that now
        await pilot.pause()
        assert app.job_states() == ()
        said = str(app.screen.query_one("#sum", Static).content)
        assert "; about " in said
        assert len(re.findall(r"\d+", said)) == 4, "previews, their music, the time to make them, the others' length"
    catalog = Catalog.load(Library(root))
    for take in longer:
        whole, rate = audio.read(catalog.path_of(catalog.get(take.id)))
        heard, _ = audio.read(catalog.path_of(catalog.get(take.parent)))
        assert (whole[: len(heard) - rate // 100] == heard[: -(rate // 100)]).all()


async def test_if_some_are_picked_only_those_are_made_longer(open_app, until):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        landed = await previews(app, pilot, until, seeds="1-3", length="7")
        second = landed.finished[1]
        await pilot.press("down", "p")
        await until(pilot, lambda: app.workspace.ratings(second).picked)
        await pilot.press("ctrl+e", "ctrl+e")  # the second time it is in line already, or made
        await until(pilot, lambda: len(landed.finished) > 3 and not app.job_states())
        assert [take.parent for take in landed.finished if take.duration_s == 7] == [second.id]
        assert len(landed.finished) == 4


async def test_before_there_is_a_take_there_is_nothing_to_extend(open_app, until):
    app = open_app("generate")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query(NewTakesList))
        app.screen.set_focus(None)
        await pilot.press("ctrl+e")
        assert app.job_states() == ()
