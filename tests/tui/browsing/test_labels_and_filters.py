"""Labels by keys, undone as one act and kept out of blind questions; filters completed, explained, remembered."""

from __future__ import annotations

import json

import pytest
from textual.widgets import Input, Static

from library.library import Library
from ratings.journal import Journal
from tests.judging import Judge
from tui.frame.filter_field import FilterField, FilterHint
from tui.frame.label_dialog import LabelDialog, LabelList
from tui.frame.take_list import TakeList

PROMPTS = ["calm guitar", "brass fanfare", "calm piano"]


@pytest.fixture
def takes(add_takes, root):
    """Three, the first of them labelled by Bob."""
    made = add_takes(PROMPTS)
    Judge(Journal.load(Library(root)).log("bob")).label([made[0].id], add=["End Credits", "red"])
    return made


@pytest.fixture
def app(open_app, takes):
    """The library screen on them."""
    return open_app("library")


async def ready(app, pilot, until):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(TakeList))
    await until(pilot, lambda: len(app.screen.query_one(TakeList).rows) == 3)


def labels(root, take):
    return set(Journal.load(Library(root)).history.ratings(take.id).labels)


def listed(app):
    return [take.prompt for take in app.screen.query_one(TakeList).rows]


async def test_digits_are_colours_and_words_are_completed(app, until, root, takes):
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(app, pilot, until)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LabelDialog))
        await pilot.press("1", "4", "4", "e", "n", "d", "1")
        assert app.screen.query_one("#label", Input).value == "end1"
        assert [line.name for line in app.screen.query_one(LabelList).rows] == ["end1"]
        await pilot.press("backspace", "tab")
        assert app.screen.query_one("#label", Input).value == "End Credits"
        await pilot.press("enter", *"Live", "enter", "enter")
        await until(pilot, lambda: labels(root, takes[2]) == {"red", "End Credits", "Live"})
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LabelDialog))
        await pilot.press("1", "down", "space", "enter")
        await until(pilot, lambda: len(labels(root, takes[2])) == 1)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: labels(root, takes[2]) == {"red", "End Credits", "Live"})
        await pilot.press("ctrl+z")
        await until(pilot, lambda: labels(root, takes[2]) == set())
        assert labels(root, takes[0]) == {"red", "End Credits"}


async def test_escape_changes_nothing_and_a_bad_name_is_told(app, until, root, takes):
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot, until)
        await pilot.press("L")
        await until(pilot, lambda: isinstance(app.screen, LabelDialog))
        await pilot.press("-", "x", "enter")
        assert "+ or -" in str(app.screen.query_one("#hint", Static).content)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, LabelDialog))
        assert labels(root, takes[2]) == set()
        assert not (root / "sessions" / "ann").exists()


@pytest.mark.parametrize("start", ["rate", "duel"])
async def test_a_blind_question_neither_shows_nor_takes_labels(open_app, takes, until, root, start):
    app = open_app(start)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.deck.take is not None)
        await pilot.press("L")
        await pilot.pause()
        assert not isinstance(app.screen, LabelDialog)
        shown = "\n".join(strip.text for strip in app.screen._compositor.render_strips())  # noqa: SLF001
        assert "End Credits" not in shown
        assert "◆" not in shown


async def test_a_filter_is_completed_explained_and_remembered(app, until, tmp_path):
    async with app.run_test(size=(100, 30)) as pilot:
        await ready(app, pilot, until)
        field, hint = app.screen.query_one(FilterField), app.screen.query_one(FilterHint)
        await pilot.press("slash", *"label:e")
        await until(pilot, lambda: listed(app) == ["calm guitar"])
        await pilot.press("tab")
        assert field.value == "label:end"
        await pilot.press("enter", "slash")
        field.value = "label:END label:end"
        await pilot.press("enter", "slash")
        field.value = "label:end"
        await pilot.press("enter")
        field.value = ""
        await pilot.press("slash", *"foo:x calm")
        await until(pilot, lambda: listed(app) == ["calm piano", "calm guitar"])
        assert hint.display
        assert "foo:" in str(hint.content)
        await pilot.press("enter", "slash")
        field.value = "ca"
        await pilot.press("up")
        await until(pilot, lambda: not hint.display)
        assert field.value == "label:end"
        await pilot.press("up", "down")
        assert field.value == "ca"
    assert json.loads((tmp_path / "settings.json").read_text())["filters"] == ["label:end"]
