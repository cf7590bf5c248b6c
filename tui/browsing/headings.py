"""The line above the library's list: what its columns are. A click sorts by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, NamedTuple

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from ratings.browse import Sort
from tui.frame.places import Place
from tui.frame.take_columns import GAP, LEFT
from tui.frame.take_list import TakeList, TakeRow
from tui.frame.theme import ink

BAR = 1
"""Cells of the list's lines where the cursor shows."""
SIGN = 2
USUAL, REVERSED = "↓", "↑"


class _Heading(NamedTuple):
    start: int
    text: str
    width: int
    sort: Sort | None
    right: bool = False


class Headings(Widget):
    """Stands over the list's columns, whatever their widths are just then."""

    DEFAULT_CSS: ClassVar[str] = """
    Headings { height: 1; }
    """

    @dataclass
    class Chosen(Message):
        """A heading was clicked: sort by it, or the other way round where that is the order already."""

        sort: Sort

    def __init__(self, take_list: TakeList[TakeRow]) -> None:
        super().__init__()
        self._list = take_list
        self._sort: Sort | None = None
        self._reversed = self._folded = False

    def show(self, sort: Sort, *, reverse: bool, folded: bool) -> None:
        """The list is in this order, and folded by prompt or not."""
        self._sort, self._reversed, self._folded = sort, reverse, folded
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        for heading in self._headings():
            if heading.start <= event.x < heading.start + heading.width and heading.sort is not None:
                self.post_message(self.Chosen(heading.sort))

    def places(self) -> Iterator[Place]:
        """Those that sort."""
        for heading in self._headings():
            if heading.sort is not None:
                start = heading.start + (heading.width - cell_len(heading.text) if heading.right else 0)
                yield Place(Offset(max(0, start - 1), 0), partial(self.post_message, self.Chosen(heading.sort)))

    def _headings(self) -> list[_Heading]:
        columns = self._list.columns
        right = self._list.scrollable_content_region.width - 1 - sum(GAP + column.width for column in columns) + GAP
        found = [
            _Heading(BAR + SIGN, "best" if self._folded else "stars", LEFT - SIGN, "stars"),
            _Heading(BAR + LEFT, "prompt", max(8, right - GAP - BAR - LEFT), "prompt"),
        ]
        for column in columns:
            found.append(_Heading(right, column.heading, column.width, column.sort, column.side == ">"))
            right += column.width + GAP
        return found

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        quiet, strong = ink(self, base, "quiet"), ink(self, base, "primary")
        segments, x, arrow_shown = [], 0, False
        for heading in self._headings():
            here = heading.sort is not None and heading.sort == self._sort and not arrow_shown
            arrow_shown = arrow_shown or here
            text = f"{heading.text}{REVERSED if self._reversed else USUAL}" if here else heading.text
            start = heading.start + (heading.width - cell_len(text) if heading.right else 0)
            segments += [Segment(" " * max(0, start - x), base), Segment(text, strong if here else quiet)]
            x = max(x, start) + cell_len(text)
        return Strip(segments).adjust_cell_length(width, base + Style())
