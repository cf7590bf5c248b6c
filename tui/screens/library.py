"""The library: all takes in a list, the one under the cursor in full, its waveform, and the player."""

from __future__ import annotations

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import ContentSwitcher, Footer, Input, Static

from library.take import Take
from ratings.browse import SORTS, Query, Sort
from ratings.judgement import AnyJudgement, Retraction
from tui.formatting import counted
from tui.keys import key
from tui.messages import LibraryChanged, PlayheadMoved
from tui.screens.base import EarmarkScreen
from tui.widgets.mode_bar import ModeBar
from tui.widgets.player_bar import PlayerBar
from tui.widgets.take_detail import TakeDetail
from tui.widgets.take_list import TakeList
from tui.widgets.waveform import Waveform
from tui.widgets.welcome import Welcome

SETTLE_S = 0.15
"""How long the cursor rests on a take before its details are drawn and its neighbours decoded."""
FIRST_PROMPTS = ("dreamy night drive, slow", "bright arcade chase, fast", "dark rainy city, minor")
FIRST_SEEDS = range(1, 5)
FIRST_LENGTH_S = 20.0


class LibraryScreen(EarmarkScreen):
    """Browse, filter, sort, listen and judge."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("slash", "filter", "Filter", "Filter as you type: words, seed:411, stars:>=4, is:unrated", "list.filter",
            show=True),
        key("s", "sort_or_sketch", "Sort", "Sort by another column", "list.sort"),
        key("S", "reverse", "Reverse", "Turn the order round", "list.reverse"),
        key("y", "load_samples", "Load samples", "Load the 28 recorded takes into an empty library", "first.samples"),
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
        PlayerBar { margin: 0 1; }
        #nothing { color: $quiet; padding: 2 4; height: 1fr; }
        &.-short #filter-line { margin: 0; }
        &.-normal TakeDetail { display: block; width: 42; border-left: vkey $border; margin-left: 1; }
        &.-wide TakeDetail { display: block; width: 64; border-left: vkey $border; margin-left: 1; }
        &.-tall Waveform { height: 5; margin: 1 1 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._query = ""
        self._sort: Sort = SORTS[0]
        self._reversed = False
        self._shown: Take | None = None

    def compose(self) -> ComposeResult:
        """Bar, list and detail, waveform, player, keys."""
        yield ModeBar("library")
        with Horizontal(id="filter-line"):
            yield Input(placeholder="/ to filter: words, seed:411, stars:>=4, is:unrated", id="filter", compact=True)
            yield Static("", classes="sort", markup=False)
        with Horizontal(id="body"):
            with ContentSwitcher(initial="list", id="list-side"):
                yield TakeList(self.earmark.workspace.verdict, id="list")
                yield Static("No take answers to this filter. Escape clears it.", id="nothing", markup=False)
            yield TakeDetail(id="detail")
        yield Waveform(id="waveform")
        yield PlayerBar(id="player")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """The keys are for the list first."""
        self.query_one(TakeList).focus()
        self._tell_status()

    # What is listed

    def library_changed(self, change: LibraryChanged) -> None:
        """Show what came in: the first time everything, later the new takes in their places."""
        if change.first or not self.query_one(TakeList).rows:
            self._list(keep=False)
        elif change.added or change.changed:
            self._take_in([*change.added, *change.changed])
        elif change.judged:
            self.query_one(TakeList).refresh()
        self._tell_status()

    def _list(self, *, keep: bool) -> None:
        rows = self.earmark.workspace.view.rows(Query.parse(self._query), self._sort, reverse=self._reversed)
        self._show_rows(rows, keep=keep)

    def _take_in(self, takes: list[Take]) -> None:
        """New takes join the list; what was listed stays, though a filter may no longer hold for it."""
        take_list = self.query_one(TakeList)
        fresh = {take.id: take for take in takes}
        matching = self.earmark.workspace.view.rows(Query.parse(self._query), self._sort, reverse=self._reversed)
        listed = {take.id for take in take_list.rows}
        if listed <= {take.id for take in matching}:
            self._show_rows(matching, keep=True)
            return
        kept = [fresh.get(take.id, take) for take in take_list.rows]
        self._show_rows([*(take for take in matching if take.id not in listed), *kept], keep=True)

    def _show_rows(self, rows: list[Take], *, keep: bool) -> None:
        self.query_one(TakeList).show(rows, keep=keep)
        empty = self.earmark.workspace.loaded and len(self.earmark.workspace.catalog) == 0
        if empty and not self.query(Welcome):
            from library.samples import find_samples

            self.query_one("#list-side").mount(Welcome(samples=find_samples() is not None, id="welcome"))
        side = self.query_one("#list-side", ContentSwitcher)
        side.current = "welcome" if empty else "list" if rows else "nothing"
        self.query_one(TakeDetail).set_class(empty, "-empty")
        if not rows:
            self._show_take(None)

    def _tell_status(self) -> None:
        workspace = self.earmark.workspace
        if not workspace.loaded:
            self.query_one(ModeBar).tell("reading the library …")
            return
        total, listed = len(workspace.catalog), len(self.query_one(TakeList).rows)
        words = counted(total, "take") if listed == total else f"{listed:,} of {counted(total, 'take')}"
        self.query_one(ModeBar).tell(f"{words} · {workspace.judged_count():,} judged")
        arrow = "↑" if self._reversed else "↓"
        self.query_one(".sort", Static).update(f"{arrow} {self._sort}")

    @on(Input.Changed, "#filter")
    def _filter_changed(self, event: Input.Changed) -> None:
        self._query = event.value
        self._list(keep=True)
        self._tell_status()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.set_focus(self.query_one(TakeList))

    def action_filter(self) -> None:
        """Slash."""
        # At once: `focus` waits for a refresh, and the letters typed meanwhile would be keys of the list.
        self.set_focus(self.query_one("#filter", Input))

    def key_escape(self) -> None:
        """Out of the filter: first back to the list, then clear it."""
        box = self.query_one("#filter", Input)
        if box.has_focus:
            self.set_focus(self.query_one(TakeList))
        elif box.value:
            box.value = ""

    def action_sort_or_sketch(self) -> None:
        """S: the next order; in an empty library, sketch a first batch."""
        if self._empty:
            self.action_sketch_first()
            return
        self._sort = SORTS[(SORTS.index(self._sort) + 1) % len(SORTS)]
        self._list(keep=True)
        self._tell_status()

    def action_reverse(self) -> None:
        """Shift+S."""
        self._reversed = not self._reversed
        self._list(keep=True)
        self._tell_status()

    # The take under the cursor

    def subject(self) -> Take | None:
        """The take under the cursor."""
        return self.query_one(TakeList).current

    def step(self, by: int) -> None:
        """Move the cursor; the sound follows if it is on."""
        self.query_one(TakeList).move(by)

    def advance(self) -> None:
        """The next take down the list as it stands, playing."""
        take_list = self.query_one(TakeList)
        if take_list.move(1) and take_list.current is not None:
            self.earmark.deck.put_on(take_list.current)

    @on(TakeList.Highlighted)
    def _follow_cursor(self, event: TakeList.Highlighted) -> None:
        deck = self.earmark.deck
        if deck.playhead().playing and (deck.take is None or deck.take.id != event.take.id):
            deck.put_on(event.take)
        self._settle(event.take)

    @work(exclusive=True, group="settling", exit_on_error=False)
    async def _settle(self, take: Take) -> None:
        """Draw the details and decode the neighbours once the cursor rests."""
        from asyncio import sleep

        if self._shown is not None:
            await sleep(SETTLE_S)
        self._show_take(take)
        take_list = self.query_one(TakeList)
        ahead = take_list.rows[take_list.cursor : take_list.cursor + 4]
        behind = take_list.rows[max(0, take_list.cursor - 1) : take_list.cursor]
        self.earmark.deck.expect([*ahead[:3], *behind, *ahead[3:]])

    def _show_take(self, take: Take | None) -> None:
        self._shown = take
        workspace = self.earmark.workspace
        detail, waveform = self.query_one(TakeDetail), self.query_one(Waveform)
        waveform.show(take)
        if take is None:
            return
        verdict = workspace.verdict(take)
        detail.show(take, verdict, workspace.history.live(take.id), str(workspace.catalog.path_of(take)))
        waveform.set_marks([position for position, _ in verdict.marks])

    @on(TakeList.Chosen)
    def _play_chosen(self, event: TakeList.Chosen) -> None:
        self.earmark.deck.put_on(event.take)

    @on(Waveform.Sought)
    def _seek(self, event: Waveform.Sought) -> None:
        take = self.subject()
        if take is None:
            return
        if self.earmark.deck.take is None or self.earmark.deck.take.id != take.id:
            self.earmark.deck.put_on(take, at_s=event.position_s)
        else:
            self.earmark.deck.player.seek(event.position_s)

    @on(PlayerBar.Sought)
    def _seek_in_what_is_on(self, event: PlayerBar.Sought) -> None:
        self.earmark.deck.player.seek(event.position_s)

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        head, deck = event.playhead, self.earmark.deck
        self.query_one(TakeList).show_playing(head.take if head.playing else None)
        waveform = self.query_one(Waveform)
        on_show = self._shown is not None and head.take == self._shown.id
        waveform.set_playhead(head.position_s if on_show else None)
        waveform.set_loop(deck.looping if on_show else None)
        self.query_one(PlayerBar).show(
            head, deck.take, hidden=False, volume_db=self.earmark.settings.volume_db, trouble=deck.player.trouble()
        )

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Redraw; after an undo go back to the take it was about."""
        take_list = self.query_one(TakeList)
        if judgements and all(isinstance(event, Retraction) for event in judgements):
            about = judgements[-1].take
            place = next((index for index, take in enumerate(take_list.rows) if take.id == about), None)
            if place is not None:
                take_list.cursor = place
        take_list.refresh()
        if self._shown is not None and any(event.take == self._shown.id for event in judgements):
            self._show_take(self._shown)
        self._tell_status()

    # The first batch

    @property
    def _empty(self) -> bool:
        return self.earmark.workspace.loaded and len(self.earmark.workspace.catalog) == 0

    def action_sketch_first(self) -> None:
        """Make a dozen sketches, so that there is something to hear within the minute."""
        if self._empty:
            from library.generators.recipes import grid

            recipes = grid(FIRST_PROMPTS, FIRST_SEEDS, generator="sketch", duration_s=FIRST_LENGTH_S)
            self.earmark.queue.submit(recipes)
            self.earmark.tell("Sketching 12 takes; each appears as soon as it is done.")

    def action_load_samples(self) -> None:
        """Load the recorded takes that come with `make run`."""
        if self._empty:
            self._load_samples()

    @work(thread=True, exclusive=True, group="importing", exit_on_error=False)
    def _load_samples(self) -> None:
        from library.samples import import_samples

        import_samples(self.earmark.workspace.catalog)
        self.app.call_from_thread(self.earmark.look)
