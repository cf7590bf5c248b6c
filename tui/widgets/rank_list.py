"""The ranking as lines: place, interval bar, chance of being among the best, name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from ratings.ranking import Row
from tui.formatting import plain

LOWEST, HIGHEST = 1.0, 5.0
"""The ends of the bars' scale: stars."""
KEEP, DROP = 0.8, 0.2
"""From this chance of being among the best on, a row is one to keep; up to that one, one to drop."""


class RankList(ScrollView, can_focus=True):
    """Draws only what is in sight. The line of the k-th place runs down through the bars."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rank-list--cursor",
        "rank-list--bar",
        "rank-list--score",
        "rank-list--quiet",
        "rank-list--keep",
        "rank-list--line",
    }
    DEFAULT_CSS: ClassVar[str] = """
    RankList {
        height: 1fr;
        scrollbar-size-vertical: 1;
        .rank-list--cursor { background: $cursor-row; text-style: bold; }
        .rank-list--bar { color: $wave; }
        .rank-list--score { color: $star; text-style: bold; }
        .rank-list--quiet { color: $quiet; }
        .rank-list--keep { color: $success; }
        .rank-list--line { color: $border; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)

    class Highlighted(Message):
        """The cursor came to another row."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

        def can_replace(self, message: Message) -> bool:
            """Only the newest matters."""
            return isinstance(message, RankList.Highlighted)

    class Chosen(Message):
        """A row was clicked twice."""

        def __init__(self, row: Row) -> None:
            super().__init__()
            self.row = row

    def __init__(self, name_of: Callable[[Row], str], *, id: str | None = None) -> None:
        """`name_of` says what a row is called."""
        super().__init__(id=id)
        self._name_of = name_of
        self._rows: Sequence[Row] = ()
        self._line: float | None = None

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if 0 <= self.cursor < len(self._rows) else None

    def show(self, rows: Sequence[Row], top: int) -> None:
        """List `rows`; the line stands at the score of place `top`. The cursor stays on what it was on."""
        before = self.current
        self._rows = rows
        self._line = rows[top - 1].score if len(rows) > top else None
        place = min(self.cursor, max(0, len(rows) - 1))
        if before is not None:
            place = next((index for index, row in enumerate(rows) if row.key == before.key), place)
        self.virtual_size = Size(self.scrollable_content_region.width, len(rows))
        self.set_reactive(RankList.cursor, place)
        self._keep_in_sight()
        self.refresh()
        if (row := self.current) is not None:
            self.post_message(self.Highlighted(row))

    def move(self, by: int) -> bool:
        """Move the cursor; False at an end."""
        target = min(max(0, self.cursor + by), len(self._rows) - 1)
        if target < 0 or target == self.cursor:
            return False
        self.cursor = target
        return True

    def watch_cursor(self) -> None:
        """Redraw and tell."""
        self._keep_in_sight()
        self.refresh()
        if (row := self.current) is not None:
            self.post_message(self.Highlighted(row))

    def on_resize(self) -> None:
        """Lines are as wide as the view."""
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
        self._keep_in_sight()

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice plays."""
        place = event.y + self.scroll_offset.y
        if 0 <= place < len(self._rows):
            self.cursor = place
            if event.chain == 2:
                self.post_message(self.Chosen(self._rows[place]))

    def _keep_in_sight(self) -> None:
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height > 0 and self.cursor < top:
            self.scroll_to(y=self.cursor, animate=False, immediate=True)
        elif height > 0 and self.cursor >= top + height:
            self.scroll_to(y=self.cursor - height + 1, animate=False, immediate=True)

    def render_line(self, y: int) -> Strip:
        """One row."""
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self._rows):
            return Strip.blank(width, self.rich_style)
        row = self._rows[place]
        base = self.rich_style
        if place == self.cursor:
            base += self.get_component_rich_style("rank-list--cursor", partial=True)

        def part(name: str) -> Style:
            return base + self.get_component_rich_style(f"rank-list--{name}", partial=True)

        bar_width = min(32, max(12, width // 4))
        verdict = "keep" if row.p_top >= KEEP else "drop" if row.p_top <= DROP else "unsure"
        segments = [
            Segment(f"{row.rank:>4}  ", part("quiet")),
            Segment(f"{row.score:4.2f} ", part("score") if row.judgements else part("quiet")),
            *self._bar(row, bar_width, part),
            Segment(f" {row.p_top:4.0%} ", part("keep") if verdict == "keep" else part("quiet")),
        ]
        if width >= 72:
            segments.append(Segment(f"{verdict:<7}", part("keep") if verdict == "keep" else part("quiet")))
        segments.append(Segment(f" {plain(self._name_of(row))}", part("quiet") if verdict == "drop" else base))
        return Strip(segments).adjust_cell_length(width, base)

    def _bar(self, row: Row, width: int, part: Callable[[str], Style]) -> list[Segment]:
        """The 80 % interval on the scale of stars, a dot at the score, the k-th place as a line."""

        def column(score: float) -> int:
            share = (score - LOWEST) / (HIGHEST - LOWEST)
            return min(width - 1, max(0, round(share * (width - 1))))

        low, middle, high = column(row.low), column(row.score), column(row.high)
        line = None if self._line is None else column(self._line)
        cells = []
        for x in range(width):
            if x == middle:
                cells.append(Segment("●", part("score") if row.judgements else part("bar")))
            elif low <= x <= high:
                cells.append(Segment("┿" if x == line else "━", part("bar")))
            else:
                cells.append(Segment("│" if x == line else " ", part("line")))
        return cells
