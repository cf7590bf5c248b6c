"""What the library lists, and how: filtered, sorted, folded by prompt, in the columns of one's choice."""

from __future__ import annotations

from textual import on, work
from textual.widgets import ContentSwitcher, Input, Static

from library.take import Take
from ratings.browse import SORTS, Query, Rows, Sort
from ratings.filtering.folding import Row
from tui.browsing.continuous import ContinuousScreen
from tui.browsing.filtered import FilteredScreen
from tui.browsing.first_batch import FirstBatchScreen
from tui.browsing.headings import Headings
from tui.browsing.welcome import Welcome
from tui.context import AppContext
from tui.frame.formatting import counted
from tui.frame.mode_bar import ModeBar
from tui.frame.take_columns import USUAL
from tui.messages import LibraryChanged


class ListingScreen(FilteredScreen, ContinuousScreen, FirstBatchScreen):
    """Lists what the filter finds; what is shown of the take under the cursor is another's business."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        settings = context.settings
        self._query = ""
        self._sort: Sort = next((sort for sort in SORTS if sort == settings.sort), SORTS[0])
        self._reversed, self._folded = settings.reverse, settings.folded
        self._rows = Rows((), {}, ())
        self._unfolded: Take | None = None
        """What the cursor was on when the list was folded."""
        self._is_empty = False

    @property
    def listed(self) -> str:
        return self._query

    @property
    def listed_count(self) -> int:
        return len(self._rows)

    def show_detail(self, row: Row | None) -> None:
        """Show all about `row`; None where nothing is listed."""

    def library_changed(self, change: LibraryChanged) -> None:
        """Show what came in: the first time everything, later the new takes in their places."""
        if change.first or not self.take_list.rows:
            self._list(keep=False)
        elif change.added or change.changed:
            self._take_in([*change.added, *change.changed])
        elif change.judged:
            self.take_list.refresh()
        self.show_status()

    def _list(self, *, keep: bool) -> None:
        view = self.context.workspace.view
        self._show_rows(view.rows(Query.parse(self._query), self._sort, reverse=self._reversed), keep=keep)

    def _take_in(self, takes: list[Take]) -> None:
        """New takes join the list; what was listed stays, though a filter may no longer hold for it."""
        query, view = Query.parse(self._query), self.context.workspace.view
        matching = view.rows(query, self._sort, reverse=self._reversed)
        if query != Query():
            listed = {take.id for take in self._rows}
            if not listed <= {take.id for take in matching}:
                matching = view.listing([*(take for take in matching if take.id not in listed), *self._rows])
        self._show_rows(matching, keep=self._is_used)

    @property
    def _is_used(self) -> bool:
        """Whether anything was done here yet. Until then the cursor stays at the top: else it would sink with what came
        first in an empty library, down to where no key goes on.
        """
        return not self.take_list.untouched or self.context.deck.take is not None or bool(self.take_list.selection)

    def _show_rows(self, rows: Rows, *, keep: bool, at: Take | None = None) -> None:
        view, take_list = self.context.workspace.view, self.take_list
        self._rows = rows
        folded = view.fold(rows, take_list.opened) if self._folded else None
        take_list.fill(rows if folded is None else folded, keep=keep, at=at)
        take_list.prune_selection()
        self.play_order.list(lambda: rows if folded is None else view.unfold(folded))
        self._is_empty = self.empty
        if self._is_empty and not self.query(Welcome):
            self.query_one("#list-side").mount(Welcome(samples=self.samples_exist(), id="welcome"))
        side = self.query_one("#list-side", ContentSwitcher)
        shown = "welcome" if self._is_empty else "list" if rows else "nothing"
        if side.current != shown:
            before, side.current = side.current, shown
            if before == "welcome":
                self.set_focus(take_list)
            self.set_class(self._is_empty, "-empty")
            self.set_class(shown == "nothing", "-nothing")
            self.refresh_bindings()
        if not rows:
            self.show_detail(None)

    def show_status(self) -> None:
        workspace, bar = self.context.workspace, self.query_one(ModeBar)
        if not workspace.loaded:
            bar.show_status("reading the library …")
            return
        total, listed, selected = len(workspace.catalog), len(self._rows), len(self.take_list.selection)
        words = counted(total, "take") if listed == total else f"{listed:,} of {counted(total, 'take')}"
        if selected:
            bar.show_status(f"{selected:,} selected of {listed:,}", strong=True)
        elif (folded := self.take_list.folded) is not None:
            bar.show_status(f"{counted(folded.prompt_count, 'prompt')} · {words}")
        else:
            bar.show_status(f"{words} · {len(workspace.history.rated()):,} judged")
        self.query_one(".sort", Static).update(f"{'↑' if self._reversed else '↓'} {self._sort}")
        self.query_one(Headings).show(self._sort, reverse=self._reversed, folded=self._folded)

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._query = event.value
        self._list(keep=True)
        self.show_status()
        self.refresh_bindings()

    def to_list(self) -> None:
        self.set_focus(self.take_list)

    def action_sort(self) -> None:
        self.action_sort_by(SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)])

    @on(Headings.Chosen)
    def _heading_chosen(self, event: Headings.Chosen) -> None:
        if event.sort == self._sort:
            self.action_reverse()
        else:
            self.action_sort_by(event.sort)

    def action_sort_by(self, sort: Sort) -> None:
        """List in this order, the way round that is usual for it."""
        self._order(sort, reverse=False)

    def action_reverse(self) -> None:
        self._order(self._sort, reverse=not self._reversed)

    def _order(self, sort: Sort, *, reverse: bool) -> None:
        self._sort, self._reversed = sort, reverse
        self._list(keep=True)
        self.show_status()
        self._remember(sort=sort, reverse=reverse)

    def _remember(self, **changes: object) -> None:
        """Keep settings once the screen has answered: the disk may take its time."""
        self.call_after_refresh(self.context.remember, **changes)

    def action_fold(self) -> None:
        """One line a prompt, or all takes: the cursor stays on its take, or on the prompt that it is of."""
        take_list, at = self.take_list, None
        if (folded := take_list.folded) is None:
            self._unfolded = self.subject()
        elif take_list.group is not None and self._unfolded is not None:
            at = self._unfolded if folded.is_in(self._unfolded.id, take_list.group) else None
        self._folded = folded is None
        self._remember(folded=self._folded)
        self._show_rows(self._rows, keep=True, at=at)
        self.show_status()
        self.refresh_bindings()

    @work(group="columns", exclusive=True, exit_on_error=False)
    async def action_columns(self) -> None:
        from tui.browsing.columns_dialog import ColumnsDialog

        shown = self.context.settings.columns
        columns = await self.context.ask(ColumnsDialog(USUAL if shown is None else shown))
        if columns is not None:
            self.context.remember(columns=columns)
            self.take_list.choose_columns(columns)
            self.query_one(Headings).refresh()
