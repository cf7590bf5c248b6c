"""The grid of prompt x seed as a heatmap one can walk through: warm is good, faint is unheard."""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ratings.ranking import Cell, Grid
from tui.formatting import plain

CELL = 6
"""Width of a column in characters."""
HEADER = 1
LOWEST, HIGHEST = 1.0, 5.0


class Heatmap(ScrollView, can_focus=True):
    """Rows are prompts, columns are seeds. The score is the cell's colour and number; `·` was never judged."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"heatmap--quiet", "heatmap--good", "heatmap--bad", "heatmap--cursor"}
    DEFAULT_CSS: ClassVar[str] = """
    Heatmap {
        height: 1fr;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 1;
        .heatmap--quiet { color: $quiet; }
        .heatmap--good { color: $background; background: $primary; }
        .heatmap--bad { color: $foreground; background: $panel; }
        .heatmap--cursor { text-style: bold reverse; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "walk(0,-1)", "Seed −", show=False, id="heatmap.left"),
        Binding("right", "walk(0,1)", "Seed +", show=False, id="heatmap.right"),
        Binding("up,k", "walk(-1,0)", "Prompt −", show=False, id="heatmap.up"),
        Binding("down,j", "walk(1,0)", "Prompt +", show=False, id="heatmap.down"),
    ]

    class Highlighted(Message):
        """The cursor came to another cell; None where there is no take."""

        def __init__(self, prompt: str, seed: int, cell: Cell | None) -> None:
            super().__init__()
            self.prompt, self.seed, self.cell = prompt, seed, cell

        def can_replace(self, message: Message) -> bool:
            """Only the newest matters."""
            return isinstance(message, Heatmap.Highlighted)

    class Chosen(Message):
        """A cell was clicked twice."""

        def __init__(self, cell: Cell) -> None:
            super().__init__()
            self.cell = cell

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._grid: Grid | None = None
        self._row = self._column = 0
        self._label = 16

    @property
    def current(self) -> Cell | None:
        """The cell under the cursor, None where no take is."""
        if self._grid is None or not self._grid.prompts or not self._grid.seeds:
            return None
        return self._grid.cells.get((self._grid.prompts[self._row], self._grid.seeds[self._column]))

    def show(self, grid: Grid) -> None:
        """Draw another grid; the cursor stays where it was, if that is still there."""
        self._grid = grid
        self._row = min(self._row, max(0, len(grid.prompts) - 1))
        self._column = min(self._column, max(0, len(grid.seeds) - 1))
        self._lay_out()
        self.refresh()
        self._tell()

    def on_resize(self) -> None:
        """The prompts' column takes a third of the width."""
        self._lay_out()

    def _lay_out(self) -> None:
        if self._grid is not None:
            self._label = min(40, max(12, self.scrollable_content_region.width // 3))
            width = self._label + CELL * len(self._grid.seeds)
            self.virtual_size = Size(width, HEADER + len(self._grid.prompts))

    def action_walk(self, down: int, right: int) -> None:
        """Arrows."""
        if self._grid is None:
            return
        self._go(self._row + down, self._column + right)

    def _go(self, row: int, column: int) -> None:
        if self._grid is None or not self._grid.prompts or not self._grid.seeds:
            return
        self._row = min(max(0, row), len(self._grid.prompts) - 1)
        self._column = min(max(0, column), len(self._grid.seeds) - 1)
        region = Region(self._label + self._column * CELL, HEADER + self._row, CELL, 1)
        self.scroll_to_region(region.grow((HEADER, 0, 0, self._label)), animate=False)
        self.refresh()
        self._tell()

    def _tell(self) -> None:
        if self._grid is not None and self._grid.prompts and self._grid.seeds:
            prompt, seed = self._grid.prompts[self._row], self._grid.seeds[self._column]
            self.post_message(self.Highlighted(prompt, seed, self.current))

    def on_click(self, event: events.Click) -> None:
        """Go to a cell; twice plays."""
        row = event.y + self.scroll_offset.y - HEADER
        column = (event.x + self.scroll_offset.x - self._label) // CELL
        if self._grid is not None and 0 <= row < len(self._grid.prompts) and 0 <= column < len(self._grid.seeds):
            self._go(row, column)
            if event.chain == 2 and self.current is not None:
                self.post_message(self.Chosen(self.current))

    def render_line(self, y: int) -> Strip:
        """The seeds on top, then a prompt a line; the prompts' names stay in sight when scrolled."""
        width = self.scrollable_content_region.width
        base, grid = self.rich_style, self._grid
        if grid is None:
            return Strip.blank(width, base)
        quiet = base + self.get_component_rich_style("heatmap--quiet", partial=True)
        row = y + self.scroll_offset.y - HEADER if y >= HEADER else -1
        label, cells = "", []
        if y < HEADER:
            cells = [Segment(f"{str(seed)[-CELL + 1 :]:>{CELL - 1}} ", quiet) for seed in self._visible(grid)]
        elif row + HEADER < HEADER or row >= len(grid.prompts):
            return Strip.blank(width, base)
        else:
            prompt = grid.prompts[row]
            label = plain(prompt)
            first = self.scroll_offset.x // CELL
            for column, seed in enumerate(self._visible(grid), start=first):
                cell = grid.cells.get((prompt, seed))
                cells.append(self._draw(cell, base, quiet, row == self._row and column == self._column))
        name = Strip([Segment(label, base)]).adjust_cell_length(self._label - 1, base)
        return Strip([*name, Segment(" ", base), *cells]).adjust_cell_length(width, base)

    def _visible(self, grid: Grid) -> list[int]:
        first = self.scroll_offset.x // CELL
        count = max(0, self.scrollable_content_region.width - self._label) // CELL
        return list(grid.seeds[first : first + count])

    def _draw(self, cell: Cell | None, base: Style, quiet: Style, under_cursor: bool) -> Segment:
        if cell is None:
            text, style = " " * (CELL - 1), quiet
        elif cell.judgements == 0:
            text, style = f"{'·':^{CELL - 1}}", quiet
        else:
            text, style = f"{cell.score:^{CELL - 1}.1f}", base + self._heat(cell)
        if under_cursor:
            style += self.get_component_rich_style("heatmap--cursor", partial=True)
            text = f"[{text.strip() or ' ':^{CELL - 3}}]"
        return Segment(f"{text} ", style)

    def _heat(self, cell: Cell) -> Style:
        """Between the colours of bad and good by score, paler the wider the interval."""
        good, bad = self.get_component_styles("heatmap--good"), self.get_component_styles("heatmap--bad")
        share = min(1.0, max(0.0, (cell.score - LOWEST) / (HIGHEST - LOWEST)))
        sure = 1.0 - min(1.0, (cell.high - cell.low) / (HIGHEST - LOWEST))
        shade = bad.background.blend(good.background, share * (0.4 + 0.6 * sure))
        return Style(bgcolor=shade.rich_color, color=_readable(shade).rich_color)


def _readable(background: Color) -> Color:
    return background.get_contrast_text(0.95)
