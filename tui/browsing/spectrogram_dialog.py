"""The spectrogram of the take that is on, in half blocks: pitch upwards, time to the right. It names nothing."""

from __future__ import annotations

import asyncio
import math
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events, work
from textual.app import ComposeResult
from textual.color import Color
from textual.containers import Vertical
from textual.strip import Strip
from textual.widget import Widget
from textual.worker import Worker

from library.errors import EarmarkError
from library.take import Take
from tui.context import AppContext
from tui.frame.dialog import Dialog
from tui.frame.theme import ink, theme_colour

SHADES = 24
DARK = ("wave-dark", "wave-played-dark", "wave-played-bright")
LIGHT = ("wave-bright", "wave-dark", "wave-played-dark")
"""From faint to loud, in dark and light themes."""
HATCHED = " ░▒▓█"
"""The same in the terminal's own colours, which can't be mixed: a pixel a cell."""
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
MARKS_HZ = ((10_000, "10k"), (1_000, "1k"), (100, "100"))
AXIS = 5
"""Columns of the pitches' names."""


class Spectrogram(Widget):
    """Two pixels a cell."""

    DEFAULT_CSS: ClassVar[str] = """
    Spectrogram { width: 1fr; height: 1fr; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._pixels: list[bytes] = []
        self.words = "…"

    @property
    def pixels(self) -> tuple[int, int]:
        """Columns and rows that there is room for."""
        return max(1, self.size.width - AXIS), max(2, 2 * self.size.height)

    @property
    def drawn(self) -> bool:
        return bool(self._pixels)

    def show(self, pixels: list[bytes], words: str = "") -> None:
        self._pixels, self.words = pixels, words
        self.refresh()

    def render_line(self, y: int) -> Strip:
        base, width = self.rich_style, self.size.width
        if not self._pixels:
            text = self.words.center(width) if y == self.size.height // 2 else ""
            return Strip([Segment(text, ink(self, base, "quiet"))]).adjust_cell_length(width, base)
        if 2 * y + 1 >= len(self._pixels):
            return Strip.blank(width, base)
        pairs = zip(self._pixels[2 * y], self._pixels[2 * y + 1], strict=True)
        if self.app.current_theme.ansi:
            louder = (max(pair) * len(HATCHED) // 256 for pair in pairs)
            runs = [Segment("".join(HATCHED[level] for level in louder), base)]
        else:
            ramp = self._ramp()
            shades = ((high * SHADES // 256, low * SHADES // 256) for high, low in pairs)
            runs = [
                Segment("▀" * len(list(alike)), Style(color=ramp[high].rich_color, bgcolor=ramp[low].rich_color))
                for (high, low), alike in groupby(shades)
            ]
        name = Segment(f"{self._names().get(y, ''):>{AXIS - 1}} ", ink(self, base, "quiet"))
        return Strip([name, *runs]).adjust_cell_length(width, base)

    def _ramp(self) -> list[Color]:
        """From the background to what stands out most from it."""
        names = DARK if self.app.current_theme.dark else LIGHT
        stops = [self.background_colors[1], *(theme_colour(self, name) for name in names)]
        ramp = []
        for shade in range(SHADES):
            place = shade / (SHADES - 1) * (len(stops) - 1)
            low = min(int(place), len(stops) - 2)
            ramp.append(stops[low].blend(stops[low + 1], place - low))
        return ramp

    def _names(self) -> dict[int, str]:
        """Which row is how high, where there is room to say so."""
        octaves = math.log(HIGHEST_HZ / LOWEST_HZ)
        rows = len(self._pixels) // 2
        return {round(rows * (1 - math.log(hertz / LOWEST_HZ) / octaves)): name for hertz, name in MARKS_HZ}


class SpectrogramDialog(Dialog[None]):
    """Any key closes it."""

    CSS = """
    SpectrogramDialog .dialog { width: 96%; height: 90%; padding: 1 1 0 1; border-subtitle-color: $quiet; }
    """

    def __init__(self, context: AppContext, take: Take) -> None:
        super().__init__()
        self.context, self._take = context, take

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Spectrogram"
            dialog.border_subtitle = "any key closes"
            yield Spectrogram()

    def on_resize(self) -> None:
        self.call_after_refresh(self._measure)

    @work(exclusive=True, group="spectrogram", exit_on_error=False)
    async def _measure(self) -> None:
        from library.sound.spectrogram import read_spectrogram

        picture, take = self.query_one(Spectrogram), self._take
        path = self.context.deck.path_of(take)
        try:
            pixels = await asyncio.to_thread(
                read_spectrogram, path, take.duration_s, *picture.pixels, (LOWEST_HZ, HIGHEST_HZ)
            )
        except EarmarkError:
            # What is wrong with it is said where it is played.
            picture.show([], "can't be read" if path.is_file() else "the file is missing")
        else:
            picture.show(pixels)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss(None)

    def on_click(self) -> None:
        self.dismiss(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)
