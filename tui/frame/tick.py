"""A check box that is told by its mark, not by its colour alone: `✓` or a blank."""

from __future__ import annotations

from typing import ClassVar

from textual.theme import Theme
from textual.widgets import Checkbox

TICKED, UNTICKED = "✓", " "


class Tick(Checkbox):
    """Textual's marks both states alike and tells them by colour."""

    BUTTON_INNER = UNTICKED
    DEFAULT_CSS: ClassVar[str] = """
    Tick.-on > .toggle--button { color: $primary; }
    """

    def on_mount(self) -> None:
        self._draw_sides(self.app.current_theme)
        self.app.theme_changed_signal.subscribe(self, self._draw_sides)

    def _draw_sides(self, theme: Theme) -> None:
        """Sixteen colours have no shade for its box."""
        self.BUTTON_LEFT, self.BUTTON_RIGHT = "[]" if theme.ansi else (Checkbox.BUTTON_LEFT, Checkbox.BUTTON_RIGHT)
        self.refresh(layout=True)

    def watch_value(self) -> None:
        self.BUTTON_INNER = TICKED if self.value else UNTICKED
        super().watch_value()
