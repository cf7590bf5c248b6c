"""The dialogue that helps to define a generator: shows its table, tries it, and adds it to generators.toml."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, Input, Label, ProgressBar, Select, Static

from library.errors import EarmarkError
from library.generators import registry
from library.generators.user_defined.definition import KINDS, URLS, GeneratorKind
from library.generators.user_defined.write import GeneratorsFileError, add_table, check_table, table_text
from tui.frame.choice import Choice
from tui.frame.formatting import plain
from tui.frame.key_names import key_name
from tui.frame.path_field import PathField
from tui.frame.task_dialog import Progress, Stopped, TaskDialog, TaskOutcome

if TYPE_CHECKING:
    from library.generators.user_defined.trying import Tried

_TITLES: dict[GeneratorKind, str] = {
    "command": "a command",
    "ace-step-server": "an ACE-Step server",
    "acestep-cpp": "an acestep.cpp server",
    "comfyui": "ComfyUI, by your workflow",
}
_NAMES: dict[GeneratorKind, str] = {
    "command": "mine",
    "ace-step-server": "ace",
    "acestep-cpp": "acestep",
    "comfyui": "comfy",
}


class GeneratorDialog(TaskDialog["Tried"]):
    """What makes takes, under which name, and where it is. The table below is what will be written."""

    DEFAULT_CSS: ClassVar[str] = """
    GeneratorDialog {
        .row { height: auto; }
        .row Vertical { height: auto; width: 1fr; }
        .row Vertical.right { margin-left: 2; }
        .part { height: auto; }
        #table { color: $quiet; height: auto; margin-top: 1; }
        #status { max-height: 40; }
    }
    """

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "A generator of your own"
            with Horizontal(classes="row"):
                with Vertical():
                    yield Label("What makes the takes", classes="first")
                    kinds = [(_TITLES[kind], kind) for kind in KINDS]
                    yield Choice(kinds, value=KINDS[0], allow_blank=False, compact=True, id="kind")
                with Vertical(classes="right"):
                    yield Label("Name", classes="first")
                    yield Input(_NAMES["command"], id="name", compact=True)
            with Vertical(id="command-part", classes="part"):
                yield Label("Command, with {prompt} {seed} {duration} {out} where they go")
                yield Input("", id="command", placeholder='make-music "--prompt={prompt}" --out {out}', compact=True)
                yield Label("Command that prints its version, optional")
                yield Input("", id="version", placeholder="make-music --version", compact=True)
            with Vertical(id="url-part", classes="part"):
                yield Label("Address")
                yield Input("", id="url", compact=True)
            with Vertical(id="workflow-part", classes="part"):
                yield Label("Workflow (Export (API) in ComfyUI); → completes")
                yield PathField("~/", id="workflow", select_on_focus=False)
            yield Static("", id="table", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Try it", id="go", variant="primary", compact=True)
                yield Button("Save it", id="save", compact=True)
                yield Button(f"Close  {key_name(self, 'dialog.leave')}", id="leave", compact=True)
            yield ProgressBar(id="bar", show_eta=False)
            yield Static("", id="status", markup=False)

    def on_mount(self) -> None:
        self._show_parts()
        self.query_one("#kind").focus()

    @property
    def kind(self) -> GeneratorKind:
        return next(kind for kind in KINDS if kind == self.query_one("#kind", Select).value)

    @property
    def generator_name(self) -> str:
        return self._text("#name")

    def text(self) -> str:
        """The table that the fields come to. Raises EarmarkError where a command has an open quote."""
        kind = self.kind
        values: dict[str, str | list[str]] = {"kind": kind}
        if kind == "command":
            values |= {"command": self._words("#command"), "version": self._words("#version")}
        else:
            values["url"] = self._text("#url")
        if kind == "comfyui":
            values["workflow"] = next((str(path) for path in self.query_one(PathField).paths), "")
        return table_text(self.generator_name, values)

    @on(Select.Changed, "#kind")
    def _show_parts(self) -> None:
        kind = self.kind
        self.query_one("#command-part").display = kind == "command"
        self.query_one("#url-part").display = kind != "command"
        self.query_one("#workflow-part").display = kind == "comfyui"
        self.query_one("#url", Input).value = URLS.get(kind, "")
        if self.generator_name in ("", *_NAMES.values()):
            self.query_one("#name", Input).value = _NAMES[kind]
        self._show_table()

    @on(Input.Changed)
    def _show_table(self) -> None:
        try:
            words = self.text()
        except EarmarkError as error:
            words = str(error)
        self.query_one("#table", Static).update(plain_lines(words))

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        name = self.generator_name
        try:
            if (spec := registry.find_spec(name)) is not None and not spec.users_own:
                raise GeneratorsFileError(f"{name} is one of Earmark's own.", "Choose another name.")
            add_table(name, self.text())
        except EarmarkError as error:
            self._show_error(error)
            return
        self.notify(f"“{plain(name)}” is one of your generators now.", timeout=5)
        self.dismiss(None)

    def prepare_task(self) -> Callable[[Progress, Stopped], Tried]:
        definition = check_table(self.generator_name, self.text())

        def try_it(_: Progress, stopped: Stopped) -> Tried:
            from library.generators.user_defined.trying import try_definition

            return try_definition(definition, stopped)

        return try_it

    def finished(self, report: Tried) -> TaskOutcome:
        self.call_after_refresh(self.query_one("#status").scroll_visible)
        lines = (report.fault if report.fault is not None else "It works.", *report.facts)
        return TaskOutcome("\n".join(map(plain, lines)), False, ())

    def _text(self, field: str) -> str:
        return self.query_one(field, Input).value.strip()

    def _words(self, field: str) -> list[str]:
        try:
            return shlex.split(self._text(field))
        except ValueError as error:
            raise GeneratorsFileError("A quote in the command is left open.", "Close it.") from error


def plain_lines(text: str) -> str:
    """`text` without what a terminal would obey, its lines kept."""
    return "\n".join(map(plain, text.splitlines()))
