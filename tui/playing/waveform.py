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
from library.take import Take
from tui.frame.theme import ink, theme_colour
from tui.playing.envelopes import SHARED, Envelopes, Outline
from tui.playing.outline_bars import draw
from tui.playing.player.api import Playhead

RULER_FROM = 4
"""Rows from which on marks and loop have the top row to themselves."""


class Waveform(Widget):
    """Shows one take's outline in whatever space it is given."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"waveform--wave", "waveform--played", "waveform--head"}
    DEFAULT_CSS: ClassVar[str] = """
    Waveform {
        height: 4;
        .waveform--wave { color: $wave; }
        .waveform--played { color: $wave-played; }
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
        self, path_of: Callable[[Take], Path], *, id: str | None = None, envelopes: Envelopes = SHARED
    ) -> None:
        super().__init__(id=id)
        self._path_of = path_of
        self._envelopes = envelopes
        self.take: Take | None = None
        self.outline: Outline | None = None
        """None while it is on its way, too."""
        self._words = ""
        self._head: int | None = None
        self._position_s: float | None = None
        self._marks: tuple[float, ...] = ()
        self._loop: tuple[float, float] | None = None
        self._rows: list[str] = []
        self._dragging = False

    def show(self, take: Take | None) -> None:
        """Show another take, without marks, loop and play head; its outline appears as soon as it is read."""
        if take is not None and self.take is not None and take.id == self.take.id and self.outline is not None:
            return
        self.take = take
        self.outline, self._words = None, ""
        self._marks, self._loop, self._position_s, self._head = (), None, None, None
        self.workers.cancel_node(self)
        if take is not None:
            path = self._path_of(take)
            self.outline = self._envelopes.at_hand(take, path)
            if self.outline is None:
                self._read(take)
        self._redraw()

    @work(exclusive=True, group="outline", exit_on_error=False)
    async def _read(self, take: Take) -> None:
        path = self._path_of(take)
        try:
            outline = await self._envelopes.outline(take, path)
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
                await self._envelopes.outline(take, self._path_of(take))
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

    def _column(self, position_s: float | None) -> int | None:
        width = self.size.width
        if position_s is None or self.take is None or self.take.duration_s <= 0 or width <= 0:
            return None
        return min(width - 1, max(0, int(position_s / self.take.duration_s * width)))

    def on_resize(self) -> None:
        self._redraw()

    def _redraw(self) -> None:
        width, height = self.size
        self._head = self._column(self._position_s)
        bars = height - 1 if height >= RULER_FROM else height
        self._rows = draw(self.outline, width, bars) if self.outline is not None and width and bars > 0 else []
        if self._rows and not any(map(str.strip, self._rows)):
            self._rows, self._words = [], "silence"
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
            self.post_message(self.Sought(self, part * self.take.duration_s))

    # Drawing

    def render_line(self, y: int) -> Strip:
        """One row: the ruler on top where there is room, the bars below it."""
        width, height = self.size
        base = self.rich_style
        if not self._rows:
            return self._empty(y, width, height, base)
        ruler = height - len(self._rows)
        if y < ruler:
            return self._ruler(width, base)
        if y - ruler >= len(self._rows):
            return Strip.blank(width, base)
        return self._bars(self._rows[y - ruler], width, base, ticked=ruler == 0 and y == 0)

    def _empty(self, y: int, width: int, height: int, base: Style) -> Strip:
        if y != height // 2 or self.take is None:
            return Strip.blank(width, base)
        text = f" {self._words} " if self._words else ""
        quiet = ink(self, base, "quiet")
        return Strip([Segment(text.center(width, "╌"), quiet)], width)

    def _ruler(self, width: int, base: Style) -> Strip:
        cells = [" "] * width
        if self._loop is not None:
            first, last = self._loop_columns(width)
            cells[first:last] = "─" * (last - first)
            cells[first], cells[last - 1] = "╶", "╴"
        for place in self._mark_columns():
            cells[place] = "▾"
        return Strip([Segment("".join(cells), ink(self, base, "accent"))], width)

    def _mark_columns(self) -> list[int]:
        return [column for mark in self._marks if (column := self._column(mark)) is not None]

    def _loop_columns(self, width: int) -> tuple[int, int]:
        if self._loop is None or self.take is None or self.take.duration_s <= 0:
            return (0, 0)
        first = int(self._loop[0] / self.take.duration_s * width)
        last = math.ceil(self._loop[1] / self.take.duration_s * width)
        first = min(max(0, first), width - 1)
        return (first, min(width, max(first + 1, last)))

    def _bars(self, row: str, width: int, base: Style, *, ticked: bool) -> Strip:
        part = self.get_component_rich_style
        played, rest = base + part("waveform--played", partial=True), base + part("waveform--wave", partial=True)
        head = -1 if self._head is None else self._head
        loop = self._loop_columns(width)
        mark = ink(self, Style(), "accent")
        single = dict.fromkeys(self._mark_columns(), ("▾", mark)) if ticked else {}
        if head >= 0:
            single[head] = ("│", part("waveform--head", partial=True))
        edges = {0, width, *loop, *single, *(place + 1 for place in single)}
        segments: list[Segment] = []
        for first, last in pairwise(sorted(edges)):
            style = played if first < head else rest
            if loop[0] <= first < loop[1]:
                style += Style(bgcolor=theme_colour(self, "cursor-row").rich_color)
            text = row[first:last]
            if first in single:
                text, own = single[first]
                style += own
            segments.append(Segment(text, style))
        return Strip(segments, width)
