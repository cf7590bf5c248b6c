"""Writing a note."""

from __future__ import annotations

from textual.widgets import Input, Static

from library.library import Library
from ratings.journal import Journal
from tui.session.note_dialog import NoteDialog


def notes(root):
    return [event.text for event in Journal.load(Library(root)).history.live()]


def words(app):
    return "\n".join(str(static.content) for static in app.screen.query(Static).results(Static))


async def opened(app, pilot, until):
    await until(pilot, lambda: app.deck.take is not None)
    await pilot.press("n")
    await until(pilot, lambda: isinstance(app.screen, NoteDialog) and app.screen.query(Input))
    await pilot.pause()


async def test_enter_saves_and_the_note_is_shown_next_time(open_app, add_takes, until, root):
    (take,) = add_takes(["secret prompt"])
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        assert "secret" not in words(app)
        app.screen.query_one(Input).value = " fine [b]bridge[/b], weak end "
        await pilot.press("enter")
        await until(pilot, lambda: notes(root) == ["fine [b]bridge[/b], weak end"])
        assert app.screen.subject() == take
        await opened(app, pilot, until)
        assert "fine [b]bridge[/b]" in words(app)


async def test_escape_and_emptiness_save_nothing(open_app, add_takes, until, root):
    add_takes(["a"])
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        for keys in (["x", "escape"], ["space", "enter"], ["enter"]):
            await opened(app, pilot, until)
            await pilot.press(*keys)
            await until(pilot, lambda: not isinstance(app.screen, NoteDialog))
        await opened(app, pilot, until)
        await pilot.click(offset=(1, 1))
        await until(pilot, lambda: not isinstance(app.screen, NoteDialog))
        assert notes(root) == []


async def test_keys_of_the_screen_below_are_letters_here(open_app, add_takes, until, root):
    add_takes(["a"])
    app = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await opened(app, pilot, until)
        await pilot.press("q", "5", "x")
        assert app.screen.query_one(Input).value == "q5x"
