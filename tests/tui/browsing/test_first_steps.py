"""The cursor of a list in which nothing was done yet, and the ends of the list."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from tui.frame.footer import Footer
from tui.frame.take_list import TakeList

PROMPTS = ["calm guitar", "brass fanfare", "calm piano", "choir"]


def live(root):
    return Journal.load(Library(root)).history.live()


def listed(app):
    return [take.prompt for take in app.screen.query_one(TakeList).rows]


@pytest.fixture
async def library(open_app, add_takes, until):
    """The app on a library of four takes, the newest first in the list."""
    add_takes(PROMPTS)
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(TakeList) and len(app.screen.query_one(TakeList).rows) == 4)
        app.pilot = pilot
        yield app


async def test_until_a_key_is_pressed_the_cursor_is_on_the_newest_take(open_app, add_takes, until):
    """As takes of the first batch come in; the first of them is soon the last in the list, where no key leads on."""
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(Footer) and "first.batch" in app.screen.query_one(Footer).shown)
        for number, prompt in enumerate(PROMPTS):
            add_takes([prompt], first=number)
            app.refresh_library()
            await until(pilot, lambda number=number: len(listed(app)) == number + 1)
            assert app.screen.subject().prompt == prompt
        await pilot.press("down", "enter", "3")
        assert app.screen.subject().prompt == "brass fanfare"
        assert app.deck.take.prompt == "brass fanfare"
        add_takes(["new"], first=10)
        app.refresh_library()
        await until(pilot, lambda: "new" in listed(app))
        assert app.screen.subject().prompt == "brass fanfare"


@pytest.mark.parametrize("touch", ["p", "enter", "v", "down"])
async def test_what_a_key_was_pressed_for_keeps_the_cursor(library, add_takes, until, touch, root):
    await library.pilot.press(touch)
    await until(library.pilot, lambda: touch != "p" or live(root) != [])
    under = library.screen.query_one(TakeList).current
    add_takes(["new"], first=10)
    library.refresh_library()
    await until(library.pilot, lambda: "new" in listed(library))
    assert library.screen.query_one(TakeList).current == under


@pytest.mark.parametrize("keys", [("end", "down"), ("end", "5"), ("up",)])
async def test_at_the_end_of_the_list_it_says_so(library, keys):
    await library.pilot.press(*keys[:-1])
    assert not library.notices
    await library.pilot.press(keys[-1])
    assert len(library.notices) == 1


async def test_a_first_batch_that_has_no_take_yet_can_be_undone(open_app, until):
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query(Footer) and "first.batch" in app.screen.query_one(Footer).shown)
        assert "judge.undo" not in app.screen.query_one(Footer).shown
        await pilot.press("s")
        assert app.job_states()
        await pilot.press("ctrl+z")
        await until(pilot, lambda: not app.job_states())
