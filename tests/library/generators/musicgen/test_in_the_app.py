"""From the app's Generate screen to takes: a draft that is followed or continued, and previews that are extended."""

from __future__ import annotations

import time

import numpy as np
import pytest
import soundfile
from textual.widgets import Checkbox, Input, Select, Static, TextArea

from library.jobs.saving import read_tokens
from library.library import Library
from library.store.catalog import Catalog
from tui.app import make_app
from tui.generating.draft_field import DraftField
from tui.generating.generate_form import GenerateForm
from tui.generating.new_takes_list import NewTakesList
from tui.messages import Opening
from tui.playing.player.silent import SilentPlayer


@pytest.fixture
def hummed(tmp_path):
    """Three seconds in a file."""
    path = tmp_path / "hummed.wav"
    times = np.arange(3 * 32_000) / 32_000
    soundfile.write(path, (0.3 * np.sin(2 * np.pi * 220 * times)).astype(np.float32), 32_000)
    return path


async def until(pilot, condition, timeout_s=200.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        await pilot.pause(0.02)


async def fill(app, pilot, **values):
    """Fill fields by their ids (- as _); what the sum line says then."""
    form = app.screen.query_one(GenerateForm)
    for name, value in values.items():
        field = form.query_one(f"#{name.replace('_', '-')}", Input | Select | Checkbox | TextArea)
        if isinstance(field, TextArea):
            field.text = value
        else:
            field.value = value
    await pilot.pause()
    return str(form.query_one("#sum", Static).content)


async def test_drafts_are_followed_and_continued_and_previews_extended(checkpoints, tmp_path, hummed, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(checkpoints.hub))
    app = make_app(tmp_path / "library", player=SilentPlayer(), opening=Opening("generate"))
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query(GenerateForm) and app.screen.query("#sum"))
        landed = app.screen.query_one(NewTakesList)
        await fill(app, pilot, generator="musicgen", prompts="harp and flute", draft_named=str(hummed), seeds="5")
        app.screen.set_focus(app.screen.query_one("#draft-named"))
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.query_one(DraftField).take)

        remarks = app.screen.query_one("#remarks", Static)
        assert not remarks.display
        await fill(app, pilot, prompts="日本\n中国")
        assert remarks.display
        assert "“中国” is the same as “日本”" in str(remarks.content)
        await fill(app, pilot, prompts="harp and flute")
        assert not remarks.display

        assert "can't follow a melody" in await fill(app, pilot, model=str(checkpoints.text))
        assert (await fill(app, pilot, model=str(checkpoints.melody), length="1")).startswith("1 take")
        await pilot.press("ctrl+g")
        await until(pilot, lambda: landed.finished and not app.job_states())
        (following,) = landed.finished

        await fill(app, pilot, model=str(checkpoints.text), seeds="1-2", draft_use="continuation", draft_from="1")
        await fill(app, pilot, length="7.5", preview=True)
        await pilot.press("ctrl+g")
        await until(pilot, lambda: len(landed.finished) == 3 and not app.job_states())
        short = [take for take in landed.finished if take.id != following.id]
        assert landed.current == following
        await pilot.press("x")
        await until(pilot, lambda: app.workspace.ratings(following).rejected)
        await pilot.press("ctrl+e")
        await until(pilot, lambda: len(landed.finished) == 5 and not app.job_states())

    catalog = Catalog.load(Library(tmp_path / "library"))
    draft = catalog.find(following.recipe.draft.sound)
    assert (draft.prompt, draft.duration_s) == ("hummed", 3)
    assert (following.recipe.draft.use, following.parent) == ("melody", None)
    assert {take.parent for take in short} == {draft.id}
    assert {take.duration_s for take in short} == {7.0}  # one second of the draft, and a preview of six
    longer = [take for take in catalog if take.parent in {take.id for take in short}]
    assert [take.duration_s for take in longer] == [7.5, 7.5]
    for take in longer:
        before = read_tokens(catalog.tokens_of(catalog.find(take.parent)))["codes"]
        after = read_tokens(catalog.tokens_of(take))["codes"]
        assert np.array_equal(after[:, : before.shape[1] - 3], before[:, :-3])
