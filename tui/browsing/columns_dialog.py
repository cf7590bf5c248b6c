"""Which columns the library's list has."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll

from tui.browsing.keys import COLUMN_CHOICE
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.key_names import key_name
from tui.frame.take_columns import COLUMNS
from tui.frame.tick import Tick

ON_OR_OFF = "space on or off · "


class ColumnsDialog(QuestionDialog[tuple[str, ...]]):
    """Asks for them; the result is their names, None where nothing is to be changed."""

    BINDINGS: ClassVar[list[BindingType]] = [*COLUMN_CHOICE]
    CSS: ClassVar[str] = """
    ColumnsDialog {
        .dialog { width: 56; }
        Tick { border: none; padding: 0; background: transparent; width: 1fr; }
    }
    """

    def __init__(self, shown: Collection[str]) -> None:
        """`shown` are the names of those that are chosen now."""
        super().__init__()
        self._shown = shown

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Columns"
            for column in COLUMNS:
                yield Tick(
                    f"{column.heading:<10} {column.what}", column.name in self._shown, id=column.name, compact=True
                )
            apply, cancel = (key_name(self, f"columns.{name}") for name in ("apply", "cancel"))
            yield DialogKeys((apply, "apply", "screen.take"), (cancel, "cancel", "screen.dismiss"), before=ON_OR_OFF)

    def action_take(self) -> None:
        self.dismiss(tuple(column.name for column in COLUMNS if self.query_one(f"#{column.name}", Tick).value))
