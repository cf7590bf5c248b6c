"""The list of takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Generic, TypeVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip

from library.take import Take
from ratings.browse import Rows
from ratings.filtering.folding import PromptGroup
from ratings.history import TakeRatings
from tui.frame.cursor_list import CursorList
from tui.frame.fitted_text import shortened
from tui.frame.formatting import plain, stars_bar
from tui.frame.labels import diamonds
from tui.frame.take_columns import GAP, USUAL, Column, fitting
from tui.frame.theme import ink
from tui.frame.told_apart import told_apart

TakeRow = TypeVar("TakeRow", bound=Take | PromptGroup)


class TakeList(CursorList[TakeRow], Generic[TakeRow]):
    def __init__(self, ratings: Callable[[Take], TakeRatings], *, id: str | None = None) -> None:
        """`ratings` says what was judged about a take; asked anew for every line drawn."""
        super().__init__(id=id)
        self._ratings_of = ratings
        self._playing: str | None = None
        self._columns: tuple[str, ...] = USUAL
        self._apart: dict[str, str] = {}
        """What tells takes from others in sight that would look like them."""
        self._apart_among: Sequence[TakeRow] = ()
        self._apart_in: tuple[object, ...] = ()

    def key_of(self, row: TakeRow) -> str | int:
        return row.id if isinstance(row, Take) else row.number

    def place_of(self, row: TakeRow) -> int | None:
        """Quicker where the rows know their takes' places."""
        if not isinstance(self.rows, Rows):
            return super().place_of(row)
        try:
            return self.rows.index(row if isinstance(row, Take) else row.first)
        except ValueError:
            return None

    def choose_columns(self, names: Iterable[str]) -> None:
        self._columns = tuple(names)
        self.refresh()

    @property
    def columns(self) -> Sequence[Column]:
        """Those of the chosen columns that there is room for."""
        return fitting(self._columns, self.scrollable_content_region.width - 1)

    def show_playing(self, take_id: str | None) -> None:
        if take_id != self._playing:
            self._playing = take_id
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        self._tell_apart()
        return super().render_lines(crop)

    def _tell_apart(self) -> None:
        top, height = self.scroll_offset.y, self.size.height
        shown = tuple(column.name for column in self.columns)
        sight = (top, height, shown)
        if self.rows is not self._apart_among or sight != self._apart_in:
            self._apart_among, self._apart_in = self.rows, sight
            rows = self.rows[max(0, top - height) : top + 2 * height]
            self._apart = told_apart((row for row in rows if isinstance(row, Take)), shown)

    def draw(self, row: TakeRow, width: int, base: Style) -> Strip:
        return self.draw_take(row, width, base) if isinstance(row, Take) else Strip.blank(width, base)

    def draw_take(self, take: Take, width: int, base: Style, *, sign: str = " ", instead: str | None = None) -> Strip:
        """`sign` stands before a take that doesn't play, and `instead` of its prompt what is said instead."""
        ratings = self._ratings_of(take)
        part = partial(ink, self, base)
        quiet = part("quiet")
        playing = take.id == self._playing
        words = base if take.prompt and instead is None else quiet
        words = part("primary") if playing else quiet + Style(strike=True) if ratings.rejected else words
        if ratings.picked:
            badge, badge_style = "●", part("success")
        elif ratings.rejected:
            badge, badge_style = "✕", quiet
        else:
            badge, badge_style = ("!", part("error")) if take.flags else (" ", base)
        stars_style = part("star") if ratings.stars is not None else quiet
        left = [
            Segment("▶ " if playing else f"{sign} ", part("primary")),
            Segment(stars_bar(ratings.stars), stars_style),
            Segment(f" {badge} ", badge_style),
            *diamonds(self, base, ratings.labels),
        ]
        told = {} if instead is None else {"prompt": instead}
        return self.lay_out(left, take, words, told, width=width, base=base)

    def lay_out(
        self, left: list[Segment], take: Take, style: Style, told: Mapping[str, str], *, width: int, base: Style
    ) -> Strip:
        """A line: `left`, the prompt in that `style`, and the columns that fit; some of all that `told` otherwise."""
        ratings = self._ratings_of(take)
        columns = fitting(self._columns, width)
        texts = (column.cell(told.get(column.name) or column.text(take, ratings)) for column in columns)
        right = (" " * GAP).join(texts) + " "
        used = sum(segment.cell_length for segment in left) + cell_len(right) + GAP
        room = max(4, width - used)
        quiet = ink(self, base, "quiet")
        apart = shortened(self._apart.get(take.id, ""), room // 2)
        words = told.get("prompt", plain(take.prompt) if take.prompt else "(no prompt)")
        text = shortened(words, room - (cell_len(apart) + GAP if apart else 0))
        after = [Segment(f"{' ' * GAP}{apart}", quiet)] if apart else []
        prompt = Strip([Segment(text, style), *after]).adjust_cell_length(room, base)
        return Strip([*left, *prompt, Segment(" " * GAP, base), Segment(right, quiet)]).adjust_cell_length(width, base)
