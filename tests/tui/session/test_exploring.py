"""A session that keeps making: from nothing, within its budget, more of what is liked, and on after it was left."""

from __future__ import annotations

from collections import Counter

import pytest

from library.generators.recipes import grid
from library.take import utc_now
from ratings.session.plan import Exploration
from tui.frame.tray import Tray

PROMPTS = ("slow minor pad", "fast major lead", "fast minor arp")
SIZE = (100, 30)


@pytest.fixture
def exploration():
    def make(takes):
        return Exploration(kinds=grid(PROMPTS, [0], generator="sketch", duration_s=0.5), takes=takes, begun=utc_now())

    return make


async def listen(app, pilot, until, stop, likes):
    """Answer questions until `stop`: four stars or more for what one likes, one or two for the rest."""
    number = 0
    while not stop():
        await until(pilot, lambda: app.screen.asked is not None or app.screen.page in ("over", "settled") or stop())
        if stop():
            return
        if app.screen.page:
            await pilot.press("enter")
            continue
        asked = app.screen.asked
        number += 1
        if asked.other is None:
            good = likes(app.screen.take(asked.take))
            await pilot.press(("5" if number % 2 else "4") if good else ("1" if number % 2 else "2"))
        else:
            await pilot.press("tab", "tab", "t")
        answered = len(app.screen.session.answers)
        await until(
            pilot, lambda had=answered, gone=asked: len(app.screen.session.answers) >= had and app.screen.asked != gone
        )


async def test_it_begins_with_nothing_makes_what_is_liked_and_keeps_to_its_budget(open_app, until, exploration):
    app = open_app("rate", best=2, explore=exploration(16))
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.session is not None)
        takes = app.workspace.catalog
        await until(pilot, lambda: len({take.prompt for take in takes}) == 3)  # each is tried once, to begin with
        await listen(app, pilot, until, lambda: len(takes) == 16, lambda take: "slow" in take.prompt)
        await until(pilot, lambda: not app.job_states())
        assert len(takes) == 16
        made = Counter(take.prompt for take in takes)
        assert made[PROMPTS[0]] > max(made[PROMPTS[1]], made[PROMPTS[2]])
        assert len({(take.prompt, take.seed) for take in takes}) == 16

    # Left and opened again, it knows what it was to make, and that it was made.
    again = open_app("rate")
    async with again.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: again.workspace.loaded and again.screen.session is not None)
        assert again.screen.exploration.takes == 16
        assert again.screen.keep_making() is None
        await until(pilot, lambda: not again.screen._choosing)  # noqa: SLF001
        assert not again.job_states()
        assert len(again.workspace.catalog) == 16


async def test_the_switch_turns_it_on_and_off(add_takes, open_app, until, exploration, root):
    from library.jobs.run_and_wait import run_and_wait
    from library.library import Library

    run_and_wait(Library(root), grid(PROMPTS, [1, 2], generator="sketch", duration_s=0.5))
    app = open_app("rate")
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.asked is not None)
        assert app.screen.exploration is None
        await pilot.press("K")
        await until(pilot, lambda: "keeps making: 0 of 100" in str(app.screen.query_one(Tray).content))
        await until(pilot, lambda: len(app.workspace.catalog) > 6)
        assert app.screen.blind
        await pilot.press("K")
        assert app.screen.exploration is None
        await until(pilot, lambda: not app.job_states())
        await pilot.press("ctrl+z")  # what came by itself is no act of the listener's
        assert not app.job_states()
