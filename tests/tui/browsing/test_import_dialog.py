"""The dialogue for loading: completion, wrong folders, what fails, and stopping."""

from __future__ import annotations

import asyncio
import threading
import time

import numpy as np
import pytest
import soundfile
from textual.widgets import Input, Static

from library.errors import ImportingError
from library.importing.inspect_file import inspect_file
from tui.browsing.import_dialog import ImportDialog
from tui.frame.path_field import PathSuggester


def write_sounds(folder, count, seconds=0.2):
    folder.mkdir()
    for number in range(count):
        samples = np.random.default_rng(number).uniform(-0.5, 0.5, int(seconds * 8000)).astype(np.float32)
        soundfile.write(folder / f"rain_s{number}.wav", samples, 8000)


def said(app):
    return str(app.screen.query_one("#status", Static).content)


async def opened(app, pilot, until, path):
    await until(pilot, lambda: app.workspace.loaded)
    await pilot.press("i")
    await until(pilot, lambda: isinstance(app.screen, ImportDialog) and app.screen.query("#status"))
    app.screen.query_one("#path", Input).value = str(path)


async def test_paths_are_completed(tmp_path):
    (tmp_path / "takes").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "tales.wav").touch()
    suggest = PathSuggester().get_suggestion
    assert await suggest(f"{tmp_path}/ta") == f"{tmp_path}/takes"
    assert await suggest(f"{tmp_path}/tal") == f"{tmp_path}/tales.wav"
    assert await suggest(f"{tmp_path}/.h") == f"{tmp_path}/.hidden"
    assert await suggest(f"{tmp_path}/") == f"{tmp_path}/takes"
    for nothing in (f"{tmp_path}/zz", f"{tmp_path}/none/x", "plain", "~nobody-here/x", "/\0/x"):
        assert await suggest(nothing) is None


async def test_a_folder_is_loaded_and_the_dialogue_goes_away(open_app, until, tmp_path):
    write_sounds(tmp_path / "in", 3)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "in")
        await pilot.press("enter")
        await until(pilot, lambda: not isinstance(app.screen, ImportDialog))
        await until(pilot, lambda: len(app.workspace.catalog) == 3)
        assert {(take.prompt, take.seed) for take in app.workspace.catalog} == {("rain", 0), ("rain", 1), ("rain", 2)}


@pytest.mark.parametrize("name", ["not-there", "", "empty"])
async def test_where_there_is_nothing_it_says_so_and_stays(open_app, until, tmp_path, name):
    (tmp_path / "empty").mkdir()
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / name if name else "")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.error or app.screen.outcome)
        assert said(app)
        assert not app.screen.query_one("#bar").display
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, ImportDialog))


async def test_what_fails_is_named_and_the_rest_is_there(open_app, until, tmp_path):
    write_sounds(tmp_path / "in", 2)
    (tmp_path / "in" / "broken[red].wav").write_bytes(b"RIFF nonsense")
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "in")
        await pilot.press("enter")
        await until(pilot, lambda: app.screen.outcome)
        assert [line.partition(":")[0] for line in app.screen.outcome.failures] == ["broken[red].wav"]
        assert "broken[red].wav" in said(app)
        await until(pilot, lambda: len(app.workspace.catalog) == 2)


async def test_escape_stops_at_once_and_keeps_what_is_done(open_app, until, tmp_path, monkeypatch):
    write_sounds(tmp_path / "in", 60)
    moment, first = threading.Event(), {f"rain_s{number}.wav" for number in range(9)}

    def held(path, said, pattern, stop, take, **more):
        while path.name not in first and not stop():  # so that it isn't over before it is stopped
            moment.wait(0.01)
        return inspect_file(path, said, pattern, stop, take, **more)

    monkeypatch.setattr("library.importing.run_import.inspect_file", held)
    app = open_app("library")
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await opened(app, pilot, until, tmp_path / "in")
        await pilot.press("enter")
        deadline = time.monotonic() + 60
        while not (app.screen.query_one("#bar").percentage or 0) > 0:  # a pilot's pause would wait for its end
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        app.simulate_key("escape")
        while isinstance(app.screen, ImportDialog):
            assert time.monotonic() < deadline
            await asyncio.sleep(0)
        await until(pilot, lambda: app.notices)
        app.refresh_library()
        await until(pilot, lambda: len(app.workspace.catalog) > 0)
        assert {take.seed for take in app.workspace.catalog} <= set(range(9))


async def test_a_wrong_sheet_is_said_in_the_dialogue(open_app, until, tmp_path):
    write_sounds(tmp_path / "in", 1)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await opened(app, pilot, until, tmp_path / "in")
        app.screen.query_one("#sheet", Input).value = str(tmp_path / "none.csv")
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen.error, ImportingError))
        assert isinstance(app.screen, ImportDialog)


async def test_what_would_be_read_is_told_while_one_types(open_app, until, tmp_path):
    write_sounds(tmp_path / "in", 12)
    (tmp_path / "in" / "rain_s0.json").write_text('{"prompt": "a [slow] drive"}')
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until, tmp_path / "in")
        await until(pilot, lambda: "12 " in said(app))
        lines = said(app).splitlines()
        assert len(lines) == 4
        assert not app.screen.query_one(".dialog").show_vertical_scrollbar
        assert "rain_s0.wav" in lines[1]
        assert "a [slow]" in lines[1]
        app.screen.query_one("#pattern", Input).value = "{prompt}_{_}{seed}"
        await until(pilot, lambda: "pattern" in said(app))
        app.screen.query_one("#path", Input).value = str(tmp_path / "none")
        await until(pilot, lambda: not said(app))
        assert not len(app.workspace.catalog)
