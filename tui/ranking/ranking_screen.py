"""Ranking: takes, prompts and seeds from best to worst with how sure that is, and the grid of both."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Static

from library.take import Take
from ratings.judgement import AnyJudgement
from ratings.ranking.choices import LISTS, MADE, List, Scale
from tui.context import AppContext
from tui.frame.fit_thread import run_on_fit_thread
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, ordinal, plain
from tui.frame.key_names import key_name, star_keys
from tui.frame.main_screen import MainScreen
from tui.frame.mode_bar import ModeBar
from tui.frame.next_steps import DUEL, GENERATE, IMPORT, LIBRARY, RATE, NextSteps, Step
from tui.frame.told_apart import told_apart
from tui.messages import MOST_SURVEYED, LibraryChanged
from tui.ranking.heatmap import Heatmap
from tui.ranking.keys import RANKING
from tui.ranking.rank_list import RankList
from tui.ranking.ranking_style import RANKING_CSS
from tui.ranking.reliability_page import ReliabilityPage
from tui.ranking.row_words import free_cells, in_lines, of_new_takes, row_facts, row_name

if TYPE_CHECKING:
    from ratings.ranking.leaderboard import Leaderboard
    from ratings.ranking.ranking import RankedRow
    from tui.frame.more_dialog import MoreChoices

LIST_LEGEND = "bar = 80 % range · │ = {place} place · % = chance of top {top}"
GRID_LEGEND = "stronger = better · ~ = unsure · · = unheard"
WORD_LEGEND = "bar = 80 % range · + = always together"
MADE_LEGEND = "bar = 80 % range · % = chance of being the best of its kind"
NAMES = {
    "take": "Takes", "prompt": "Prompts", "seed": "Seeds", "word": "Words", "made": "Made with",
    "grid": "Prompt × seed", "reliability": "Listeners",
}  # fmt: skip
LONGEST_NAME = 16
LINES, SHORT_LINES = 2, 1
"""So many lines of facts there is room for, in a terminal that is tall and in one that is not."""
ABOUT_ONE_TAKE = frozenset(
    {"rate", "reject", "pick", "clear", "note", "mark", "sound", "label", "extend", "use_as_draft"}
)
AMONG_RANKED = frozenset({"view", "whose", "survey", "play_pause", "play_from_start"})
COMPOSITION: Step = ("ranking.scale", "screen.scale", "back to composition")


class RankingScreen(MainScreen):
    """What wins. Enter plays the row's best take."""

    MODE = "ranking"
    BINDINGS: ClassVar[list[BindingType]] = [*RANKING]
    CSS = RANKING_CSS

    def __init__(self, context: AppContext) -> None:
        super().__init__(context)
        self._front = "take"
        """The view in front, by its key among NAMES."""
        self._listed: List = "take"
        """The list that was in front last; beside the grid where there is room."""
        self._counting = self._stale = False
        self._chosen: tuple[str, ...] = ()
        """The takes behind the row or cell under the cursor, best first."""
        self._is_one_take = False
        """Whether these are all that it stands for, and one: of a prompt with several, one may be judged."""
        self._scale: Scale = "composition"
        self._whose: str | None = None
        """The listener whose ranking it is; None for everybody's."""
        self._leaderboard: Leaderboard | None = None
        self._scores: dict[str, float] = {}
        self._apart: dict[str, str] = {}
        """What tells takes of one prompt and seed apart."""
        self._top = 0
        """How many are the best, in the list in front."""
        self._described: tuple[str, Sequence[str]] = ("", ())
        """What is under the cursor, and what is known of it."""

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="tabs"):
            for view, name in NAMES.items():
                yield Static(f"[@click=screen.show_view('{view}')]{name}[/]", id=f"tab-{view}")
            yield Static("", id="scale", markup=False)
            yield Static("", id="legend", markup=False)
        with Horizontal(id="views"):
            yield NextSteps(id="nothing", classes="-front")
            for by in LISTS:
                yield RankList(partial(self._name_of, by), id=by)
            yield Heatmap(id="grid")
            yield ReliabilityPage(id="reliability")
        yield Static("", id="words", markup=False)

    def on_mount(self) -> None:
        self.query_one(NextSteps).show("Counting …", "")
        self.action_show_view(self._front)

    def on_screen_resume(self) -> None:
        self._count()

    # Counting

    def library_changed(self, change: LibraryChanged) -> None:
        if self.is_current:
            self._count()

    def judgements_written(self, judgements: list[AnyJudgement]) -> None:
        if self.is_current:
            self._count()

    def _count(self) -> None:
        """Work it out; once more if more comes in meanwhile."""
        if self._counting:
            self._stale = True
        elif self.context.workspace.loaded:
            self._counting = True
            self._count_all()

    @work(group="ranking", name="ranking", exit_on_error=False)
    async def _count_all(self) -> None:
        try:
            self._stale = True
            while self._stale:
                self._stale = False
                self._show_leaderboard(await run_on_fit_thread(self._counted, self._scale, self._whose))
        finally:
            self._counting = False

    def _counted(self, scale: Scale, whose: str | None) -> Leaderboard:
        from library.generators.probed import seedless
        from ratings.ranking.leaderboard import Leaderboard

        takes, history = list(self.context.workspace.catalog), self.context.workspace.history
        return Leaderboard.of(takes, history, scale, whose, seedless())

    def _show_leaderboard(self, leaderboard: Leaderboard) -> None:
        if (leaderboard.scale, leaderboard.listener) != (self._scale, self._whose):
            return
        self._leaderboard = leaderboard
        if leaderboard.scale == "composition":
            self.context.workspace.words = leaderboard.words
        self._scores = {str(row.key): row.score for row in leaderboard.ranks["take"]}
        self._apart = told_apart(filter(None, map(self.context.workspace.catalog.get, self._scores)))
        for by in LISTS:
            self.query_one(f"#{by}", RankList).show(leaderboard.ranks[by], leaderboard.tops[by])
        there = {
            MADE: bool(leaderboard.ranks[MADE]),
            "word": bool(leaderboard.ranks["word"]),
            "seed": leaderboard.seeds_matter,
            "grid": leaderboard.seeds_matter,
        }
        for view, offered in there.items():
            self.query_one(f"#tab-{view}").display = offered
        self.query_one(Heatmap).show(leaderboard.grid)
        self.query_one(ReliabilityPage).show(leaderboard)
        total = len(self.context.workspace.catalog)
        composition = leaderboard.scale == "composition"
        everybody = composition and self._whose is None
        judged = len(self.context.workspace.history.rated() if everybody else leaderboard.ranks["take"])
        word = "judged" if composition else "rated for sound"
        of = f"{total:,}" if self.has_class("-narrow") else counted(total, "take")
        self.query_one(ModeBar).show_status(f"{self._ears(leaderboard)}{judged:,} of {of} {word}")
        self.action_show_view(self._front if there.get(self._front, True) else "take")

    def action_scale(self) -> None:
        self._scale = "sound" if self._scale == "composition" else "composition"
        self.query_one("#scale", Static).update("by sound" if self._scale == "sound" else "")
        self._count()

    def action_whose(self) -> None:
        """Everybody's, one's own, then each other's, who said most first."""
        names, own = self._names, self.context.workspace.listener
        if len(names) < 2:
            self.notify(f"Only {plain(names[0])} has judged takes here" if names else "Nothing is judged yet")
            return
        order = [None, *sorted(names, key=lambda name: name != own)]
        at = order.index(self._whose) if self._whose in order else 0
        self._whose = order[(at + 1) % len(order)]
        self._count()

    @property
    def _names(self) -> list[str]:
        """Of those who have judged."""
        return [] if self._leaderboard is None else [one.listener for one in self._leaderboard.listeners]

    def _ears(self, leaderboard: Leaderboard) -> str:
        """Whose ranking it is, as far as there is one."""
        names, narrow = self._names, self.has_class("-narrow")
        one = names[0] if leaderboard.listener is None and len(names) == 1 else leaderboard.listener
        if not names:
            return ""
        ears = f"all {len(names)}" if one is None else shortened(plain(one), 8 if narrow else LONGEST_NAME)
        return f"{ears} · " if narrow else f"heard by {ears} · "

    # Views

    def action_view(self, by: int) -> None:
        views = [view for view in NAMES if self.query_one(f"#tab-{view}").display]
        self.action_show_view(views[(views.index(self._front) + by) % len(views)])

    def action_show_view(self, view: str) -> None:
        self._front = view
        for name in NAMES:
            self.query_one(f"#tab-{name}").set_class(name == view, "-front")
        self._show_view()

    def _show_view(self) -> None:
        leaderboard = self._leaderboard
        if leaderboard is None:
            return
        self._top = leaderboard.tops[self._front] if self._front in LISTS else 0
        front = self._front if leaderboard.ranks["take"] else "nothing"
        if self._front in LISTS:
            self._listed = self._front
        beside = () if front in ("nothing", "reliability") or not leaderboard.seeds_matter else (self._listed, "grid")
        for view in self.query("#views > *"):
            view.set_class(view.id == front, "-front")
            view.set_class(view.id in beside, "-beside")
        legend = {"nothing": "", "grid": GRID_LEGEND, "reliability": "", MADE: MADE_LEGEND, "word": WORD_LEGEND}.get(
            front, LIST_LEGEND.format(top=self._top, place=ordinal(self._top))
        )
        self.query_one("#legend", Static).update(legend)
        if front == "nothing":
            self._show_nothing()
            self._choose((), "", ())
            self.refresh_bindings()
            return
        shown = self.query_one(f"#{front}")
        self.set_focus(shown)
        if isinstance(shown, RankList) and shown.current is not None:
            self._choose_row(shown.current)
        elif isinstance(shown, Heatmap):
            shown.action_walk(0, 0)
        else:
            self._choose((), "", ())

    def _show_nothing(self) -> None:
        """What is missing for a ranking, and the way to it."""
        page = self.query_one(NextSteps)
        if not len(self.context.workspace.catalog):
            page.show("The library is empty.", "There's nothing to rank yet.", [GENERATE, IMPORT, LIBRARY])
        elif self._scale == "sound":
            how = f"Press {key_name(self, 'judge.sound')} on any take, then {star_keys(self)}."
            page.show("Production quality isn't rated yet.", how, [COMPOSITION, LIBRARY])
        else:
            page.show("Nothing is judged yet.", "A few ratings are enough for a first ranking.", [RATE, DUEL, LIBRARY])

    def _name_of(self, by: str, row: RankedRow) -> tuple[str, str]:
        take = self.context.workspace.catalog.get(str(row.key)) if by == "take" else None
        return row_name(by, row, take, self._apart.get(str(row.key), ""))

    # What is under the cursor

    @on(RankList.Highlighted)
    def _row_highlighted(self, event: RankList.Highlighted[RankedRow]) -> None:
        if event.sender.id == self._front:
            self._choose_row(event.row)
        elif event.moved:
            self.action_show_view(event.sender.id or "")  # a click into the list beside the grid

    def _choose_row(self, row: RankedRow) -> None:
        self._choose(row.takes, *self._words(row), of=row.count)
        best = self._best()
        if best is not None and best.prompt is not None and best.seed is not None:
            self.query_one(Heatmap).point_at(best.prompt, best.seed)

    @on(Heatmap.Highlighted)
    def _cell_highlighted(self, event: Heatmap.Highlighted) -> None:
        if self._front != "grid":
            if event.moved:
                self.action_show_view("grid")  # a click into the grid beside the list
            return
        where = f"{plain(event.prompt)}  ·  seed {event.seed}"
        if event.cell is None:
            self._choose((), where, ["No take here yet", *self._of_new(event.prompt, event.seed)])
        else:
            cell = event.cell
            sure = "not judged" if cell.judgements == 0 else f"{cell.score:.2f} [{cell.low:.2f} – {cell.high:.2f}]"
            self._choose(cell.takes, where, [sure, counted(len(cell.takes), "take"), *self._other(cell.takes)])

    def _of_new(self, prompt: str, seed: int) -> Sequence[str]:
        if self._leaderboard is None or (chance := self._leaderboard.grid.free.get((prompt, seed))) is None:
            return ()
        return (of_new_takes(chance, self._leaderboard.tops["take"]),)

    def _words(self, row: RankedRow) -> tuple[str, Sequence[str]]:
        name = "".join(self._name_of(self._front, row))
        facts = [*row_facts(row, self._top, 0 if self._leaderboard is None else self._leaderboard.tops["take"])]
        facts[2:2] = self._other(row.takes)
        if self._front == "prompt":
            best = self.context.workspace.catalog.get(self._by_score(row.takes)[0])
            seed = "" if best is None or best.seed is None else f", seed {best.seed}"
            facts.append(f"{key_name(self, 'play.start')} plays its best{seed}")
        return name, facts

    def _other(self, takes: tuple[str, ...]) -> Sequence[str]:
        """The one take's score on the other scale."""
        others = {} if self._leaderboard is None else self._leaderboard.others
        if len(takes) != 1 or takes[0] not in others:
            return ()
        name = "sound" if self._scale == "composition" else "composition"
        return (f"{name} {others[takes[0]]:.1f}",)

    def _choose(self, takes: tuple[str, ...], name: str, facts: Sequence[str], *, of: int | None = None) -> None:
        """Show what is known of these `of` so many takes that a row stands for; None for these alone."""
        before, self._is_one_take = self._is_one_take, (len(takes) if of is None else of) == 1
        self._chosen = self._by_score(takes)
        if before != self._is_one_take:
            self.refresh_bindings()
        self._described = (name, facts)
        self._describe()
        if (take := self._best()) is not None:
            self.context.deck.preload([take])

    def _describe(self) -> None:
        """Name and facts on a line each; where there is one line for both, a list has the names itself."""
        (name, facts), place = self._described, self.query_one("#words", Static)
        width, short = place.content_size.width, self.has_class("-short")
        if short and self._front not in LISTS:
            facts, name = (name, *facts), ""
        lines = in_lines(facts, width, SHORT_LINES if short else LINES)
        place.update("\n".join(lines if short else [name, *lines]).strip("\n"))

    def on_resize(self) -> None:
        self.call_after_refresh(self._describe)

    def _by_score(self, takes: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted(takes, key=lambda take: -self._scores.get(take, 0.0)))

    def _best(self) -> Take | None:
        return self.context.workspace.catalog.get(self._chosen[0]) if self._chosen else None

    def subject(self) -> Take | None:
        """The take of the row or cell; none where it stands for several, of which keys would judge one unnamed."""
        return self._best() if self._is_one_take else None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is about one take has no key where there are several, or none."""
        if action in ABOUT_ONE_TAKE and self.subject() is None:
            return False
        if action in AMONG_RANKED and self._leaderboard is not None and not self._scores:
            return False
        return super().check_action(action, parameters)

    # More of it

    def more_like(self) -> Sequence[Take]:
        """The best take behind the row or cell, of those that can be made again."""
        from library.generators.more import can_make_more

        takes = [take for take in map(self.context.workspace.catalog.get, self._chosen) if take is not None]
        return sorted(takes, key=can_make_more, reverse=True)[:1]

    def make_more(self, count: int, choices: MoreChoices | None = None) -> None:
        """An empty cell makes itself; a seed is tried with the prompts that it promises most for."""
        grid = None if self._leaderboard is None else self._leaderboard.grid
        cell = self.query_one(Heatmap).empty_cell if self._front == "grid" else None
        row = self.query_one("#seed", RankList).current if self._front == "seed" else None
        if cell is not None:
            self.make_cells([cell])
        elif row is None or grid is None:
            super().make_more(count, choices)
        elif free := free_cells(grid, row.key):
            self.make_cells(free, count)
        else:
            self.notify("Every prompt has a take with this seed", timeout=2)

    def to_survey(self) -> Sequence[Take]:
        """Of a list of takes those from the cursor on; else the best behind the row or cell."""
        names: Sequence[str] = self._chosen
        if self._front == "take":
            ranked = self.query_one("#take", RankList)
            names = [str(row.key) for row in ranked.rows[ranked.cursor : ranked.cursor + MOST_SURVEYED]]
        takes = map(self.context.workspace.catalog.get, names[:MOST_SURVEYED])
        return [take for take in takes if take is not None]

    @on(RankList.Chosen)
    @on(Heatmap.Chosen)
    def action_play_from_start(self) -> None:
        if take := self._best():
            self.context.deck.load(take, at_s=0.0)

    def action_play_pause(self) -> None:
        """The best take of the row or cell; the one that is on, if it is among them."""
        on_deck = self.context.deck.take
        self.context.deck.toggle(on_deck if on_deck is not None and on_deck.id in self._chosen else self._best())

    def step(self, by: int) -> None:
        if self._front in LISTS:
            self.query_one(f"#{self._front}", RankList).move(by)
