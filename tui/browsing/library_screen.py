"""The library: all takes in a list, the one under the cursor in full, its waveform, and the player."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Input, Static

from library.take import Take
from ratings.filtering.folding import PromptGroup, Row
from ratings.history import History, takes_of
from ratings.judgement import AnyJudgement
from tui.browsing.headings import Headings
from tui.browsing.keys import LIBRARY
from tui.browsing.library_list import LibraryList
from tui.browsing.library_style import LIBRARY_CSS
from tui.browsing.listing_screen import ListingScreen
from tui.browsing.take_detail import TakeDetail
from tui.context import AppContext
from tui.frame.filter_field import FilterField, FilterHint
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.key_names import key_name
from tui.frame.keys import JUDGING, PLAYING
from tui.frame.take_columns import USUAL
from tui.messages import LibraryChanged, PlayheadMoved
from tui.playing.waveform import Waveform

if TYPE_CHECKING:
    from ratings.ranking.word_effects import WordEffect

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
    "scroll_details",
    "play_on",
)
TAKE_ACTIONS = frozenset((*LISTING, *(bound.action.partition("(")[0] for bound in (*PLAYING, *JUDGING))))
"""What makes no sense where there is no take at all."""

FEW_JUDGED, MANY_JUDGED = 12, 1000
"""Judged takes of which it is worth while, and quick, to find which words work."""
PURGED = "purged: made again when you play it"


def _words(takes: list[Take], history: History) -> tuple[WordEffect, ...]:
    """For a thread."""
    from ratings.ranking.ranking import RankedTakes
    from ratings.ranking.word_effects import word_effects

    return word_effects(RankedTakes.judged(takes, history).posterior)


class LibraryScreen(ListingScreen):
    """Browse, filter, sort, fold, select, listen and judge."""

    MODE = "library"
    BINDINGS: ClassVar[list[BindingType]] = [*LIBRARY]
    CSS = LIBRARY_CSS
    AUTO_FOCUS = "#list"
    """Never the filter: it would take the keys for letters."""

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._shown: Row | None = None
        self._words_of = 0
        """How many takes were judged when it was found which words work."""

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

    def library_changed(self, change: LibraryChanged) -> None:
        super().library_changed(change)
        self._refresh_detail({take.id for take in change.changed}, change.judged)
        if change.first:
            self._find_words()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._find_words()

    @work(exclusive=True, group="words", exit_on_error=False)
    async def _find_words(self) -> None:
        """Which words of prompts work, where that is quickly found; the Ranking finds it of any number."""
        workspace = self.context.workspace
        judged = len(workspace.history.rated())
        if not MANY_JUDGED >= judged >= FEW_JUDGED or judged == self._words_of:
            return
        self._words_of = judged
        workspace.words = await run_on_fit_thread(_words, list(workspace.catalog), workspace.history)
        if self._shown is not None:
            self.show_detail(self._shown)

    def _tell_ages(self) -> None:
        self.take_list.refresh()
        self.query_one(TakeDetail).draw_anew()

    # What keys mean

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In an empty library only the keys that fill it hold; elsewhere those don't."""
        if action in ("make_first", "load_samples"):
            return self._is_empty and (action == "make_first" or self.samples_exist())
        if action == "back":
            clears = bool(self._query) or isinstance(self.focused, Input) or self._sound_take is not None
            return clears or bool(self.take_list.selection) or self.has_class("-peek")
        can_undo = action == "undo" and bool(self.context.job_states())
        holds = not self._is_empty or action not in TAKE_ACTIONS or can_undo
        return holds and super().check_action(action, parameters)

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

    def action_details(self) -> None:
        """Beside the list where there is room, for good; in a narrow terminal over it, for a moment."""
        if self.has_class("-narrow"):
            self.toggle_class("-peek")
        else:
            self.context.remember(details=self.has_class("-no-details"))
            self.set_class(not self.context.settings.details, "-no-details")
        self.refresh_bindings()

    def action_scroll_details(self, pages: int) -> None:
        detail = self.query_one(TakeDetail)
        detail.scroll_relative(y=pages * max(1, detail.size.height // 2), animate=False)

    def step(self, by: int) -> None:
        if not self.take_list.move(by) and self.take_list.rows:
            self.notify(
                "This is the last take in the list" if by > 0 else "This is the first take in the list", timeout=2
            )

    def advance(self) -> None:
        """The next take down the list as it stands, playing."""
        if not self.take_list.move(1):
            self.notify("That was the last take in the list", timeout=2)
        elif (take := self.lead()) is not None:
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
        self.show_detail(current)
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

    def show_detail(self, row: Row | None) -> None:
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
            place = PURGED if workspace.catalog.is_purged(take) else str(workspace.catalog.path_of(take))
            detail.show(take, ratings, workspace.history.live(take.id), place, workspace.words)
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
        take_list.untouched = False
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
            self.show_detail(current if self.take_list.rows else None)
        elif self._shown is not None and self._shown.id in about:
            self.show_detail(self.context.workspace.catalog.get(self._shown.id))
