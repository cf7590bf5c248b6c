"""A list of lines with a cursor that draws only what is in sight, so that 100,000 rows are as quick as ten."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.frame.keys import LIST
from tui.frame.places import Place
from tui.frame.theme import ink, theme_colour

Row = TypeVar("Row")
Item = TypeVar("Item")
"""A row, in the messages about it."""


class CursorList(ScrollView, Generic[Row], can_focus=True, inherit_bindings=False):
    """One line a row. Subclasses say what tells rows apart (`key_of`) and how one looks (`draw`)."""

    DEFAULT_CSS: ClassVar[str] = """
    CursorList {
        height: 1fr;
        overflow-x: hidden;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*LIST]

    CLICKS: ClassVar[int] = 2
    """So many choose a row."""

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message, Generic[Item]):
        """Another row is under the cursor."""

        sender: CursorList[Item]
        row: Item
        moved: bool
        """The cursor was moved there; otherwise the rows changed under it."""

        def can_replace(self, message: Message) -> bool:
            """Only the newest of a list matters."""
            return isinstance(message, CursorList.Highlighted) and message.sender is self.sender

    @dataclass
    class Chosen(Message, Generic[Item]):
        """A row was clicked, as often as chooses one."""

        sender: CursorList[Item]
        row: Item

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.rows: Sequence[Row] = ()
        self.untouched = True
        """Whether nobody has moved the cursor yet."""
        self._left: Row | None = None
        """What was under the cursor when other rows were last listed: after an empty list, the place to go back to."""

    def key_of(self, row: Row) -> Hashable:
        """What tells `row` from all others, whatever else is known of it."""
        raise NotImplementedError

    def draw(self, row: Row, width: int, base: Style) -> Strip:
        """`row` on a line of `width` cells; `base` is the style to build on."""
        raise NotImplementedError

    def place_of(self, row: Row) -> int | None:
        """Where `row`, told by its key, is listed now."""
        key, keys = self.key_of(row), list(map(self.key_of, self.rows))
        return keys.index(key) if key in keys else None

    @property
    def current(self) -> Row | None:
        return self.rows[self.cursor] if 0 <= self.cursor < len(self.rows) else None

    def fill(self, rows: Sequence[Row], *, keep: bool = True, at: Row | None = None) -> None:
        """List other rows. With `keep` the cursor stays on its row (or goes to the one `at` which it is to be) if that
        is there, else near its place.
        """
        row = self.current
        before = None if row is None else self.key_of(row)
        row = self._left = at or (self._left if row is None else row)
        self.rows = rows
        self.virtual_size = Size(1, len(rows))
        place = min(self.cursor, max(0, len(rows) - 1)) if keep else 0
        if keep and row is not None and not (place < len(rows) and self.key_of(rows[place]) == self.key_of(row)):
            found = self.place_of(row)
            place = place if found is None else found
        self.set_reactive(CursorList.cursor, place)
        self._keep_in_sight(around=True)
        self.refresh()
        if (row := self.current) is not None and (before is None or self.key_of(row) != before):
            self.post_message(self.Highlighted(self, row, moved=False))

    def move(self, by: int) -> bool:
        """Move the cursor; False at the end of the list."""
        target = min(max(0, self.cursor + by), len(self.rows) - 1)
        if target < 0 or target == self.cursor:
            return False
        self.cursor = target
        return True

    def point_at(self, row: Row) -> None:
        """Put the cursor on `row`, if it is listed; the listener has not moved it."""
        place = self.place_of(row)
        if place is not None and place != self.cursor:
            self.set_reactive(CursorList.cursor, place)
            self._keep_in_sight(around=True)
            self.refresh()
            self.post_message(self.Highlighted(self, self.rows[place], moved=False))

    def watch_cursor(self, old: int, new: int) -> None:
        self.untouched = self.untouched and old == new  # it is told of where it begins, too
        top = self.scroll_offset.y
        self._keep_in_sight()
        if self.scroll_offset.y == top:
            width = self.size.width
            self.refresh(Region(0, old - top, width, 1), Region(0, new - top, width, 1))
        else:
            self.refresh()
        if (row := self.current) is not None:
            self.post_message(self.Highlighted(self, row, moved=True))

    def on_resize(self) -> None:
        self._keep_in_sight()

    def _keep_in_sight(self, *, around: bool = False) -> None:
        """Scroll as little as need be; or so that what is `around` the row is seen as well."""
        height, top = self.scrollable_content_region.height, self.scroll_offset.y
        if height > 0 and not top <= self.cursor < top + height:
            above = height // 2 if around else 0 if self.cursor < top else height - 1
            self.scroll_to(y=self.cursor - above, animate=False, force=True)

    def action_to(self, place: int) -> None:
        if self.rows:
            self.cursor = place % len(self.rows)

    def action_page(self, direction: int) -> None:
        self.move(direction * max(1, self.scrollable_content_region.height - 1))

    def places(self) -> Iterator[Place]:
        """The rows in sight: the cursor goes there, and the keys come here."""
        top = self.scroll_offset.y
        for place in range(top, min(len(self.rows), top + self.scrollable_content_region.height)):
            yield Place(Offset(0, place - top), partial(self._jump_to, place), abs(place - self.cursor))

    def _jump_to(self, place: int) -> None:
        if self.focusable:
            self.screen.set_focus(self)
        self.action_to(place)

    def on_click(self, event: events.Click) -> None:
        """Put the cursor there; twice plays."""
        place = event.y + self.scroll_offset.y
        if 0 <= place < len(self.rows):
            self.clicked(place, event)

    def clicked(self, place: int, event: events.Click) -> None:
        """The row at `place` was."""
        self.cursor = place
        if event.chain == self.CLICKS:
            self.post_message(self.Chosen(self, self.rows[place]))

    def row_style(self, row: Row) -> Style:
        """What sets `row` off from the others."""
        return Style()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        place = y + self.scroll_offset.y
        if place >= len(self.rows):
            return Strip.blank(width, self.rich_style)
        base, bar = self.rich_style + self.row_style(self.rows[place]), " "
        if place == self.cursor:
            # The bar shows the cursor where the terminal's own colours leave no shade for its row.
            base, bar = base + Style(bgcolor=theme_colour(self, "cursor-row").rich_color, bold=True), "▎"
        line = self.draw(self.rows[place], width - 1, base)
        return Strip([Segment(bar, ink(self, base, "primary")), *line]).adjust_cell_length(width, base)
