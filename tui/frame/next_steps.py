"""A page for when there is nothing to do here: what is the case, and what to press next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.dom import DOMNode
from textual.widgets import Static

from tui.frame.key_names import key_name

Step = tuple[str, str, str]
"""The id of the key, the action that a click runs, and what it does."""
GENERATE: Step = ("go.generate", "app.go('generate')", "generate takes")
IMPORT: Step = ("go.import", "app.import_takes", "import files or folders")
RATE: Step = ("go.rate", "app.go('rate')", "rate one take after another")
DUEL: Step = ("go.duel", "screen.duel", "compare two takes")
HAS_KEYS = "keys"
"""The class of lines that name a key for each thing they offer."""
LIBRARY: Step = ("go.back", "app.go('library')", "back to the library")


def key_lines(steps: Iterable[Step], node: DOMNode, width: int = 0, between: str = "\n") -> Content:
    """A line a step; keys take `width` cells. To be shown in `node`, a widget of class `keys` or what it stands in."""
    return Content(between).join(
        Content.from_markup(
            f"[b $primary]$key[/]  [@click={action}]$what[/]", key=f"{key_name(node, identity):>{width}}", what=what
        )
        for identity, action, what in steps
    )


class NextSteps(VerticalScroll, can_focus=False):
    """A heading, a few lines, and keys that can be clicked."""

    DEFAULT_CSS: ClassVar[str] = """
    NextSteps {
        align: center middle;
        .block { width: 64; max-width: 100%; height: auto; padding: 0 2; margin-bottom: 1; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static("", classes="heading block", id="next-title", markup=False)
        yield Static("", classes="block", id="next-words", markup=False)
        yield Static("", classes="block keys", id="next-keys", markup=False)

    def show(self, title: str, words: str, steps: Sequence[Step] = ()) -> None:
        self.query_one("#next-title", Static).update(title)
        self.query_one("#next-words", Static).update(words)
        self.query_one("#next-words").display = bool(words)
        self.query_one("#next-keys", Static).update(key_lines(steps, self, 6))
