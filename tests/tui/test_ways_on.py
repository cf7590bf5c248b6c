"""Where there is nothing to do, keys are named that lead on, and they do."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tui.frame.footer import Footer

GOING = {"play.toggle", "judge.1", "judge.reject", "duel.other", "duel.a", "duel.tie", "ranking.view", "ranking.whose"}


def ways(app):
    """The keys that the page names."""
    if not app.screen.query("#next-keys"):
        return []
    lines = str(app.screen.query_one("#next-keys", Static).content).splitlines()
    return [line.split()[0] for line in lines]


def at(app):
    return app.current_mode, type(app.screen).__name__


@pytest.mark.parametrize("prompts", [[], ["one"]], ids=["no take", "one take"])
@pytest.mark.parametrize("mode", ["rate", "duel", "ranking"])
async def test_every_key_that_is_named_leads_on(open_app, add_takes, until, mode, prompts):
    if prompts:
        add_takes(prompts)
    if prompts and mode == "rate":
        mode = "ranking"  # there is something to rate
    app = open_app(mode)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: len(ways(app)) >= 2)
        assert not GOING & app.screen.query_one(Footer).shown, "keys that would do nothing"
        for number in range(len(ways(app))):
            await until(pilot, lambda number=number: len(ways(app)) > number)
            here = at(app)
            await pilot.press({"esc": "escape"}.get(ways(app)[number], ways(app)[number]))
            await until(pilot, lambda here=here: at(app) != here)
            await pilot.press("escape")
            await app.switch_mode(mode)
            await until(pilot, lambda here=here: at(app) == here)
