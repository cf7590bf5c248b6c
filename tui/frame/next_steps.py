"""A page for when there is nothing to do here: what is the case, and what to press next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

Step = tuple[str, str, str]
"""The key, the action a click on it runs, and what it does."""


class NextSteps(VerticalScroll, can_focus=False):
    """A heading, a few lines, and keys that can be clicked."""

    DEFAULT_CSS: ClassVar[str] = """
    NextSteps {
        align: center middle;
        .block { width: 64; max-width: 100%; height: auto; padding: 0 2; margin-bottom: 1; }
        #next-keys {
            link-color: $foreground; link-style: none; link-color-hover: $primary;
            link-background-hover: $background; link-style-hover: none;
        }
    }
    """

    def compose(self) -> ComposeResult:
        """Heading, words, keys."""
        yield Static("", classes="heading block", id="next-title", markup=False)
        yield Static("", classes="block", id="next-words", markup=False)
        yield Static("", classes="block", id="next-keys", markup=False)

    def show(self, title: str, words: str, steps: Sequence[Step] = ()) -> None:
        """Say this."""
        self.query_one("#next-title", Static).update(title)
        self.query_one("#next-words", Static).update(words)
        self.query_one("#next-words").display = bool(words)
        lines = [
            Content.from_markup(f"[b $primary]$key[/]  [@click={action}]$what[/]", key=f"{key:>6}", what=what)
            for key, action, what in steps
        ]
        self.query_one("#next-keys", Static).update(Content("\n").join(lines))
