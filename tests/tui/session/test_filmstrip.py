"""The last answers as stars: all of them, and nothing of what was heard."""

from __future__ import annotations

import pytest

from ratings.judgement import Duel
from tests.tui.session.sessions import PROMPTS, begun
from tui.session.filmstrip import Filmstrip


async def test_the_filmstrip_shows_answers_and_nothing_of_what_was_heard(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(120, 40)) as pilot:
        await begun(app, pilot, until)
        film = app.screen.query_one(Filmstrip)
        assert not film.display
        await pilot.press("4", "x", "1")
        await until(pilot, lambda: len(app.screen.session.answers) == 3)
        assert str(film.content).split(" │ ") == ["★★★★·", "  ✕  ", "★····"]
        await pilot.press("ctrl+z")
        await until(pilot, lambda: str(film.content).count("│") == 1)


@pytest.mark.parametrize(
    ("duel", "frame"),
    [
        ({"winner": "take", "side": "a"}, "A"),
        ({"winner": "take", "side": "b"}, "B"),
        ({"winner": "other", "side": "a"}, "B"),
        ({"winner": "tie"}, "="),
        ({"winner": "tie", "neither": True}, "–"),
    ],
)
async def test_a_duel_in_the_filmstrip_is_the_side_that_won(bench, duel, frame):
    one = Duel(id="i", take="0" * 20, other="1" * 20, listener="l", session="s", at="2026-01-01T00:00:00Z", **duel)
    app = bench(Filmstrip())
    async with app.run_test(size=(120, 20)):
        app.widget.show([one])
        assert str(app.widget.content).strip() == frame
