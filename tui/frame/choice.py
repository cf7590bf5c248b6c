"""A field for one of several choices."""

from __future__ import annotations

from textual import events
from textual.widgets import OptionList, Select


class Choice(Select[str]):
    """Textual's, whose list can be paged before it was laid out: there its own paging ends the app."""

    PAGES = {"pageup": -1, "pagedown": 1}  # noqa: RUF012

    def on_key(self, event: events.Key) -> None:
        """A page, in the open list."""
        choices = self.query_one(OptionList)
        if self.expanded and event.key in self.PAGES:
            event.stop()
            page = max(1, choices.scrollable_content_region.height) * self.PAGES[event.key]
            choices.highlighted = min(max(0, (choices.highlighted or 0) + page), choices.option_count - 1)
