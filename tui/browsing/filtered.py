"""A list that a filter narrows: its field, and the filters that were saved under names."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.widgets import Input

from tui.browsing.keys import FINDING
from tui.frame.filter_field import FilterField
from tui.frame.main_screen import MainScreen


class FilteredScreen(MainScreen):
    """Has a FilterField; `listed` is what stands in it."""

    BINDINGS: ClassVar[list[BindingType]] = [*FINDING]

    def to_list(self) -> None:
        """Give the keys to the list."""

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.query_one(FilterField).remember()
        self.to_list()

    def action_filter(self) -> None:
        # At once: `focus` waits for a refresh, and the letters typed meanwhile would be keys of the list.
        self.set_focus(self.query_one(FilterField))

    @work(group="collections", exit_on_error=False)
    async def action_collections(self) -> None:
        from tui.browsing.collections_dialog import CollectionsDialog

        chosen = await self.context.ask(CollectionsDialog(self.context, self.listed))
        if chosen is not None:
            self.query_one(FilterField).value = chosen
