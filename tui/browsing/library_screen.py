"""The library: all takes in a list, the one under the cursor in full, its waveform, and the player."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Input, Static

from library.take import Take
from ratings.browse import SORTS, Query, Sort
from ratings.history import takes_of
from ratings.judgement import AnyJudgement
from tui.browsing.take_detail import TakeDetail
from tui.browsing.welcome import Welcome
from tui.context import AppContext
from tui.frame.formatting import counted
from tui.frame.keys import JUDGING, PLAYING, key
from tui.frame.main_screen import MainScreen
from tui.frame.mode_bar import ModeBar
from tui.frame.take_list import TakeList
from tui.messages import MOST_SURVEYED, LibraryChanged, PlayheadMoved
from tui.playing.waveform import Waveform

SETTLE_S = 0.15
"""How long the cursor rests on a take before its details are drawn and its neighbours decoded."""
FIRST_PROMPTS = ("dreamy night drive, slow", "bright arcade chase, fast", "dark rainy city, minor")
FIRST_SEEDS = range(1, 5)
FIRST_LENGTH_S = 20.0
TAKE_ACTIONS = frozenset(
    {"filter", "sort", "reverse"} | {bound.action.partition("(")[0] for bound in (*PLAYING, *JUDGING)}
)
"""What makes no sense where there is no take at all."""


class LibraryScreen(MainScreen):
    """Browse, filter, sort, listen and judge."""

    MODE = "library"
    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "filter", "Filter", "Filter as you type: words, seed:411, stars:>=4, is:unrated", "list.filter",
            show=True),
        key("escape", "back", "Clear", "Clear the filter and go back to the list", "list.clear", show=True),
        key("s", "sort", "Sort", "Sort by another column", "list.sort", show=True),
        key("s", "sketch_first", "Sketch a batch", "Sketch a first batch into an empty library", "first.sketch",
            show=True),
        key("S", "reverse", "Reverse", "Turn the order round", "list.reverse"),
        key("y", "load_samples", "Load samples", "Load the 28 recorded takes into an empty library", "first.samples",
            show=True),
    ]  # fmt: skip
    CSS = """
    LibraryScreen {
        #body { height: 1fr; }
        #filter { margin: 0 1; }
        #filter-line { height: 1; margin: 1 0 0 0; }
        #filter-line Input { width: 1fr; }
        #filter-line .sort { width: auto; color: $quiet; padding: 0 2; }
        #list-side { width: 1fr; }
        TakeDetail { display: none; }
        Waveform { height: 3; margin: 0 1; }
        #nothing { color: $quiet; padding: 2 4; height: 1fr; }
        &.-short #filter-line { margin: 0; }
        &.-normal TakeDetail { display: block; width: 42; border-left: vkey $border; margin-left: 1; }
        &.-wide TakeDetail { display: block; width: 64; border-left: vkey $border; margin-left: 1; }
        &.-empty { #filter-line, TakeDetail, Waveform, PlayerBar { display: none; } }
        &.-tall Waveform { height: 5; margin: 1 1 0 1; }
    }
    """

    AUTO_FOCUS = "#list"
    """Never the filter: it would take the keys for letters."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._query = ""
        self._sort: Sort = SORTS[0]
        self._reversed = False
        self._shown: Take | None = None
        self._empty = False

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="filter-line"):
            yield Input(placeholder="/ to filter: words, seed:411, stars:>=4, is:unrated", id="filter", compact=True)
            yield Static("", classes="sort", markup=False)
        with Horizontal(id="body"):
            with ContentSwitcher(initial="list", id="list-side"):
                yield TakeList(self.context.workspace.ratings, id="list")
                yield Static("No take answers to this filter. Escape clears it.", id="nothing", markup=False)
            yield TakeDetail(id="detail")
        yield Waveform(self.context.deck.path_of, id="waveform")

    def on_mount(self) -> None:
        self.query_one(TakeList).focus()
        self._show_status()

    # What is listed

    def library_changed(self, change: LibraryChanged) -> None:
        """Show what came in: the first time everything, later the new takes in their places."""
        if change.first or not self.query_one(TakeList).rows:
            self._list(keep=False)
        elif change.added or change.changed:
            self._take_in([*change.added, *change.changed])
        elif change.judged:
            self.query_one(TakeList).refresh()
        self._refresh_detail({take.id for take in change.changed}, change.judged)
        self._show_status()

    def _list(self, *, keep: bool) -> None:
        rows = self.context.workspace.view.rows(Query.parse(self._query), self._sort, reverse=self._reversed)
        self._show_rows(rows, keep=keep)

    def _take_in(self, takes: list[Take]) -> None:
        """New takes join the list; what was listed stays, though a filter may no longer hold for it."""
        take_list = self.query_one(TakeList)
        query = Query.parse(self._query)
        matching = self.context.workspace.view.rows(query, self._sort, reverse=self._reversed)
        if query == Query():
            self._show_rows(matching, keep=True)
            return
        fresh = {take.id: take for take in takes}
        listed = {take.id for take in take_list.rows}
        if listed <= {take.id for take in matching}:
            self._show_rows(matching, keep=True)
            return
        kept = [fresh.get(take.id, take) for take in take_list.rows]
        self._show_rows([*(take for take in matching if take.id not in listed), *kept], keep=True)

    def _show_rows(self, rows: Sequence[Take], *, keep: bool) -> None:
        self.query_one(TakeList).fill(rows, keep=keep)
        self._empty = self.context.workspace.loaded and len(self.context.workspace.catalog) == 0
        if self._empty and not self.query(Welcome):
            self.query_one("#list-side").mount(Welcome(samples=self._samples_exist(), id="welcome"))
        side = self.query_one("#list-side", ContentSwitcher)
        shown = "welcome" if self._empty else "list" if rows else "nothing"
        if side.current != shown:
            before, side.current = side.current, shown
            if before == "welcome":
                self.set_focus(self.query_one(TakeList))
            self.set_class(self._empty, "-empty")
            self.refresh_bindings()
        if not rows:
            self._show_take(None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In an empty library only the keys that fill it hold; elsewhere those don't."""
        if action in ("sketch_first", "load_samples"):
            return self._empty and (action == "sketch_first" or self._samples_exist())
        if action == "back":
            return bool(self._query) or isinstance(self.focused, Input) or self._sound_take is not None
        return not self._empty or action not in TAKE_ACTIONS

    @staticmethod
    def _samples_exist() -> bool:
        from library.importing.sample_takes import find_samples

        return find_samples() is not None

    def _show_status(self) -> None:
        workspace = self.context.workspace
        if not workspace.loaded:
            self.query_one(ModeBar).show_status("reading the library …")
            return
        total, listed = len(workspace.catalog), len(self.query_one(TakeList).rows)
        words = counted(total, "take") if listed == total else f"{listed:,} of {counted(total, 'take')}"
        self.query_one(ModeBar).show_status(f"{words} · {len(workspace.history.judged()):,} judged")
        arrow = "↑" if self._reversed else "↓"
        self.query_one(".sort", Static).update(f"{arrow} {self._sort}")

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._query = event.value
        self._list(keep=True)
        self._show_status()
        self.refresh_bindings()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.set_focus(self.query_one(TakeList))

    def action_filter(self) -> None:
        # At once: `focus` waits for a refresh, and the letters typed meanwhile would be keys of the list.
        self.set_focus(self.query_one("#filter", Input))

    async def action_back(self) -> None:
        """Escape: clear the filter and go back to the list, unless it was the sound that was asked about."""
        if self._sound_take is not None:
            await super().action_back()
            return
        self.query_one("#filter", Input).value = ""
        self.set_focus(self.query_one(TakeList))

    def action_sort(self) -> None:
        self.action_sort_by(SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)])

    def action_sort_by(self, sort: Sort) -> None:
        """List in this order, the way round that is usual for it."""
        self._sort, self._reversed = sort, False
        self._list(keep=True)
        self._show_status()

    def action_reverse(self) -> None:
        self._reversed = not self._reversed
        self._list(keep=True)
        self._show_status()

    # The take under the cursor

    def subject(self) -> Take | None:
        return self.query_one(TakeList).current

    @property
    def listed(self) -> str:
        return self._query

    def to_survey(self) -> Sequence[Take]:
        """From the cursor on."""
        take_list = self.query_one(TakeList)
        return take_list.rows[take_list.cursor : take_list.cursor + MOST_SURVEYED]

    def step(self, by: int) -> None:
        self.query_one(TakeList).move(by)

    def advance(self) -> None:
        """The next take down the list as it stands, playing."""
        take_list = self.query_one(TakeList)
        if take_list.move(1) and take_list.current is not None:
            self.context.deck.load(take_list.current)

    @on(TakeList.Highlighted)
    def _follow_cursor(self, event: TakeList.Highlighted[Take]) -> None:
        deck = self.context.deck
        if event.moved and not deck.is_on(event.row) and deck.playhead().playing:
            deck.load(event.row)
        self._settle(event.row)

    @work(exclusive=True, group="settling", exit_on_error=False)
    async def _settle(self, take: Take) -> None:
        """Draw the details and decode the neighbours once the cursor rests."""
        from asyncio import sleep

        if self._shown is not None:
            await sleep(SETTLE_S)
        take_list = self.query_one(TakeList)
        if take_list.current is None or take_list.current.id != take.id:
            return  # it was filtered away meanwhile
        self._show_take(take)
        ahead = take_list.rows[take_list.cursor : take_list.cursor + 4]
        behind = take_list.rows[max(0, take_list.cursor - 1) : take_list.cursor]
        near = [*ahead[:3], *behind, *ahead[3:]]
        if self.context.deck.starts == "strongest":
            await self.query_one(Waveform).preload(near)
        self.context.deck.preload(near)

    def _show_take(self, take: Take | None) -> None:
        self._shown = take
        workspace = self.context.workspace
        detail, waveform = self.query_one(TakeDetail), self.query_one(Waveform)
        waveform.show(take)
        if take is None:
            detail.clear()
            return
        ratings = workspace.ratings(take)
        detail.show(take, ratings, workspace.history.live(take.id), str(workspace.catalog.path_of(take)))
        waveform.set_marks([position for position, _ in ratings.marks])

    @on(TakeList.Chosen)
    def _play_chosen(self, event: TakeList.Chosen[Take]) -> None:
        self.context.deck.load(event.row, at_s=0.0)

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        take = self.subject()
        if take is None:
            return
        if self.context.deck.is_on(take):
            self.context.deck.player.seek(event.position_s)
        else:
            self.context.deck.load(take, at_s=event.position_s)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head, deck = event.playhead, self.context.deck
        self.query_one(TakeList).show_playing(head.take if head.playing else None)
        self.query_one(Waveform).follow(head, deck.looping)

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Redraw; after an undo go back to the take it was about."""
        take_list = self.query_one(TakeList)
        if self.was_undone(judgements):
            about = self.context.workspace.catalog.get(judgements[-1].take)
            place = None if about is None else take_list.place_of(about)
            if place is not None:
                take_list.cursor = place
        take_list.refresh()
        self._refresh_detail(set(), judgements)
        self._show_status()

    def _refresh_detail(self, changed: set[str], judgements: list[AnyJudgement]) -> None:
        about = changed.union(*map(takes_of, judgements))
        if self._shown is not None and self._shown.id in about:
            self._show_take(self.context.workspace.catalog.get(self._shown.id))

    # The first batch

    def action_sketch_first(self) -> None:
        """Make a dozen sketches, so that there is something to hear within the minute."""
        if self._empty and not self.context.job_states():
            from library.generators.recipes import grid

            recipes = grid(FIRST_PROMPTS, FIRST_SEEDS, generator="sketch", duration_s=FIRST_LENGTH_S)
            self.context.queue.submit(recipes)
            self.notify("Sketching 12 takes; each appears as soon as it is done.")

    def action_load_samples(self) -> None:
        """Load the recorded takes that come with `make run`."""
        if self._empty:
            self.notify("Loading 28 recorded takes; they appear as they are measured.")
            self._load_samples()

    @work(thread=True, exclusive=True, group="importing", exit_on_error=False)
    def _load_samples(self) -> None:
        from library.importing.sample_takes import import_samples

        import_samples(self.context.workspace.catalog)
        self.app.call_from_thread(self.context.refresh_library)
