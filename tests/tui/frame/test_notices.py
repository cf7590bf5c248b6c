"""Notices cover nothing that is needed while they are on show, also where room is short."""

from __future__ import annotations

import pytest

from tests.tui.session.sessions import PROMPTS
from tui.playing.player.sound_fault import SoundFault, describe

NEEDED = {
    "library": "PlayerBar, Footer, ModeBar, #filter, Waveform",
    "rate": "PlayerBar, Footer, ModeBar, StarTarget, SessionProgress",
    "duel": "PlayerBar, Footer, ModeBar, Answer, #duel-hint, #duel-a-name",
}


def shown_on(screen):
    return all(node.display for toast in screen.query("Toast") for node in toast.ancestors_with_self)


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("start", NEEDED)
async def test_a_notice_leaves_the_player_the_keys_and_the_answers_free(open_app, add_takes, until, start, size):
    add_takes(PROMPTS)
    app = open_app(start)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        trouble = describe(SoundFault.NO_DEVICE, "Error querying device -1")
        app.notify(f"{trouble.what} {trouble.remedy}", title="No sound", severity="warning")
        await until(pilot, lambda: app.screen.query("Toast") and app.screen.query_one("Toast").region)
        await pilot.pause()
        notice = app.screen.query_one("Toast").region
        assert notice in app.screen.region
        covered = [widget for widget in app.screen.query(NEEDED[start]) if notice.overlaps(widget.region)]
        assert covered == []


async def test_a_notice_over_a_dialogue_leaves_its_words_free(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app("library")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        below = app.screen
        app.notify("words " * 40, title="A title", timeout=60)
        await until(pilot, lambda: below.query("Toast") and below.query_one("Toast").region)
        await pilot.press("n")
        await until(pilot, lambda: app.screen.query(".dialog") and app.screen.query("Toast"))
        await until(pilot, lambda: app.screen.query_one("Toast").region)
        await pilot.pause()
        assert not app.screen.query_one("Toast").region.overlaps(app.screen.query_one(".dialog").region)
        assert not shown_on(below), "once is enough"
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is below and shown_on(below))
