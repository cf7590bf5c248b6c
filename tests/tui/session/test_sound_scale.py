"""The second key: the next digit rates the sound, and says nothing of the composition."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Sound, Stars
from tui.session.star_row import WORDS, StarRow, StarTarget


def asked(app) -> bool:
    """Whether the top line asks about the sound."""
    return bool(app.screen.query(".status.-asking"))


def live(root):
    return Journal.load(Library(root)).history.live()


async def ready(app, pilot, until):
    await until(pilot, lambda: getattr(app.screen, "subject", lambda: None)() is not None)


@pytest.mark.parametrize("screen", ["library", "duel"])
async def test_u_and_a_digit_rate_the_sound_of_the_take_in_hand(open_app, add_takes, until, root, screen):
    add_takes(["one", "two", "three"])
    app = open_app(screen)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, until)
        take = app.screen.subject()
        await pilot.press("u")
        await until(pilot, lambda: asked(app))
        await pilot.press("2")
        await until(pilot, lambda: live(root))
        (event,) = live(root)
        assert isinstance(event, Sound)
        assert (event.take, event.sound) == (take.id, 2)
        assert app.screen.subject() == take
        assert not asked(app)
        await pilot.press("4")
        await until(pilot, lambda: len(live(root)) == 2)
        assert isinstance(live(root)[-1], Stars)


@pytest.mark.parametrize("leave", ["u", "escape", "down"])
async def test_there_is_a_way_back_from_the_question(open_app, add_takes, until, root, leave):
    add_takes(["one", "two", "three"])
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot, until)
        await pilot.press("u")
        await until(pilot, lambda: asked(app))
        await pilot.press(leave)
        await until(pilot, lambda: not asked(app))
        assert app.current_mode == "library"
        await pilot.press("3")
        await until(pilot, lambda: live(root))
        assert isinstance(live(root)[0], Stars)


async def test_undo_takes_it_back_and_the_details_show_it(open_app, add_takes, until, root):
    add_takes(["one"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot, until)
        detail = app.screen.query_one("#detail Static", Static)
        await pilot.press("u", "4")
        await until(pilot, lambda: "sound ★★★★·" in str(detail.content))
        await pilot.press("ctrl+z")
        await until(pilot, lambda: "sound" not in str(detail.content))
        assert live(root) == []


async def test_while_rating_the_sound_is_asked_about_after_the_composition(open_app, add_takes, until, root):
    add_takes(["one", "two", "three", "four"])
    app = open_app("rate")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await ready(app, pilot, until)
        first = app.screen.subject()
        await pilot.press("u")
        await until(pilot, lambda: app.screen.query("Toast"))
        assert not asked(app)
        await pilot.press("4")
        await until(pilot, lambda: len(live(root)) == 1)
        second = app.screen.subject()
        await pilot.press("u")
        await until(pilot, lambda: asked(app))
        row = app.screen.query_one(StarRow)
        assert row.has_class("-sound")
        assert WORDS[4] not in str(row.query(StarTarget)[4].content)
        await pilot.press("2")
        await until(pilot, lambda: len(live(root)) == 2)
        event = live(root)[-1]
        assert isinstance(event, Sound)
        assert (event.take, event.sound) == (first.id, 2)
        assert app.screen.subject() == second
        assert not row.has_class("-sound")
        assert WORDS[4] in str(row.query(StarTarget)[4].content)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: len(live(root)) == 1)
        assert isinstance(live(root)[0], Stars)
        assert app.screen.subject() == second


async def test_nothing_is_asked_where_there_is_no_take(open_app, until):
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.press("u", "3")
        assert not asked(app)
