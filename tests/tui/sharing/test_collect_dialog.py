"""A panel made and its answers collected in the app."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from textual.widgets import Input, Select, Static, TextArea

from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog
from ratings.panel.record import read_record
from tests.ratings.panel.answering import answers, token
from tui.sharing.collect_dialog import CollectDialog
from tui.sharing.export_dialog import ExportDialog


@pytest.fixture
def takes(root, tmp_path):
    """Three takes that nobody has judged."""
    (tmp_path / "in").mkdir()
    for number in range(3):
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, 8000).astype(np.float32)
        soundfile.write(tmp_path / "in" / f"rain_s{number}.wav", samples, 8000)
    return run_import(Catalog(Library(root)), ImportRequest(paths=(tmp_path / "in",))).takes


async def test_a_panel_goes_out_and_comes_back(open_app, root, takes, until, tmp_path):
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.press("e")
        await until(pilot, lambda: isinstance(app.screen, ExportDialog) and app.screen.query("#status"))
        app.screen.query_one("#folder", Input).value = str(tmp_path / "out")
        app.screen.query_one("#format", Select).value = "panel"
        await pilot.pause()
        app.screen.query_one("#folder", Input).focus()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ExportDialog))
        assert (tmp_path / "out" / "panel.html").is_file()
        (path,) = (root / "panels").glob("*.json")
        record = read_record(Library(root), path.stem)
        (tmp_path / "answers.txt").write_bytes(token(record))
        (tmp_path / "junk.txt").write_bytes(b"junk")

        app.call_later(app.action_collect)
        await until(pilot, lambda: isinstance(app.screen, CollectDialog) and app.screen.query("#status"))
        app.screen.query_one("#files", Input).value = str(tmp_path / "junk.txt")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.outcome is not None)
        assert "junk.txt" in str(app.screen.query_one("#status", Static).content)
        app.screen.query_one("#files", Input).value = str(tmp_path / "answers.txt")
        app.screen.query_one("#text", TextArea).text = token(record, run="a" * 16, name="Pat").decode()
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, CollectDialog))
        await until(pilot, lambda: len(app.workspace.history) == 2 * len(answers(record)))
        assert set(app.workspace.history.listeners()) == {"Tom", "Pat"}
