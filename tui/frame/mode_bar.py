"""The top line: the name, the main screens, and how much there is."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Static

MODES = (("library", "Library"), ("rate", "Rate"), ("duel", "Duel"), ("ranking", "Ranking"), ("generate", "Generate"))


class ModeBar(Horizontal):
    """Shows which main screen is in front; a click goes to another."""

    DEFAULT_CSS: ClassVar[str] = """
    ModeBar {
        height: 1;
        margin: 0 1;
        .name { width: auto; text-style: bold; color: $primary; margin-right: 3; }
        .mode {
            width: auto; color: $quiet; margin-right: 2;
            link-color: $quiet; link-style: none; link-style-hover: underline;
            link-color-hover: $foreground; link-background-hover: $background;
        }
        .mode:hover { color: $foreground; }
        .mode.-front { color: $foreground; link-color: $foreground; link-style: bold; }
        .status { width: 1fr; text-align: right; color: $quiet; }
        .status.-asking { color: $accent; text-style: bold; }
    }
    """

    def __init__(self, front: str) -> None:
        super().__init__()
        self._front = front
        self._status = self._question = ""
        self._strong = False

    def compose(self) -> ComposeResult:
        yield Static("earmark", classes="name")
        for mode, label in MODES:
            classes = "mode -front" if mode == self._front else "mode"
            yield Static(f"[@click=app.go('{mode}')]{label}[/]", classes=classes)
        yield Static("", classes="status", markup=False)

    def show_status(self, status: str, *, strong: bool = False) -> None:
        """A `strong` one says what keys act on."""
        self._status, self._strong = status, strong
        self._draw()

    def show_question(self, question: str) -> None:
        """Put a question there instead, until it is withdrawn by an empty one."""
        self._question = question
        self._draw()

    def _draw(self) -> None:
        status = self.query_one(".status", Static)
        status.set_class(bool(self._question) or self._strong, "-asking")
        status.update(self._question or self._status)
