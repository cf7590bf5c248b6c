"""Paths completed while they are typed, and pasted."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from textual import events
from textual.app import App

from library.errors import EarmarkError
from tui.frame.path_field import PathField, PathSuggester


async def pasted(pilot, field, *texts):
    """What the field has after terminals pasted these."""
    for text in texts:
        field.post_message(events.Paste(text))
        await pilot.pause()
    return field.value


@pytest.mark.parametrize(
    ("texts", "several", "value"),
    [
        (["/a/b"], True, "/a/b"),
        (["'/a/b c' "], True, "/a/b c"),
        (["file:///a/b%20c\r\n"], False, "/a/b c"),
        (["/a/b", "/c/d"], False, "/c/d"),
        (["/a/b ", "/c/d "], True, "/a/b /c/d"),
        (["/a/b c\n/d e\n"], True, "'/a/b c' '/d e'"),
        (["Music"], True, "~/Music"),
        (["Music", "/a/b"], True, f"{Path.home()}/Music /a/b"),
        (["/a/b c", "'/d e'"], True, "'/a/b c' '/d e'"),
        (["two\nlines"], False, "~/two lines"),
        (["~nosuchuser/a"], False, "~/~nosuchuser/a"),
        ([""], True, "~/"),
    ],
)
async def test_what_is_pasted_stands_in_the_field_as_a_path(texts, several, value):
    app = App()
    async with app.run_test() as pilot:
        field = PathField("~/", id="path", several=several, select_on_focus=False)
        await app.mount(field)
        assert await pasted(pilot, field, *texts) == value
        assert field.cursor_position == len(value)


async def test_a_name_with_backslashes_is_read_as_it_was_pasted(tmp_path):
    app = App()
    async with app.run_test() as pilot:
        field = PathField(id="path")
        await app.mount(field)
        assert await pasted(pilot, field, "/new/'a\\b'")
        assert field.paths == [Path("/new/a\\b")]


async def test_one_path_is_asked_for_unless_it_may_be_several():
    app = App()
    async with app.run_test():
        fields = [PathField("/a /b", id=f"path-{several}", several=several) for several in (False, True)]
        await app.mount(*fields)
        with pytest.raises(EarmarkError):
            fields[0].paths  # noqa: B018 - it asks the disk
        assert fields[1].paths == [Path("/a"), Path("/b")]


async def test_what_is_typed_behind_the_beginning_is_completed(tmp_path):
    (tmp_path / "my takes").mkdir()
    suggest = PathSuggester().get_suggestion
    assert await suggest(f"~/{tmp_path}/m") == f"~/{tmp_path}/my takes"
    assert await suggest(f"/nowhere/x {tmp_path}/m") == f"/nowhere/x {tmp_path}/my takes"


async def test_while_a_folder_is_read_the_app_goes_on(tmp_path):
    """It may lie on a share that takes its time."""
    (tmp_path / "take.wav").touch()
    turns = 0

    async def go_on():
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    app = asyncio.create_task(go_on())
    assert await PathSuggester().get_suggestion(f"{tmp_path}/t") == f"{tmp_path}/take.wav"
    app.cancel()
    assert turns > 0
