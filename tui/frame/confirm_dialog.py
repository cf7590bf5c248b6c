"""A question that is answered by yes or no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.widgets import Static

from tui.frame.dialog import QuestionDialog
from tui.frame.keys import CONFIRMING
from tui.frame.next_steps import key_lines


class ConfirmDialog(QuestionDialog[bool]):
    """Says what would happen; the result is whether it shall. Nothing but its two keys answers."""

    BINDINGS: ClassVar[list[BindingType]] = [*CONFIRMING]
    CSS: ClassVar[str] = """
    ConfirmDialog {
        .dialog { width: 64; }
        .keys { color: $quiet; margin-top: 1; }
    }
    """

    def __init__(self, title: str, words: str, yes: str) -> None:
        """`yes` says in a word or two what enter does."""
        super().__init__()
        self._title, self._words, self._yes = title, words, yes

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            yield Static(self._words, markup=False)
            steps = (
                ("confirm.yes", "screen.dismiss(True)", self._yes),
                ("confirm.no", "screen.dismiss(False)", "cancel"),
            )
            yield Static(key_lines(steps, self, between="   "), classes="keys")
