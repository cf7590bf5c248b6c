"""A check box that is told by its mark, not by its colour alone: `✓` or a blank."""

from __future__ import annotations

from typing import ClassVar

from textual.widgets import Checkbox

TICKED, UNTICKED = "✓", " "


class Tick(Checkbox):
    """Textual's marks both states alike and tells them by colour."""

    BUTTON_INNER = UNTICKED
    DEFAULT_CSS: ClassVar[str] = """
    Tick.-on > .toggle--button { color: $primary; }
    """

    def watch_value(self) -> None:
        self.BUTTON_INNER = TICKED if self.value else UNTICKED
        super().watch_value()
