"""The dialogue for a generator of one's own: the table it shows, trying it, and saving it."""

from __future__ import annotations

import json
import sys

import pytest
from textual.widgets import Input, Select, Static

from library import locations
from library.generators import registry
from library.generators.user_defined.read import read_definitions
from tests.library.generators.servers.acestep_cpp_like import AceStepCpp
from tests.library.generators.servers.comfyui_like import WORKFLOW, ComfyUI
from tui.generating.generator_dialog import GeneratorDialog


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Where the user's generators.toml will be."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return locations.generators_file()


@pytest.fixture
def opened(open_app, until, add_takes):
    """Runs the app with the dialogue open."""
    add_takes(["one"])

    class Opened:
        async def __aenter__(self):
            self.running = open_app("generate").run_test(size=(100, 40))
            self.pilot = await self.running.__aenter__()
            self.app = self.pilot.app
            await until(self.pilot, lambda: self.app.screen.query("#prompts"))
            await self.pilot.press("ctrl+t")
            await until(self.pilot, lambda: isinstance(self.app.screen, GeneratorDialog) and self.app.screen.is_mounted)
            await self.pilot.pause()
            return self

        async def __aexit__(self, *given):
            await self.running.__aexit__(*given)

        async def fill(self, **fields):
            for field, value in fields.items():
                widget = self.app.screen.query_one(f"#{field}")
                widget.value = value
                await self.pilot.pause()

        def shown(self, part):
            return str(self.app.screen.query_one(part, Static).content)

        async def click(self, button):
            await self.pilot.click(button)
            await self.pilot.pause()

    return Opened()


async def test_a_command_is_shown_tried_and_saved(opened, file, until):
    async with opened as dialog:
        await dialog.fill(name="noise", command=f"{sys.executable} make.py '--prompt={{prompt}}'")
        assert dialog.shown("#table").splitlines() == [
            "[generators.noise]",
            'kind = "command"',
            f'command = ["{sys.executable}","make.py","--prompt={{prompt}}"]'.replace('","', '", "'),
        ]
        await dialog.fill(version="no-such-program-there --version")
        file.parent.mkdir(parents=True)
        await dialog.click("#go")
        await until(dialog.pilot, lambda: "doesn't run" in dialog.shown("#status"))
        assert not file.exists()
        await dialog.fill(version=f"{sys.executable} --version")
        await dialog.click("#go")
        await until(dialog.pilot, lambda: "version Python" in dialog.shown("#status"))
        await dialog.click("#save")
        await until(dialog.pilot, lambda: not isinstance(dialog.app.screen, GeneratorDialog))
    (definition,) = read_definitions(file).definitions
    assert definition.command == (sys.executable, "make.py", "--prompt={prompt}")
    assert registry.spec("noise").users_own


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": "sketch", "command": "x"}, "one of Earmark's own"),
        ({"name": "Two Words", "command": "x"}, "can't be"),
        ({"command": ""}, "no command"),
        ({"command": "x 'open"}, "quote"),
        ({"command": "x {promt}"}, "stands for nothing"),
        ({"kind": "acestep-cpp", "url": "box"}, "url can't be"),
        ({"kind": "comfyui", "workflow": ""}, "no workflow"),
    ],
)
async def test_what_makes_no_sense_is_said_and_not_saved(opened, file, fields, words):
    async with opened as dialog:
        await dialog.fill(**fields)
        await dialog.click("#save")
        assert words in dialog.shown("#status")
    assert not file.exists()


async def test_a_workflow_shows_what_was_found_in_it(opened, file, until, tmp_path):
    workflow = tmp_path / "workflow.json"
    workflow.write_text(json.dumps(WORKFLOW))
    with ComfyUI().running() as url:
        async with opened as dialog:
            await dialog.fill(kind="comfyui", url=url, workflow=str(workflow))
            await dialog.click("#go")
            await until(dialog.pilot, lambda: "It works." in dialog.shown("#status"))
            assert "prompt: 6.text (Prompt) = heaven church" in dialog.shown("#status")
            assert "seed: 3.seed (KSampler) = 42" in dialog.shown("#status")


async def test_each_kind_has_its_fields_and_its_usual_address(opened, file):
    async with opened as dialog:
        screen = dialog.app.screen
        assert screen.query_one("#kind", Select).value == "command"
        assert not screen.query_one("#url-part").display
        await dialog.fill(kind="ace-step-server")
        assert screen.query_one("#url-part").display
        assert screen.query_one("#url", Input).value == "http://127.0.0.1:8001"
        assert screen.query_one("#name", Input).value == "ace"
        await dialog.fill(name="studio", kind="comfyui")
        assert screen.query_one("#name", Input).value == "studio"
        assert screen.query_one("#workflow-part").display


async def test_a_try_that_takes_long_is_stopped(opened, file, until):
    server = AceStepCpp()
    server.faults.add("hang")
    with server.running() as url:
        async with opened as dialog:
            await dialog.fill(kind="acestep-cpp", url=url)
            await dialog.click("#go")
            await until(dialog.pilot, lambda: server.asked)
            await dialog.pilot.press("escape")
            await until(dialog.pilot, lambda: "doesn't answer" in dialog.shown("#status"))
            await dialog.pilot.press("escape")
            await until(dialog.pilot, lambda: not isinstance(dialog.app.screen, GeneratorDialog))
