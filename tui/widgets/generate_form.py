"""The form of the Generate screen: prompts, seeds, length and generator, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, Select, Static, TextArea

from library.errors import EarmarkError
from library.generators.recipes import grid, parse_seeds
from library.generators.registry import NAMES, check_available
from library.take import Recipe
from tui.formatting import counted, duration_words

ABOUT = {
    "sketch": "A procedural synthwave sketcher inside Earmark: no model, no network. Words steer it: "
    "slow, fast, 120 bpm, major, minor, dark, dreamy, no drums, piano, strings, waltz …",
    "musicgen": "Meta's MusicGen through audiocraft. Its weights are CC-BY-NC 4.0: not for commercial use.",
}


@dataclass(frozen=True)
class Wish:
    """What the form asks for."""

    recipes: tuple[Recipe, ...]
    parent: str | None = None
    """The take that these continue."""


class GenerateForm(VerticalScroll, can_focus=False):
    """Fields, a line that sums them up or says what is wrong, and the button."""

    DEFAULT_CSS: ClassVar[str] = """
    GenerateForm {
        width: 44; padding-right: 2; scrollbar-size-vertical: 1;
        Label { color: $quiet; margin-top: 1; }
        Label.first { margin-top: 0; }
        #prompts { height: 6; border: none; background: $surface; padding: 0 1; }
        #prompts:focus { background: $panel; }
        #row { height: auto; }
        #row Vertical { height: auto; width: 1fr; }
        #row Vertical.right { margin-left: 2; }
        Select { height: 1; }
        #about { color: $quiet; margin-top: 1; height: auto; }
        #sum { margin-top: 1; height: auto; }
        #sum.-error { color: $error; }
        #go { margin-top: 1; }
    }
    .-narrow GenerateForm {
        width: 1fr; height: auto; max-height: 13; padding: 0; margin-bottom: 1;
        #prompts { height: 2; }
        #about { display: none; }
        Label, #sum, #go { margin-top: 0; }
    }
    .-short GenerateForm #about { display: none; }
    """

    class Submitted(Message):
        """The button was pressed."""

    def compose(self) -> ComposeResult:
        """From the words down to the button."""
        yield Label("Prompts, one a line", classes="first")
        yield TextArea("", id="prompts", compact=True)
        with Horizontal(id="row"):
            with Vertical():
                yield Label("Seeds")
                yield Input("1-4", id="seeds", placeholder="1-8,42", compact=True)
            with Vertical(classes="right"):
                yield Label("Seconds each")
                yield Input("20", id="length", compact=True)
        yield Label("Generator")
        names = [(name, name) for name in NAMES]
        yield Select(names, value=NAMES[0], allow_blank=False, compact=True, id="generator")
        yield Input("", id="model", placeholder="model: a name or a folder", compact=True)
        yield Static(ABOUT[NAMES[0]], id="about", markup=False)
        yield Static("", id="sum", markup=False)
        yield Button("Make them  ctrl+g", id="go", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Write first."""
        self.query_one("#prompts").focus()
        self._tell_sum()

    @property
    def generator(self) -> str:
        """The generator that is chosen."""
        return str(self.query_one("#generator", Select).value)

    def wish(self) -> Wish:
        """What the form asks for. Raises GenerationError."""
        prompts = [line for line in self.query_one("#prompts", TextArea).text.splitlines() if line.strip()]
        model = self.query_one("#model", Input).value.strip() or None if self.generator == "musicgen" else None
        try:
            length = float(self.query_one("#length", Input).value.replace(",", "."))
        except ValueError:
            length = 0.0
        seeds = parse_seeds(self.query_one("#seeds", Input).value)
        recipes = grid(prompts, seeds, generator=self.generator, duration_s=length, model=model)
        check_available(self.generator)
        return Wish(recipes)

    @on(TextArea.Changed, "#prompts")
    @on(Input.Changed)
    @on(Select.Changed)
    def _tell_sum(self) -> None:
        self.query_one("#about", Static).update(ABOUT[self.generator])
        self.query_one("#model").display = self.generator == "musicgen"
        try:
            check_available(self.generator)
            wish = self.wish()
        except EarmarkError as error:
            written = bool(self.query_one("#prompts", TextArea).text.strip())
            self._say(str(error) if written else "Write a prompt: what should it sound like?", wrong=written, go=False)
            return
        total = sum(recipe.duration_s for recipe in wish.recipes)
        self._say(f"{counted(len(wish.recipes), 'take')}, {duration_words(total)} of music.")

    def _say(self, words: str, *, wrong: bool = False, go: bool = True) -> None:
        line = self.query_one("#sum", Static)
        line.update(words)
        line.set_class(wrong, "-error")
        self.query_one("#go", Button).disabled = not go

    @on(Button.Pressed, "#go")
    def _submit(self) -> None:
        self.post_message(self.Submitted())
