"""The grid of prompt x seed as a heatmap one can walk through: warm is good, faint is unheard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.frame.fitted_text import shortened
from tui.frame.formatting import HIGHEST, LOWEST, plain
from tui.frame.places import Place
from tui.frame.theme import ink, theme_colour
from tui.ranking.keys import GRID

if TYPE_CHECKING:
    from ratings.ranking.ranking import Cell, Grid

CELL = 6
"""Width of a column in characters."""
HEADER = 1
FAIR, GOOD = 3.0, 4.0
"""Stars from which on the terminal's own colours set a cell off."""
UNSURE = 1.5
"""From this width of the interval on, in stars, a number is only about right."""


class Heatmap(ScrollView, can_focus=True):
    """Rows are prompts, columns are seeds. Colour and number are the score; ~ is unsure, `·` was never judged."""

    DEFAULT_CSS: ClassVar[str] = """
    Heatmap {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*GRID]

    @dataclass
    class Highlighted(Message):
        """The cursor came to another cell; None where there is no take."""

        prompt: str
        seed: int
        cell: Cell | None
        moved: bool
        """The listener went there; otherwise the grid changed under the cursor."""

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Heatmap.Highlighted)

    @dataclass
    class Chosen(Message):
        """A cell was clicked twice."""

        cell: Cell

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._grid: Grid | None = None
        self._row = self._column = 0
        self._label = 16

    @property
    def _where(self) -> tuple[str, int] | None:
        if self._grid is None or not self._grid.prompts or not self._grid.seeds:
            return None
        return self._grid.prompts[self._row], self._grid.seeds[self._column]

    @property
    def current(self) -> Cell | None:
        where = self._where
        return self._grid.cells.get(where) if self._grid is not None and where is not None else None

    @property
    def empty_cell(self) -> tuple[str, int] | None:
        """Prompt and seed under the cursor, where they have no take."""
        return self._where if self.current is None else None

    def point_at(self, prompt: str, seed: int) -> None:
        """Put the cursor on that cell, if there is one, and say nothing of it."""
        grid = self._grid
        if grid is not None and (prompt, seed) in grid.cells:
            self._row, self._column = grid.prompts.index(prompt), grid.seeds.index(seed)
            self._keep_in_sight()
            self.refresh()

    def show(self, grid: Grid) -> None:
        """Draw another grid; the cursor stays where it was, if that is still there."""
        before = self._where
        self._grid = grid
        self._row = min(self._row, max(0, len(grid.prompts) - 1))
        self._column = min(self._column, max(0, len(grid.seeds) - 1))
        if before is not None:
            prompt, seed = before
            self._row = grid.prompts.index(prompt) if prompt in grid.prompts else self._row
            self._column = grid.seeds.index(seed) if seed in grid.seeds else self._column
        self._lay_out()
        self.refresh()
        self._announce(moved=False)

    def on_resize(self) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        if self._grid is not None:
            self._label = min(40, max(12, self.size.width // 3))
            # Scrolled to the end, whole columns have gone by: the last one is in sight, with a scrollbar or without.
            beyond = max(0, len(self._grid.seeds) - self._columns)
            width = self.size.width + CELL * beyond if beyond else self.size.width - 1
            self.virtual_size = Size(width, HEADER + len(self._grid.prompts))
            self._keep_in_sight()

    @property
    def _columns(self) -> int:
        return max(1, (self.size.width - 1 - self._label) // CELL)

    @property
    def _first(self) -> int:
        return self.scroll_offset.x // CELL

    def _keep_in_sight(self) -> None:
        rows, top = self.scrollable_content_region.height - HEADER, self.scroll_offset.y
        first, count = self._first, self._columns
        y = self._row if self._row < top else max(top, self._row - rows + 1)
        x = self._column if self._column < first else max(first, self._column - count + 1)
        if rows > 0 and (x, y) != (first, top):
            self.scroll_to(x * CELL, y, animate=False, force=True)

    def action_walk(self, down: int, right: int) -> None:
        self._go(self._row + down, self._column + right)

    def _go(self, row: int, column: int) -> None:
        if self._grid is None or not self._grid.prompts or not self._grid.seeds:
            return
        self._row = min(max(0, row), len(self._grid.prompts) - 1)
        self._column = min(max(0, column), len(self._grid.seeds) - 1)
        self._keep_in_sight()
        self.refresh()
        self._announce(moved=True)

    def _announce(self, *, moved: bool) -> None:
        if self._where is not None:
            self.post_message(self.Highlighted(*self._where, self.current, moved=moved))

    def places(self) -> Iterator[Place]:
        """The cells in sight."""
        if (grid := self._grid) is None:
            return
        top, first = self.scroll_offset.y, self._first
        for row in range(top, min(len(grid.prompts), top + self.scrollable_content_region.height - HEADER)):
            for column in range(first, first + len(self._visible(grid))):
                at = Offset(self._label + (column - first) * CELL, row - top + HEADER)
                yield Place(at, partial(self._jump_to, row, column), abs(row - self._row) + abs(column - self._column))

    def _jump_to(self, row: int, column: int) -> None:
        self.screen.set_focus(self)
        self._go(row, column)

    def on_click(self, event: events.Click) -> None:
        row = event.y - HEADER + self.scroll_offset.y
        column = (event.x - self._label) // CELL + self._first
        inside = event.y >= HEADER and event.x >= self._label
        if self._grid is not None and inside and row < len(self._grid.prompts) and column < len(self._grid.seeds):
            self._go(row, column)
            if event.chain == 2 and self.current is not None:
                self.post_message(self.Chosen(self.current))

    def render_line(self, y: int) -> Strip:
        """The seeds on top, then a prompt a line; the prompts' names stay in sight when scrolled."""
        width = self.scrollable_content_region.width
        base, grid = self.rich_style, self._grid
        if grid is None:
            return Strip.blank(width, base)
        quiet = ink(self, base, "quiet")
        row = y + self.scroll_offset.y - HEADER if y >= HEADER else -1
        label, cells = "", []
        if y < HEADER:
            cells = [Segment(f"{str(seed)[-CELL + 1 :]:>{CELL - 1}} ", quiet) for seed in self._visible(grid)]
        elif row >= len(grid.prompts):
            return Strip.blank(width, base)
        else:
            prompt = grid.prompts[row]
            label = shortened(plain(prompt), self._label - 1)
            for column, seed in enumerate(self._visible(grid), start=self._first):
                cell = grid.cells.get((prompt, seed))
                cells.append(self._draw(cell, base, quiet, row == self._row and column == self._column))
        name = Strip([Segment(label, base)]).adjust_cell_length(self._label - 1, base)
        return Strip([*name, Segment(" ", base), *cells]).adjust_cell_length(width, base)

    def _visible(self, grid: Grid) -> list[int]:
        return list(grid.seeds[self._first : self._first + self._columns])

    def _draw(self, cell: Cell | None, base: Style, quiet: Style, under_cursor: bool) -> Segment:
        if cell is None:
            text, style = " " * (CELL - 1), quiet
        elif cell.judgements == 0:
            text, style = f"{'·':^{CELL - 1}}", quiet
        else:
            about = "~" if cell.high - cell.low > UNSURE else " "
            text, style = f"{about}{cell.score:.1f} ", base + self._heat(cell)
        if under_cursor:
            style += Style(bold=True, reverse=True)
            text = f"[{text.strip() or ' ':^{CELL - 3}}]"
        return Segment(f"{text} ", style)

    def _heat(self, cell: Cell) -> Style:
        """Between the colours of bad and good by score, paler the wider the interval."""
        good, bad = theme_colour(self, "primary"), theme_colour(self, "panel")
        if good.ansi is not None:  # which can't be mixed
            fair = ink(self, Style(), "primary") if cell.score >= FAIR else Style()
            return fair + Style(bold=True, reverse=True) if cell.score >= GOOD else fair
        share = min(1.0, max(0.0, (cell.score - LOWEST) / (HIGHEST - LOWEST)))
        sure = 1.0 - min(1.0, (cell.high - cell.low) / (HIGHEST - LOWEST))
        shade = bad.blend(good, share * (0.4 + 0.6 * sure))
        return Style(bgcolor=shade.rich_color, color=shade.get_contrast_text(0.95).rich_color)
