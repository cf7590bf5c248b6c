"""The list of takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from library.take import Take
from ratings.browse import Rows
from ratings.history import TakeRatings
from tui.frame.cursor_list import CursorList
from tui.frame.fitted_text import shortened
from tui.frame.formatting import ago, clock, plain, stars_bar
from tui.frame.theme import ink

GAP = 2
SEED_WIDTH = 8
COLUMNS = ((0, f">{SEED_WIDTH}"), (0, ">6"), (84, "<10.10"), (96, ">6"), (72, ">10"))
"""Seed, length, generator, loudness, age: in how wide a list each is shown, and how."""


class TakeList(CursorList[Take]):
    def __init__(self, ratings: Callable[[Take], TakeRatings], *, id: str | None = None) -> None:
        """`ratings` says what was judged about a take; asked anew for every line drawn."""
        super().__init__(id=id)
        self._ratings_of = ratings
        self._playing: str | None = None

    def key_of(self, row: Take) -> str:
        return row.id

    def place_of(self, row: Take) -> int | None:
        """Quicker where the rows know their takes' places."""
        if not isinstance(self.rows, Rows):
            return super().place_of(row)
        try:
            return self.rows.index(row)
        except ValueError:
            return None

    def show_playing(self, take_id: str | None) -> None:
        if take_id != self._playing:
            self._playing = take_id
            self.refresh()

    def draw(self, row: Take, width: int, base: Style) -> Strip:
        take = row
        ratings = self._ratings_of(take)
        part = partial(ink, self, base)
        quiet = part("quiet")
        playing = take.id == self._playing
        sign, sign_style = ("▶", part("primary")) if playing else (" ", base)
        words = sign_style if playing else quiet + Style(strike=True) if ratings.rejected else base
        if ratings.picked:
            badge, badge_style = "●", part("success")
        elif ratings.rejected:
            badge, badge_style = "✕", quiet
        else:
            badge, badge_style = ("!", part("error")) if take.flags else (" ", base)
        stars_style = part("star") if ratings.stars is not None else quiet
        left = [
            Segment(f"{sign} ", sign_style),
            Segment(stars_bar(ratings.stars), stars_style),
            Segment(f" {badge} ", badge_style),
        ]
        loudness = "" if take.lufs is None else f"{take.lufs:.1f}"
        cells = (clock(take.duration_s), plain(take.generator or ""), loudness, ago(take.created_at))
        return self.lay_out(left, take, words if take.prompt else quiet, cells, width=width, base=base)

    def lay_out(
        self, left: list[Segment], take: Take, style: Style, cells: Iterable[str], *, width: int, base: Style
    ) -> Strip:
        """A line: `left`, the prompt in that `style` where it fits, the seed, and `cells` for the other columns."""
        seed = "" if take.seed is None else str(take.seed)
        seed = seed if len(seed) <= SEED_WIDTH else f"{seed[: SEED_WIDTH - 1]}…"
        columns = zip((seed, *cells), COLUMNS, strict=True)
        right = (" " * GAP).join(f"{cell:{form}}" for cell, (least, form) in columns if width >= least) + " "
        used = sum(segment.cell_length for segment in left) + len(right) + GAP
        room = max(4, width - used)
        text = shortened(plain(take.prompt) if take.prompt else "(no prompt)", room)
        prompt = Strip([Segment(text, style)]).adjust_cell_length(room, base)
        quiet = ink(self, base, "quiet")
        return Strip([*left, *prompt, Segment(" " * GAP, base), Segment(right, quiet)]).adjust_cell_length(width, base)
