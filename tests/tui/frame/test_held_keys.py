"""A key that is held down comes again and again: only its first press is an answer."""

from __future__ import annotations

import pytest
from textual.events import Key

from ratings.judgement import Pick
from tests.tui.session.sessions import PROMPTS, begun, live


async def hold(app, pilot, key, *, since, first_s=0.03):
    """As a terminal sends a key that is held for a second; `first_s` after the press it comes again."""
    for at in (0.0, *(first_s + 0.03 * number for number in range(30))):
        event = Key(key, key)
        event.time = since + at
        app.post_message(event)
    await pilot.pause()


@pytest.mark.parametrize("key", ["5", "x"])
async def test_a_held_key_answers_for_the_take_that_was_heard_and_for_no_other(open_app, add_takes, until, root, key):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        heard = app.screen.subject()
        await hold(app, pilot, key, since=1000.0)
        await until(pilot, lambda: live(root))
        assert [event.take for event in live(root)] == [heard.id]
        following = app.screen.subject()
        await hold(app, pilot, key, since=1001.2)
        await until(pilot, lambda: len(live(root)) > 1)
        assert [event.take for event in live(root)] == [heard.id, following.id], "let go and pressed again"


async def test_another_key_right_after_an_answer_is_an_answer(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3", "2", "x")
        await until(pilot, lambda: len(live(root)) == 3)


async def test_a_held_reject_puts_out_one_of_a_pair(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app("duel")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        heard = app.screen.subject()
        await hold(app, pilot, "x", since=1000.0)
        await until(pilot, lambda: app.screen.subject() not in (None, heard))
        assert [event.take for event in live(root)] == [heard.id]


async def test_a_held_pick_does_not_flicker(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        await hold(app, pilot, "p", since=1000.0)
        await until(pilot, lambda: live(root))
        (picked,) = live(root)
        assert isinstance(picked, Pick)
        await hold(app, pilot, "p", since=1002.0)
        await until(pilot, lambda: live(root) == [])


async def test_a_cursor_key_that_is_held_goes_on(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        await hold(app, pilot, "j", since=1000.0)
        assert app.screen.query_one("#list").cursor == len(PROMPTS) - 1
