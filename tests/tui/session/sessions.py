"""What tests of listening sessions share: waiting for one to stand, asking a question, reading what is on show."""

from __future__ import annotations

from textual.widgets import Static

from ratings.journal import Journal

PROMPTS = ["calm guitar", "brass fanfare"] * 3


def words(widget) -> str:
    return "\n".join(str(static.content) for static in widget.query(Static).results(Static))


def live(root):
    return Journal.load(root).history.live()


async def begun(app, pilot, until):
    await until(pilot, lambda: app.screen.is_mounted and app.screen.session is not None and app.deck.take is not None)


async def ask(app, pilot, question):
    app.screen.session.ask(question)
    app.screen.show_question()
    await pilot.pause()
