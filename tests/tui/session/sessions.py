"""What tests of listening sessions share: waiting for one to stand, asking a question, reading what is on show."""

from __future__ import annotations

import re

from textual.widgets import Static

from library.library import Library
from ratings.journal import Journal

PROMPTS = ["calm guitar", "brass fanfare"] * 3


def words(widget) -> str:
    return "\n".join(str(static.content) for static in widget.query(Static).results(Static))


def figures(app, place: str) -> list[float]:
    """The numbers that stand in a widget, from left to right."""
    return [float(number) for number in re.findall(r"\d+(?:\.\d+)?", str(app.screen.query_one(place, Static).content))]


def unheard(app) -> int:
    """How many takes the top line calls unheard."""
    found = figures(app, ".status")
    return int(found[0]) if found else -1


def last(app) -> str:
    """The line about what was judged last."""
    return str(app.screen.query_one("#last", Static).content)


def keys(app, place: str) -> list[str]:
    """The keys that a page offers, a line each."""
    return [line.split()[0] for line in str(app.screen.query_one(place, Static).content).splitlines()]


def live(root):
    return Journal.load(Library(root)).history.live()


async def begun(app, pilot, until):
    await until(pilot, lambda: app.screen.is_mounted and app.screen.session is not None and app.deck.take is not None)


async def ask(app, pilot, question):
    app.screen.session.question = question
    app.screen.show_question()
    await pilot.pause()
