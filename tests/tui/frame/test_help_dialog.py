"""Help shows the keys as they are, and goes away at any key."""

from __future__ import annotations

import pytest
from textual.binding import Binding
from textual.widgets import Static

from tui.frame.help_dialog import GROUPS, HERE, HelpDialog
from tui.frame.keys import GOING, JUDGING, PLAYING
from tui.playing.player.api import Trouble
from tui.playing.player.silent import SilentPlayer
from tui.session.rate_screen import RateScreen

NO_SOUND = Trouble("There is no sound device.", "Plug one in.")


def words(app):
    return "\n".join(str(static.content) for static in app.screen.query(Static).results(Static))


async def opened(app, pilot, until, mode="rate"):
    await until(pilot, lambda: app.workspace.loaded and app.current_mode == mode and app.screen.query("Footer"))
    await until(pilot, lambda: app.screen.check_action("rate", (1,)))  # there is something to judge
    await pilot.press("question_mark")
    await until(pilot, lambda: isinstance(app.screen, HelpDialog) and app.screen.query(".places"))


async def test_every_key_of_the_set_is_there(open_app, add_takes, until, root):
    add_takes(["a"])
    app = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        told = words(app)
        for binding in [*PLAYING, *JUDGING, *GOING]:
            assert (binding.tooltip in told) is not binding.id.startswith("make.")  # that would name what is hidden
        for title in (*GROUPS.values(), HERE):
            assert title in told
        for binding in Binding.make_bindings(RateScreen.BINDINGS):
            assert binding.tooltip in told
        assert str(root) in told
        assert "ann" in told
        assert "^p" in told


async def test_remapped_keys_are_shown_as_mapped(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app()
    app.remember(keys={"judge.mark": "f9"})
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        lines = words(app).splitlines()
        (mark,) = (binding.tooltip for binding in JUDGING if binding.id == "judge.mark")
        assert lines[lines.index(mark) - 1] == "f9"


@pytest.mark.parametrize("key", ["a", "escape", "q", "question_mark", "space", "5"])
async def test_any_key_closes_it_and_does_nothing_else(open_app, add_takes, until, key):
    add_takes(["a", "b"])
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press(key)
        await until(pilot, lambda: not isinstance(app.screen, HelpDialog))
        assert app.current_mode == "rate"
        assert not app.workspace.history.judged()
        assert app.is_running


async def test_arrows_scroll_and_a_click_closes(open_app, add_takes, until):
    add_takes(["a"])
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("end")
        dialog = app.screen.query_one(".dialog")
        await until(pilot, lambda: dialog.scroll_y == dialog.max_scroll_y > 0)
        await pilot.click(".dialog")
        await until(pilot, lambda: not isinstance(app.screen, HelpDialog))


async def test_without_sound_it_says_what_mends_it(open_app, add_takes, until, monkeypatch):
    add_takes(["a"])
    monkeypatch.setattr(SilentPlayer, "trouble", lambda self: NO_SOUND)
    app = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot, until)
        assert NO_SOUND.remedy in words(app)
