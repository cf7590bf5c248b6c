"""Ranking: takes, prompts and seeds from best to worst with how sure that is, and the grid of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import ContentSwitcher, Footer, Static

from library.take import Take
from ratings.judgement import AnyJudgement
from ratings.ranking import By, Grid, Row
from tui.formatting import counted, plain, stars_bar
from tui.keys import key
from tui.messages import LibraryChanged, PlayheadMoved
from tui.screens.base import EarmarkScreen
from tui.widgets.heatmap import Heatmap
from tui.widgets.mode_bar import ModeBar
from tui.widgets.player_bar import PlayerBar
from tui.widgets.rank_list import RankList

ORDER: tuple[By, ...] = ("take", "prompt", "seed")
TOP = 10
"""How many places the chance and the line are about; half the takes in a library of under twenty."""
NAMES = {"take": "Takes", "prompt": "Prompts", "seed": "Seeds", "grid": "Prompt × seed"}


class RankingScreen(EarmarkScreen):
    """What wins. Enter plays the row's best take."""

    BINDINGS: ClassVar[list[BindingType]] = [
        key("v,tab", "view(1)", "By …", "By take, by prompt, by seed, or the grid of both", "ranking.view", show=True),
        key("V,shift+tab", "view(-1)", "Back", "The view before", "ranking.view_back"),
    ]
    CSS = """
    RankingScreen {
        #tabs { height: 1; margin: 1 1; }
        #tabs Static {
            width: auto; margin-right: 3; color: $quiet;
            link-color: $quiet; link-style: none; link-style-hover: underline;
            link-color-hover: $foreground; link-background-hover: $background;
        }
        #tabs Static.-front { link-color: $primary; link-style: bold; }
        #tabs .said { width: 1fr; text-align: right; margin-right: 0; }
        #views { height: 1fr; margin: 0 1; }
        #nothing { color: $quiet; padding: 2 4; }
        #what { height: 3; margin: 1 1 0 1; color: $quiet; }
        PlayerBar { margin: 0 1; }
        &.-short #tabs { margin: 0 1; }
        &.-short #what { height: 1; margin: 0 1; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._view = 0
        self._chosen: tuple[str, ...] = ()
        """The takes behind the row or cell under the cursor, best first."""
        self._ranks: dict[By, list[Row]] = {}
        self._grid: Grid | None = None
        self._top = TOP

    def compose(self) -> ComposeResult:
        """Views, what is under the cursor, the player."""
        yield ModeBar("ranking")
        with Horizontal(id="tabs"):
            for index, name in enumerate(NAMES.values()):
                yield Static(f"[@click=screen.show_view({index})]{name}[/]", id=f"tab-{index}")
            yield Static("", classes="said", markup=False)
        with ContentSwitcher(initial="nothing", id="views"):
            yield Static("Nothing is judged yet. r opens a listening session.", id="nothing", markup=False)
            for by in ORDER:
                yield RankList(self._name_of(by), id=by)
            yield Heatmap(id="grid")
        with Vertical(id="what"):
            yield Static("", id="words", markup=False)
        yield PlayerBar(id="player")
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Work it out."""
        self._show_tabs()
        self._count()

    def on_screen_resume(self) -> None:
        """Judgements may have come meanwhile."""
        self._count()

    # Counting

    def library_changed(self, change: LibraryChanged) -> None:
        """Takes or judgements of others came in."""
        if self.is_current:
            self._count()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        """Ours did."""
        if self.is_current:
            self._count()

    @work(thread=True, exclusive=True, group="ranking", name="ranking", exit_on_error=False)
    def _count(self) -> None:
        from ratings.ranking import grid, rank

        workspace = self.earmark.workspace
        takes = list(workspace.catalog)
        top = min(TOP, max(1, len(takes) // 2))
        ranks = {by: rank(takes, workspace.history, by=by, top=top) for by in ORDER}
        self.app.call_from_thread(self._show_counted, ranks, grid(takes, workspace.history), top)

    def _show_counted(self, ranks: dict[By, list[Row]], grid: Grid, top: int) -> None:
        self._ranks, self._grid, self._top = ranks, grid, top
        for by in ORDER:
            self.query_one(f"#{by}", RankList).show(ranks[by], top)
        self.query_one(Heatmap).show(grid)
        judged = self.earmark.workspace.judged_count()
        total = len(self.earmark.workspace.catalog)
        self.query_one(ModeBar).tell(f"{judged:,} of {counted(total, 'take')} judged")
        self._show_view()

    # Views

    @property
    def _front(self) -> str:
        return list(NAMES)[self._view]

    def action_view(self, by: int) -> None:
        """V and tab."""
        self.action_show_view((self._view + by) % len(NAMES))

    def action_show_view(self, view: int) -> None:
        """A click on a tab."""
        self._view = view
        self._show_tabs()
        self._show_view()

    def _show_tabs(self) -> None:
        for index in range(len(NAMES)):
            self.query_one(f"#tab-{index}").set_class(index == self._view, "-front")

    def _show_view(self) -> None:
        switcher = self.query_one("#views", ContentSwitcher)
        anything = bool(self._ranks.get("take"))
        switcher.current = self._front if anything else "nothing"
        said = "warm is good, pale is unsure, · is unheard"
        if self._front != "grid":
            said = f"bars hold 80 % · │ is place {self._top} · % is the chance of the top {self._top}"
        self.query_one(".said", Static).update(said if anything and self.size.width >= 110 else "")
        if anything:
            front = self.query_one(f"#{self._front}")
            front.focus()
            if isinstance(front, RankList):
                if front.current is not None:
                    self._choose(front.current.takes, self._words(front.current))
            elif isinstance(front, Heatmap):
                front.action_walk(0, 0)

    def _name_of(self, by: str) -> Callable[[Row], str]:
        def name(row: Row) -> str:
            if by == "take":
                take = self.earmark.workspace.catalog.get(str(row.key))
                if take is None:
                    return str(row.key)[:8]
                seed = "" if take.seed is None else f"  ·  seed {take.seed}"
                return f"{take.prompt or '(no prompt)'}{seed}"
            takes = counted(len(row.takes), "take")
            return f"seed {row.key}  ·  {takes}" if by == "seed" else f"{row.key}  ·  {takes}"

        return name

    # What is under the cursor

    @on(RankList.Highlighted)
    def _row_highlighted(self, event: RankList.Highlighted) -> None:
        if self._front in ORDER and self.query_one(f"#{self._front}", RankList).current == event.row:
            self._choose(event.row.takes, self._words(event.row))

    @on(Heatmap.Highlighted)
    def _cell_highlighted(self, event: Heatmap.Highlighted) -> None:
        if self._front != "grid":
            return
        where = f"{plain(event.prompt)}  ·  seed {event.seed}"
        if event.cell is None:
            self._choose((), f"{where}\nNo take was made here yet.")
        else:
            cell = event.cell
            sure = "not judged" if cell.judgements == 0 else f"{cell.score:.2f} [{cell.low:.2f} – {cell.high:.2f}]"
            self._choose(cell.takes, f"{where}\n{sure}  ·  {counted(len(cell.takes), 'take')}")

    def _words(self, row: Row) -> str:
        name = plain(self._name_of(self._front)(row))
        stars = "" if row.stars is None else f"  {stars_bar(row.stars)} given"
        sure = f"{row.score:.2f} [{row.low:.2f} – {row.high:.2f}]"
        said = counted(row.judgements, "judgement")
        return f"{name}\n{sure}  ·  {row.p_top:.0%} in the top {self._top}  ·  {said}{stars}"

    def _choose(self, takes: tuple[str, ...], words: str) -> None:
        known = {row.key: row.score for row in self._ranks.get("take", ())}
        self._chosen = tuple(sorted(takes, key=lambda take: -known.get(take, 0.0)))
        self.query_one("#words", Static).update(words)
        take = self.subject()
        if take is not None:
            self.earmark.deck.expect([take])

    def subject(self) -> Take | None:
        """The best take of the row or cell; the one that is on, if it is among them."""
        on_deck = self.earmark.deck.take
        if on_deck is not None and on_deck.id in self._chosen:
            return on_deck
        return self.earmark.workspace.catalog.get(self._chosen[0]) if self._chosen else None

    def step(self, by: int) -> None:
        """Along the list."""
        if self._front in ORDER:
            self.query_one(f"#{self._front}", RankList).move(by)

    @on(RankList.Chosen)
    @on(Heatmap.Chosen)
    def _play_chosen(self) -> None:
        self.action_play_from_start()

    @on(PlayheadMoved)
    def _playhead_moved(self, event: PlayheadMoved) -> None:
        deck = self.earmark.deck
        self.query_one(PlayerBar).show(
            event.playhead,
            deck.take,
            hidden=False,
            volume_db=self.earmark.settings.volume_db,
            trouble=deck.player.trouble(),
        )
