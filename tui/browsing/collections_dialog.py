"""The dialogue of collections: filters by a name, to choose, save, rename and remove."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widgets import Input, Static
from textual.worker import Worker

from library.errors import EarmarkError
from library.spelling import fold
from ratings.filtering.collections import Collection, Collections
from ratings.filtering.query import Query
from tui.browsing.keys import COLLECTIONS
from tui.context import AppContext
from tui.frame.cursor_list import CursorList
from tui.frame.dialog import QuestionDialog
from tui.frame.dialog_keys import DialogKeys
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain
from tui.frame.key_names import key_name
from tui.frame.theme import ink

MOST_LINES = 12
NAMES = 24
"""Cells of a name."""
HINT = (("choose", "show"), ("save", "save the filter"), ("rename", "rename"), ("remove", "remove"), ("leave", "close"))
"""What the keys do, by their ids."""


class CollectionList(CursorList[Collection]):
    """A collection a line: its name, its filter, how many takes are in it."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.counts: dict[str, int] = {}
        """How many takes a filter finds, where that is known."""

    def key_of(self, row: Collection) -> str:
        return fold(row.name)

    def draw(self, row: Collection, width: int, base: Style) -> Strip:
        count = self.counts.get(row.filter)
        told = "" if count is None else counted(count, "take")
        room = max(4, width - NAMES - len(told) - 3)
        name = Strip([Segment(shortened(plain(row.name), NAMES), base)]).adjust_cell_length(NAMES + 1, base)
        quiet = ink(self, base, "quiet")
        words = Strip([Segment(shortened(plain(row.filter) or "all takes", room), quiet)]).adjust_cell_length(
            room, base
        )
        return Strip([*name, *words, Segment(f" {told} ", quiet)]).adjust_cell_length(width, base)


class CollectionsDialog(QuestionDialog[str]):
    """Asks for a collection; the answer is its filter."""

    BINDINGS: ClassVar[list[BindingType]] = [*COLLECTIONS]
    AUTO_FOCUS = "CollectionList"
    CSS = f"""
    CollectionsDialog {{
        CollectionList {{ height: auto; max-height: {MOST_LINES}; min-height: 1; }}
        #none {{ color: $quiet; display: none; }}
        #name {{ display: none; margin-top: 1; }}
    }}
    """

    def __init__(self, context: AppContext, listed: str) -> None:
        """`listed` is the filter of the list, which may be saved."""
        super().__init__()
        self.context = context
        self._listed = listed.strip()
        self._collections: Collections = context.workspace.collections
        self._naming: Callable[[str], object] | None = None
        """What is done with the name that is being typed."""

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Collections"
            yield CollectionList(id="collections")
            yield Static("None yet. A collection is a saved filter.", id="none", markup=False)
            yield Input(id="name", compact=True)
            yield DialogKeys()

    def on_mount(self) -> None:
        if self._listed:
            self.query_one(Vertical).border_subtitle = f"filter: {shortened(plain(self._listed), 50)}"
        self._read()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)

    @work(group="collections", exclusive=True, exit_on_error=False)
    async def _read(self, change: Callable[[], object] = lambda: None, name: str = "") -> None:
        """Carry out a change, and list what there is then, with the cursor on `name`."""
        try:
            await asyncio.to_thread(change)
            there = await asyncio.to_thread(self._collections.all)
        except EarmarkError as error:
            self._say(str(error))
            return
        listed = self.query_one(CollectionList)
        listed.counts = {one.filter: self._count(one.filter) for one in there[:MOST_LINES]}
        listed.fill(there)
        listed.display, self.query_one("#none").display = bool(there), not there
        if name:
            listed.cursor = next((at for at, one in enumerate(there) if fold(one.name) == fold(name)), 0)
        self._say_keys()

    def _count(self, filter: str) -> int:
        return len(self.context.workspace.view.rows(Query.parse(filter)))

    def _say_keys(self) -> None:
        self.query_one(DialogKeys).offer(
            *((key_name(self, f"collection.{name}"), what, f"screen.{name}") for name, what in HINT)
        )

    def _say(self, words: str) -> None:
        self.query_one(DialogKeys).update(Content(plain(words)))

    @property
    def _current(self) -> Collection | None:
        return self.query_one(CollectionList).current

    def action_move(self, by: int) -> None:
        self.query_one(CollectionList).move(by)

    @on(CollectionList.Chosen)
    def action_choose(self) -> None:
        if self._naming is None and (chosen := self._current) is not None:
            self.dismiss(chosen.filter)

    def action_save(self) -> None:
        if self._listed:
            self._ask_name("", f"a name for {shortened(plain(self._listed), 40)}", self._save)
        else:
            self._say("No filter to save: type one in the Library first.")

    def _save(self, name: str) -> None:
        self._read(partial(self._collections.keep, name, self._listed), name)

    def action_rename(self) -> None:
        if (chosen := self._current) is not None:
            self._ask_name(chosen.name, "its new name", partial(self._rename, chosen.name))

    def _rename(self, before: str, name: str) -> None:
        self._read(partial(self._collections.rename, before, name), name)

    def action_remove(self) -> None:
        if (chosen := self._current) is not None:
            self._read(partial(self._collections.remove, chosen.name))

    def _ask_name(self, name: str, what: str, then: Callable[[str], object]) -> None:
        self._naming = then
        field = self.query_one("#name", Input)
        field.value, field.placeholder, field.display = name, what, True
        self.set_focus(field)
        leave = key_name(self, "collection.leave")
        self.query_one(DialogKeys).offer(("enter", "save", "screen.keep"), (leave, "cancel", "screen.leave"))

    @on(Input.Submitted, "#name")
    def action_keep(self) -> None:
        """The name that is typed."""
        then, name = self._naming, self.query_one("#name", Input).value
        self._close_field()
        if then is not None and name.strip():
            then(name)

    def action_leave(self) -> None:
        if self._naming is not None:
            self._close_field()
            self._say_keys()
        else:
            self.dismiss(None)

    def _close_field(self) -> None:
        self._naming = None
        self.query_one("#name", Input).display = False
        self.set_focus(self.query_one(CollectionList))
