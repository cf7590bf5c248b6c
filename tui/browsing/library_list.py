"""The library's list: takes or, folded, prompts with their takes below them; some of them selected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.strip import Strip

from library.take import Take
from ratings.browse import Rows
from ratings.filtering.folding import Folded, PromptGroup, Row
from tui.browsing.keys import FOLDING
from tui.browsing.seed_strip import seed_strip
from tui.browsing.selection import Selection
from tui.frame.fitted_text import shortened
from tui.frame.formatting import counted, plain, stars_bar
from tui.frame.take_columns import GAP, LEFT
from tui.frame.take_list import TakeList
from tui.frame.theme import ink, theme_colour
from tui.workspace import Workspace

SIGN = 3
"""Cells at the left where a click opens a prompt."""
INDENT = 2
STRIP = 24
"""Cells that a prompt's takes and their count get at least, where there is room."""


class LibraryList(TakeList[Row]):
    """Draws what is in sight; what it lists and in what order is the screen's to say."""

    BINDINGS: ClassVar[list[BindingType]] = [*FOLDING]

    def __init__(self, workspace: Workspace, *, id: str) -> None:
        super().__init__(workspace.ratings, id=id)
        self._workspace = workspace
        self._best: dict[int, tuple[PromptGroup, int, float | None]] = {}
        """Per prompt the most stars among its takes, at a version of the judgements."""
        self.opened: frozenset[int] = frozenset()
        self.selection: Selection[Row] = Selection(ids_of)

    # What is open

    @property
    def folded(self) -> Folded | None:
        """The rows, where they are folded by prompt."""
        return self.rows if isinstance(self.rows, Folded) else None

    @property
    def group(self) -> PromptGroup | None:
        """The prompt under the cursor, where that row stands for several takes."""
        return self.current if isinstance(self.current, PromptGroup) else None

    def place_of(self, row: Row) -> int | None:
        return super().place_of(row) if self.folded is None else self.folded.place_of(row)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action not in ("open", "open_all") or self.folded is not None

    def action_open(self) -> None:
        row, folded = self.current, self.folded
        group = None if row is None or folded is None else folded.group_of(row)
        if group is not None:
            self._open(self.opened ^ {group.number})

    def action_open_all(self) -> None:
        if self.folded is not None:
            everything = frozenset(self.folded.foldable)
            self._open(frozenset() if everything <= self.opened else everything)

    def _open(self, numbers: Iterable[int]) -> None:
        if self.folded is not None:
            self.opened = frozenset(numbers)
            self.fill(self.folded.opening(self.opened))

    def select_all(self) -> None:
        """All that are listed, in sight or not."""
        self.selection.take_all(self.rows if self.folded is None else self._workspace.view.unfold(self.folded))

    def prune_selection(self) -> None:
        """After other rows came: only what is listed is selected."""
        if self.selection and isinstance(self.rows, Rows | Folded):
            self.selection.keep_only(self.rows.having)

    @property
    def selected(self) -> list[Take]:
        """In the order of the list."""
        rows = self.rows if self.folded is None else self._workspace.view.unfold(self.folded)
        ids = self.selection.ids
        return [row for row in rows if isinstance(row, Take) and row.id in ids] if ids else []

    def lead(self, row: Row | None) -> Take | None:
        """What plays where `row` is played: of several takes the best, or the first that is not rejected."""
        if not isinstance(row, PromptGroup):
            return row
        best = self._best_of(row)
        if best is not None:
            return next((take for take in row if self._ratings_of(take).stars == best), row.first)
        return next((take for take in row if not self._ratings_of(take).rejected), row.first)

    def _best_of(self, group: PromptGroup) -> float | None:
        version = self._workspace.history.version
        known = self._best.get(group.number)
        if known is None or known[0] is not group or known[1] != version:
            known = self._best[group.number] = (group, version, self._workspace.view.best_stars(group))
        return known[2]

    # What is selected

    def watch_cursor(self, old: int, new: int) -> None:
        super().watch_cursor(old, new)
        if self.selection.anchor is not None:
            self._reach()

    def _reach(self) -> None:
        start = None if self.selection.anchor is None else self.place_of(self.selection.anchor)
        if start is not None:
            self.selection.reach(self.rows[min(start, self.cursor) : max(start, self.cursor) + 1])
            self.refresh()
            self.post_message(self.Selected())

    def extend(self, by: int) -> None:
        """Draw a range, one line further."""
        if self.selection.anchor is None and self.current is not None:
            self.selection.begin(self.current)
        if not self.move(by):
            self._reach()

    def row_style(self, row: Row) -> Style:
        return Style(bgcolor=theme_colour(self, "chosen-row").rich_color) if self._is_selected(row) else Style()

    def _is_selected(self, row: Row) -> bool:
        return bool(self.selection) and self.selection.holds(row)

    def clicked(self, place: int, event: events.Click) -> None:
        row = self.rows[place]
        if event.ctrl or event.meta:
            self.selection.toggle(row)
        elif event.shift and self.current is not None:
            if self.selection.anchor is None:
                self.selection.begin(self.current)
        else:
            self.selection.end()
        super().clicked(place, event)
        if isinstance(row, PromptGroup) and (event.x < SIGN or event.chain == 2):
            self.action_open()
        self.refresh()
        self.post_message(self.Selected())

    @dataclass
    class Selected(Message):
        """Other takes are selected."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, LibraryList.Selected)

    # Drawing

    def draw(self, row: Row, width: int, base: Style) -> Strip:
        sign = "✓" if self._is_selected(row) else " "
        if isinstance(row, PromptGroup):
            return self._draw_group(row, width, base, sign)
        inside = self.folded is not None and self.folded.is_of_several(row)
        return self.draw_take(row, width, base, sign=sign, instead=self._told_of(row) if inside else None)

    def _told_of(self, take: Take) -> str:
        """What sets it apart from the other takes of its prompt, which stands above them."""
        notes = self._ratings_of(take).notes
        words = f"“{notes[-1][0]}”" if notes else (take.model or "").rpartition("/")[2] or take.generator or ""
        return f"{' ' * INDENT}{plain(words)}"

    def _draw_group(self, group: PromptGroup, width: int, base: Style, sign: str) -> Strip:
        part = partial(ink, self, base)
        quiet, best = part("quiet"), self._best_of(group)
        opened, playing = group.number in self.opened, self._plays(group)
        if sign == " ":
            sign = "▾" if opened else "▶" if playing else "▸"
        columns = sum(GAP + column.width for column in self.columns)
        count = f" {counted(len(group), 'take')} "
        area = min(max(STRIP, columns - GAP), max(cell_len(count), width - LEFT - STRIP))
        room = max(4, width - LEFT - GAP - area - 1)
        words = part("primary") if playing and not opened else base
        prompt = shortened(plain(group.prompt) if group.prompt else "(no prompt)", room)
        cells = max(0, area - cell_len(count))
        shown = group.by_seed(cells)
        strip = list(seed_strip(self, base, shown, self._ratings_of, best))
        if len(group) > cells and strip:
            strip[-1] = Segment("…", quiet)
        return Strip(
            [
                Segment(f"{sign} ", part("primary") if playing or sign == "✓" else quiet),
                Segment(stars_bar(best), part("star") if best is not None else quiet),
                Segment("   ", base),
                *Strip([Segment(prompt, words + Style(bold=opened))]).adjust_cell_length(room + GAP, base),
                *Strip(strip).adjust_cell_length(cells, base),
                Segment(f"{count:>{area - cells}}", quiet),
            ]
        ).adjust_cell_length(width, base)

    def _plays(self, group: PromptGroup) -> bool:
        return self.folded is not None and self._playing is not None and self.folded.is_in(self._playing, group)


def ids_of(rows: Sequence[Row]) -> set[str]:
    """The takes that `rows` stand for."""
    if isinstance(rows, Rows):
        return rows.ids()
    ids = {row.id for row in rows if isinstance(row, Take)}
    return ids.union(*({take.id for take in row} for row in rows if isinstance(row, PromptGroup)))
