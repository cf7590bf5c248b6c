"""Prompts found in Generate: ideas, those that were used, favourites, a file, a server's; and into the form."""

from __future__ import annotations

import pytest
from textual.widgets import Input, Select, Static, TextArea

from tests.ratings.ideas.chat_server import ChatServer
from tui.generating.generate_form import GenerateForm
from tui.generating.prompts_dialog import FAVOURITES, FILE, HISTORY, SERVER, PromptsDialog


@pytest.fixture
def opened(until):
    """Opens the dialogue from the form; it with its ideas."""

    async def open_dialog(app, pilot) -> PromptsDialog:
        await until(pilot, lambda: app.screen.query(GenerateForm) and app.screen.query("#sum"))
        await pilot.press("ctrl+n")
        await until(pilot, lambda: isinstance(app.screen, PromptsDialog) and app.screen.query("#prompts-list"))
        await until(pilot, lambda: app.screen.shown.rows)
        return app.screen

    return open_dialog


def lines(dialog: PromptsDialog) -> list[str]:
    return [row.line for row in dialog.shown.rows]


async def test_ideas_go_into_the_form_once(open_app, opened, add_takes, until):
    add_takes(["slow harp", "{a|b}", "slow harp"])
    app = open_app("generate")
    async with app.run_test(size=(80, 24)) as pilot:
        form = app.screen.query_one(GenerateForm)
        dialog = await opened(app, pilot)
        ideas = lines(dialog)
        assert len(set(ideas)) == len(ideas) == 20
        assert str(dialog.query_one("#because", Static).content)
        await pilot.press("space", "down", "down", "space", "enter")
        await until(pilot, lambda: not isinstance(app.screen, PromptsDialog))
        assert form.prompts == [ideas[0], ideas[2]]
        dialog = await opened(app, pilot)
        assert not set(lines(dialog)) & {ideas[0], ideas[2]}, "what is written already is no new idea"
        before = lines(dialog)
        await pilot.press("o")
        await until(pilot, lambda: lines(dialog) and lines(dialog) != before)

        dialog.query_one("#source", Select).value = HISTORY
        await until(pilot, lambda: lines(dialog) == ["slow harp", r"\{a\|b\}"])
        assert [row.because for row in dialog.shown.rows] == ["2 takes", "1 take"]
        dialog.query_one("#words", Input).value = "HARP"
        await until(pilot, lambda: lines(dialog) == ["slow harp"])
        dialog.query_one("#words", Input).value = ""
        await until(pilot, lambda: len(lines(dialog)) == 2)
        await pilot.press("down", "enter")
        await until(pilot, lambda: not isinstance(app.screen, PromptsDialog))
        assert form.prompts[-1] == r"\{a\|b\}"
        assert form.request().recipes[-1].prompt == "{a|b}"
        dialog = await opened(app, pilot)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PromptsDialog))
        assert len(form.prompts) == 3


async def test_favourites_are_kept_files_are_read_and_servers_asked(open_app, opened, until, tmp_path):
    app = open_app("generate")
    prompts, junk, chat = tmp_path / "prompts.txt", tmp_path / "junk.bin", ChatServer()
    prompts.write_text("# mine\n\nslow {tango|reel}\njig\n", "utf-8")
    junk.write_bytes(b"\xff\xfe\x00")
    chat.say("\x1b[2Jpolka for tuba")
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await opened(app, pilot)
        await pilot.press("down", "f")
        favourite = lines(dialog)[1]
        assert app.settings.favourites == (favourite,)
        dialog.query_one("#source", Select).value = FAVOURITES
        await until(pilot, lambda: lines(dialog) == [favourite])
        await pilot.press("f")
        assert app.settings.favourites == ()

        dialog.query_one("#source", Select).value = FILE
        hint = dialog.query_one("#hint")
        for path, wrong in ((junk, True), (tmp_path / "nowhere.txt", True), (prompts, False)):
            await until(pilot, lambda: dialog.query_one("#file-part").display)
            field = dialog.query_one("#file", Input)
            field.focus()
            field.value = str(path)
            await pilot.press("enter")
            await until(pilot, lambda wrong=wrong: hint.has_class("-wrong") == wrong)
        assert lines(dialog) == ["slow {tango|reel}", "jig"]

        dialog.query_one("#source", Select).value = SERVER
        await until(pilot, lambda: dialog.query_one("#server-part").display)
        with chat.running() as url:
            field = dialog.query_one("#server", Input)
            field.focus()
            field.value = url
            await pilot.press("enter")
            await until(pilot, lambda: lines(dialog))
            assert "polka for tuba" in lines(dialog)[0]
            assert lines(dialog)[0].isprintable()
            chat.faults = {"redirect"}
            field.focus()
            await pilot.press("enter")
            await until(pilot, lambda: hint.has_class("-wrong"))
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(app.screen, PromptsDialog))
        assert app.screen.query_one("#prompts", TextArea).text == ""
