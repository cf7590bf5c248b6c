"""The library: all takes in a list, the one under the cursor in full, its waveform, and the player."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Input, Static

from library.take import Take
from ratings.browse import SORTS, Query, Rows, Sort
from ratings.filtering.folding import PromptGroup, Row
from ratings.history import takes_of
from ratings.judgement import AnyJudgement
from tui.browsing.continuous import ContinuousScreen
from tui.browsing.filtered import FilteredScreen
from tui.browsing.first_batch import FirstBatchScreen
from tui.browsing.headings import Headings
from tui.browsing.library_list import LibraryList
from tui.browsing.library_style import LIBRARY_CSS
from tui.browsing.take_detail import TakeDetail
from tui.browsing.welcome import Welcome
from tui.context import AppContext
from tui.frame.filter_field import FilterField, FilterHint
from tui.frame.formatting import counted
from tui.frame.key_names import key_name
from tui.frame.keys import JUDGING, PLAYING, key
from tui.frame.mode_bar import ModeBar
from tui.frame.take_columns import USUAL
from tui.messages import LibraryChanged, PlayheadMoved
from tui.playing.waveform import Waveform

SETTLE_S = 0.15
"""How long the cursor rests on a take before its details are drawn and its neighbours decoded."""
AGES_S = 20.0
"""How often it is said anew how long ago things were."""
NAMED = 60
"""So many takes of a prompt are named in its details."""
LISTING = (
    "filter",
    "collections",
    "sort",
    "reverse",
    "fold",
    "select",
    "select_all",
    "extend_to",
    "columns",
    "details",
    "play_on",
)
TAKE_ACTIONS = frozenset((*LISTING, *(bound.action.partition("(")[0] for bound in (*PLAYING, *JUDGING))))
"""What makes no sense where there is no take at all."""


class LibraryScreen(FilteredScreen, ContinuousScreen, FirstBatchScreen):
    """Browse, filter, sort, fold, select, listen and judge."""

    MODE = "library"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("escape", "back", "Clear", "Clear the selection, then the filter", "list.clear", show=True),
        key("s", "sort", "Sort", "Sort by the next column", "list.sort", show=True),
        key("s", "sketch_first", "Sketch a batch", "Sketch a first batch of takes", "first.sketch",
            show=True),
        key("S", "reverse", "Reverse", "Reverse the order", "list.reverse"),
        key("f", "fold", "Fold", "One line per prompt, or all takes", "list.fold", show=True),
        key("C", "columns", "Columns", "Choose the columns", "list.columns"),
        key("o", "details", "Details", "Show or hide the take's details", "list.details", show=True),
        key("O", "app.open_library", "Open", "Open another library", "list.libraries"),
        key("y", "load_samples", "Load samples", "Load the 28 sample takes", "first.samples",
            show=True),
    ]  # fmt: skip
    CSS = LIBRARY_CSS
    AUTO_FOCUS = "#list"
    """Never the filter: it would take the keys for letters."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        settings = context.settings
        self._query = ""
        self._sort: Sort = next((sort for sort in SORTS if sort == settings.sort), SORTS[0])
        self._reversed, self._folded = settings.reverse, settings.folded
        self._rows = Rows((), {}, ())
        self._unfolded: Take | None = None
        """What the cursor was on when the list was folded."""
        self._shown: Row | None = None
        self._is_empty = False

    def compose_body(self) -> ComposeResult:
        take_list = LibraryList(self.context.workspace, id="list")
        take_list.choose_columns(USUAL if self.context.settings.columns is None else self.context.settings.columns)
        with Horizontal(id="filter-line"):
            words = f"{key_name(self, 'list.filter')} to filter: words, seed:411, stars:>=4, label:live, judged:me"
            yield FilterField(self.context, id="filter", placeholder=words)
            yield Static("", classes="sort", markup=False)
        yield FilterHint()
        with Horizontal(id="body"):
            with Vertical(id="list-column"):
                yield Headings(take_list)
                with ContentSwitcher(initial="list", id="list-side"):
                    yield take_list
                    yield Static(
                        f"No takes match. {key_name(self, 'list.clear').capitalize()} clears.",
                        id="nothing",
                        markup=False,
                    )
            yield TakeDetail(id="detail")
        yield Waveform(self.context.deck.path_of, id="waveform")

    def on_mount(self) -> None:
        self.set_class(not self.context.settings.details, "-no-details")
        self.take_list.focus()
        self.set_interval(AGES_S, self._tell_ages)
        self.show_status()

    # What is listed

    def library_changed(self, change: LibraryChanged) -> None:
        """Show what came in: the first time everything, later the new takes in their places."""
        if change.first or not self.take_list.rows:
            self._list(keep=False)
        elif change.added or change.changed:
            self._take_in([*change.added, *change.changed])
        elif change.judged:
            self.take_list.refresh()
        self._refresh_detail({take.id for take in change.changed}, change.judged)
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
        self._show_rows(matching, keep=True)

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
            self._show_detail(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In an empty library only the keys that fill it hold; elsewhere those don't."""
        if action in ("sketch_first", "load_samples"):
            return self._is_empty and (action == "sketch_first" or self.samples_exist())
        if action == "back":
            clears = bool(self._query) or isinstance(self.focused, Input) or self._sound_take is not None
            return clears or bool(self.take_list.selection) or self.has_class("-peek")
        return super().check_action(action, parameters) and (not self._is_empty or action not in TAKE_ACTIONS)

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

    def _tell_ages(self) -> None:
        self.take_list.refresh()
        self.query_one(TakeDetail).draw_anew()

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._query = event.value
        self._list(keep=True)
        self.show_status()
        self.refresh_bindings()

    def to_list(self) -> None:
        self.set_focus(self.take_list)

    async def action_back(self) -> None:
        """Escape: clear what is selected, then the filter; but first it was the sound that was asked about."""
        if self._sound_take is not None:
            await super().action_back()
        elif self.take_list.selection:
            self.deselect()
        elif self.has_class("-peek"):
            self.remove_class("-peek")
            self.refresh_bindings()
        else:
            self.query_one("#filter", Input).value = ""
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

    def action_details(self) -> None:
        """Beside the list where there is room, for good; in a narrow terminal over it, for a moment."""
        if self.has_class("-narrow"):
            self.toggle_class("-peek")
        else:
            self.context.remember(details=self.has_class("-no-details"))
            self.set_class(not self.context.settings.details, "-no-details")
        self.refresh_bindings()

    # What keys mean

    @property
    def listed(self) -> str:
        return self._query

    def step(self, by: int) -> None:
        self.take_list.move(by)

    def advance(self) -> None:
        """The next take down the list as it stands, playing."""
        if self.take_list.move(1) and (take := self.lead()) is not None:
            self.context.deck.load(take)

    # What is under the cursor

    @on(LibraryList.Highlighted)
    def _follow_cursor(self, event: LibraryList.Highlighted[Row]) -> None:
        deck, take_list = self.context.deck, self.take_list
        take = take_list.lead(event.row)
        if event.moved and take is not None and not self.is_on(event.row) and deck.playhead().playing:
            deck.load(take)
        self._settle(event.row)

    def is_on(self, row: Row) -> bool:
        """Whether `row`, or a take that it stands for, is what is on."""
        deck, folded = self.context.deck, self.take_list.folded
        if isinstance(row, Take) or deck.take is None:
            return isinstance(row, Take) and deck.is_known_on(row)
        return folded is not None and not deck.hidden and folded.is_in(deck.take.id, row)

    @work(exclusive=True, group="settling", exit_on_error=False)
    async def _settle(self, row: Row) -> None:
        """Draw the details and decode the neighbours once the cursor rests."""
        from asyncio import sleep

        if self._shown is not None:
            await sleep(SETTLE_S)
        take_list = self.take_list
        if (current := take_list.current) is None or take_list.key_of(current) != take_list.key_of(row):
            return  # it was filtered away meanwhile
        self._show_detail(current)
        self.decode_ahead()

    @work(exclusive=True, group="decoding", exit_on_error=False)
    async def decode_ahead(self) -> None:
        """The takes that are likely to be heard next: in the order in which they play, then around the cursor."""
        take_list, deck = self.take_list, self.context.deck
        at = take_list.cursor
        rows = [*take_list.rows[at : at + 3], *take_list.rows[max(0, at - 1) : at], *take_list.rows[at + 3 : at + 4]]
        takes = [self.play_order.after(deck.take), *map(take_list.lead, rows)]
        near = list({take.id: take for take in takes if take is not None}.values())
        if deck.starts == "strongest":
            await self.query_one(Waveform).preload(near)
        deck.preload(near)

    def _show_detail(self, row: Row | None) -> None:
        self._shown = row
        workspace = self.context.workspace
        detail, waveform = self.query_one(TakeDetail), self.query_one(Waveform)
        take = self.take_list.lead(row)
        self.note_seen(row)
        waveform.show(take)
        if row is None or take is None:
            detail.clear()
            return
        ratings = workspace.ratings(take)
        if isinstance(row, PromptGroup):
            detail.show_prompt(row.by_seed(NAMED), len(row), workspace.ratings)
        else:
            detail.show(take, ratings, workspace.history.live(take.id), str(workspace.catalog.path_of(take)))
        waveform.set_marks([position for position, _ in ratings.marks])

    @on(LibraryList.Chosen)
    def _play_chosen(self, event: LibraryList.Chosen[Row]) -> None:
        if isinstance(event.row, Take):
            self.context.deck.load(event.row, at_s=0.0)

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        take = self.lead()
        if take is None:
            return
        if self.context.deck.is_known_on(take):
            self.context.deck.seek(event.position_s)
        else:
            self.context.deck.load(take, at_s=event.position_s)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head, deck = event.playhead, self.context.deck
        self.take_list.show_playing(head.take if head.playing else None)
        self.query_one(Waveform).follow(head, deck.looping)

    def show_next(self, ended: Take, following: Take) -> None:
        """The cursor goes along if it was on what has ended."""
        take_list = self.take_list
        current = take_list.current
        on_it = current is not None and take_list.place_of(ended) == take_list.cursor
        if on_it and (place := take_list.place_of(following)) is not None:
            take_list.cursor = place

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Redraw; after an undo go back to the take it was about."""
        take_list = self.take_list
        if self.was_undone(judgements):
            about = self.context.workspace.catalog.get(judgements[-1].take)
            place = None if about is None else take_list.place_of(about)
            if place is not None:
                take_list.cursor = place
        take_list.refresh()
        self._refresh_detail(set(), judgements)
        self.show_status()

    def _refresh_detail(self, changed: set[str], judgements: list[AnyJudgement]) -> None:
        about = changed.union(*map(takes_of, judgements))
        if isinstance(self._shown, PromptGroup):
            current = self.take_list.current
            self._show_detail(current if self.take_list.rows else None)
        elif self._shown is not None and self._shown.id in about:
            self._show_detail(self.context.workspace.catalog.get(self._shown.id))
