"""The waveform of a take: where the music is, where playing stands, what is marked. A click or a drag seeks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

from library.errors import EarmarkError
from library.sound.outline import Outline
from library.take import Take
from tui.frame.theme import ink, theme_colour
from tui.playing.outline_bars import BAND_ROWS, BandRun, Run, draw, draw_bands
from tui.playing.outline_colours import OutlineColours, put_on
from tui.playing.outlines import SHARED, Outlines
from tui.playing.player.api import Playhead

RULER_FROM = 4
"""Rows from which on marks, sections and loop have the top row to themselves."""
MARK, SECTION = "▼", "▾"
NO_BANDS = 1_000


class Waveform(Widget):
    """Shows one take's outline in whatever space it is given."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "waveform--dark",
        "waveform--bright",
        "waveform--played-dark",
        "waveform--played-bright",
        "waveform--head",
    }
    DEFAULT_CSS: ClassVar[str] = """
    Waveform {
        height: 4;
        .waveform--dark { color: $wave-dark; }
        .waveform--bright { color: $wave-bright; }
        .waveform--played-dark { color: $wave-played-dark; }
        .waveform--played-bright { color: $wave-played-bright; }
        .waveform--head { color: $foreground; }
    }
    """

    @dataclass
    class Sought(Message):
        """A place in the take was pointed at."""

        waveform: Waveform
        position_s: float

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, Waveform.Sought) and message.waveform is self.waveform

    def __init__(
        self,
        path_of: Callable[[Take], Path],
        *,
        id: str | None = None,
        outlines: Outlines = SHARED,
        bands_from: int = NO_BANDS,
    ) -> None:
        """From `bands_from` rows on the lowest ones show six bands."""
        super().__init__(id=id)
        self._bands_from = bands_from
        self._path_of = path_of
        self._outlines = outlines
        self.take: Take | None = None
        self.outline: Outline | None = None
        """None while it is on its way, too."""
        self._words = ""
        self._head: int | None = None
        self._position_s: float | None = None
        self._marks: tuple[float, ...] = ()
        self._loop: tuple[float, float] | None = None
        self._span_s: float | None = None
        self._rows: list[list[Run]] = []
        self._bands: list[list[BandRun]] = []
        self._strips: dict[tuple[int, bool, bool], Strip] = {}
        """Rows as they are drawn, by row and whether they are played and in the loop: the play head wanders over."""
        self._dragging = False

    def show(self, take: Take | None, *, span_s: float | None = None) -> None:
        """Show another take, without marks, loop and play head; its outline appears as soon as it is read.

        The whole width stands for `span_s` seconds, where that is given: the rest of the take isn't shown.
        """
        if span_s != self._span_s:
            self._span_s = span_s
            if take is self.take:
                self._redraw()
        if take is not None and self.take is not None and take.id == self.take.id and self.outline is not None:
            return
        self.take = take
        self.outline, self._words = None, ""
        self._marks, self._loop, self._position_s, self._head = (), None, None, None
        self.workers.cancel_node(self)
        if take is not None:
            path = self._path_of(take)
            self.outline = self._outlines.at_hand(take, path)
            if self.outline is None:
                self._read(take)
        self._redraw()

    @work(exclusive=True, group="outline", exit_on_error=False)
    async def _read(self, take: Take) -> None:
        path = self._path_of(take)
        try:
            outline = await self._outlines.outline(take, path)
        except EarmarkError:
            # What is wrong with it is said where it is played; here a word is enough.
            outline, words = None, "can't be read" if path.is_file() else "the file is missing"
        else:
            words = ""
        if self.take is take:
            self.outline, self._words = outline, words
            self._redraw()

    async def preload(self, takes: Iterable[Take]) -> None:
        """Read the outlines of `takes` ahead; those that can't be read are left for when they are shown."""
        for take in takes:
            try:
                await self._outlines.outline(take, self._path_of(take))
            except EarmarkError:
                continue

    def set_playhead(self, position_s: float | None) -> None:
        """Move the play head; None for none. Redraws only the columns it crossed."""
        self._position_s = position_s
        before, now = self._head, self._column(position_s)
        if before == now:
            return
        self._head = now
        first, last = sorted((before or 0, now or 0))
        self.refresh(Region(first, 0, last - first + 1, self.size.height))

    def follow(self, head: Playhead, loop: tuple[float, float] | None = None) -> None:
        """Show where playing stands and what repeats, if it is this take that is on."""
        on_show = self.take is not None and head.take == self.take.id
        self.set_playhead(head.position_s if on_show else None)
        self.set_loop(loop if on_show else None)

    def set_marks(self, marks: Iterable[float]) -> None:
        """Tick these places, in seconds."""
        if (marks := tuple(marks)) != self._marks:
            self._marks = marks
            self.refresh()

    def set_loop(self, span: tuple[float, float] | None) -> None:
        """Lay a tint under the part that repeats, or none."""
        if span != self._loop:
            self._loop = span
            self.refresh()

    @property
    def _shown_s(self) -> float:
        """Seconds that the whole width stands for."""
        return self._span_s or (0.0 if self.take is None else self.take.duration_s)

    def _column(self, position_s: float | None) -> int | None:
        width = self.size.width
        if position_s is None or self._shown_s <= 0 or width <= 0:
            return None
        return min(width - 1, max(0, int(position_s / self._shown_s * width)))

    def on_resize(self) -> None:
        self._redraw()

    def notify_style_update(self) -> None:
        """Another theme, or another state: other colours."""
        super().notify_style_update()
        self._strips.clear()

    def _redraw(self) -> None:
        width, height = self.size
        self._head = self._column(self._position_s)
        self._rows, self._bands = [], []
        self._strips.clear()
        outline, take = self.outline, self.take
        if outline is not None and take is not None and width and height:
            # As much of the width as the take fills, and as much of the take as the width holds.
            part = min(1.0, self._shown_s / max(take.duration_s, 1e-9))
            columns = max(1, round(width * min(1.0, take.duration_s / max(self._shown_s, 1e-9))))
            if height >= self._bands_from:
                rows = BAND_ROWS * (2 if height >= 2 * self._bands_from else 1)
                self._bands = draw_bands(outline, columns, rows, part)
            bars = height - (height >= RULER_FROM) - (len(self._bands) + 1 if self._bands else 0)
            self._rows = [] if outline.silent else draw(outline, columns, bars, part)
            self._words = "silence" if outline.silent else self._words
        self.refresh()

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self.take is not None:
            self._dragging = True
            self.capture_mouse()
            self._seek(event.x)
            event.stop()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._dragging:
            self._seek(event.x)

    def on_mouse_up(self) -> None:
        if self._dragging:
            self._dragging = False
            self.release_mouse()

    def _seek(self, column: int) -> None:
        if self.take is not None and self.size.width > 0:
            part = min(1.0, max(0.0, column / self.size.width))
            self.post_message(self.Sought(self, min(part * self._shown_s, self.take.duration_s)))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One row: the ruler on top where there is room, the bars below it, then the bands."""
        width, height = self.size
        base = self.rich_style
        if not self._rows:
            return self._empty(y, width, height, base)
        ruler = height >= RULER_FROM
        if ruler and y == 0:
            return self._ruler(width, base)
        row = y - ruler
        if row >= len(self._rows) and not 0 <= row - len(self._rows) - 1 < len(self._bands):
            return Strip.blank(width, base)
        return self._row(row, width, ticked=not ruler and row == 0)

    def _empty(self, y: int, width: int, height: int, base: Style) -> Strip:
        if y != height // 2 or self.take is None:
            return Strip.blank(width, base)
        text = f" {self._words} " if self._words else ""
        quiet = ink(self, base, "quiet")
        return Strip([Segment(text.center(width, "╌"), quiet)], width)

    def _ruler(self, width: int, base: Style) -> Strip:
        accent, quiet = ink(self, base, "accent"), ink(self, base, "quiet")
        cells = [Segment(" ", base)] * width
        if self._loop is not None:
            first, last = self._loop_columns(width)
            cells[first:last] = [Segment("─", accent)] * (last - first)
            cells[first], cells[last - 1] = Segment("╶", accent), Segment("╴", accent)
        for place, (sign, style) in self._signs(accent, quiet).items():
            cells[place] = Segment(sign, style)
        return Strip(Segment.simplify(cells), width)

    def _signs(self, accent: Style, quiet: Style) -> dict[int, tuple[str, Style]]:
        """What stands at which column: where sections begin, and over them the marks."""
        sections = self.outline.sections if self.outline is not None else ()
        signs: dict[int, tuple[str, Style]] = {}
        for places, sign in ((sections, (SECTION, quiet)), (self._marks, (MARK, accent))):
            within = (place for place in places if place <= self._shown_s)
            signs.update((column, sign) for place in within if (column := self._column(place)) is not None)
        return signs

    def _loop_columns(self, width: int) -> tuple[int, int]:
        if self._loop is None or self._shown_s <= 0:
            return (0, 0)
        first = int(self._loop[0] / self._shown_s * width)
        last = math.ceil(self._loop[1] / self._shown_s * width)
        first = min(max(0, first), width - 1)
        return (first, min(width, max(first + 1, last)))

    def _row(self, row: int, width: int, *, ticked: bool) -> Strip:
        """A row of bars or bands: played up to the play head, tinted in the loop; over it what stands in a cell."""
        signs = self._signs(ink(self, Style(), "accent"), ink(self, Style(), "quiet")) if ticked else {}
        if self._head is not None:
            signs[self._head] = ("│", self.get_component_rich_style("waveform--head", partial=True))
        head = self._head or 0
        first, last = self._loop_columns(width)
        edges = {0, width, head, first, last, *signs, *(column + 1 for column in signs)}
        pieces = []
        for left, right in pairwise(sorted(edges)):
            piece = self._drawn(row, left < head, first <= left < last).crop(left, right)
            pieces.append(put_on(piece, *signs[left]) if left in signs else piece)
        return Strip.join(pieces)

    def _drawn(self, row: int, played: bool, looped: bool) -> Strip:
        """A row across the whole width, as if all of it were played, or in the loop, or neither."""
        strip = self._strips.get((row, played, looped))
        if strip is None:
            which = "played-" if played else ""
            dark, bright = (self.get_component_styles(f"waveform--{which}{end}").color for end in ("dark", "bright"))
            paper = theme_colour(self, "cursor-row") if looped else self.background_colors[1]
            colours, width = OutlineColours(dark, bright, paper), self.size.width
            in_bands = row - len(self._rows) - 1
            if in_bands >= 0:
                strip = colours.bands(self._bands[in_bands], width)
            else:
                strip = colours.bars(self._rows[row], width)
            self._strips[row, played, looped] = strip
        return strip
