"""The spectrogram of the take that is on, in half blocks: pitch upwards, time to the right. It names nothing.

Of a take that was drawn as one, that picture, too.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar

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

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHADES = 24
DARK = ("wave-dark", "wave-played-dark", "wave-played-bright")
LIGHT = ("wave-bright", "wave-dark", "wave-played-dark")
"""From faint to loud, in dark and light themes."""
HATCHED = " ░▒▓█"
"""The same in the terminal's own colours, which can't be mixed: a pixel a cell."""
LOWEST_HZ, HIGHEST_HZ = 40.0, 16_000.0
MARKS_HZ = ((10_000, "10k"), (1_000, "1k"), (100, "100"))
DRAWN_KEY = "d"
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
        self._place: Callable[[float], float] = _heard_place
        self.words = "…"

    @property
    def pixels(self) -> tuple[int, int]:
        """Columns and rows that there is room for."""
        return max(1, self.size.width - AXIS), max(2, 2 * self.size.height)

    @property
    def drawn(self) -> bool:
        return bool(self._pixels)

    def show(self, pixels: list[bytes], words: str = "", place: Callable[[float], float] | None = None) -> None:
        """Show `pixels`, or `words`; `place` says how high a pitch lies, from 0 to 1."""
        self._pixels, self.words, self._place = pixels, words, place or _heard_place
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
        rows = len(self._pixels) // 2
        return {round(rows * (1 - self._place(hertz))): name for hertz, name in MARKS_HZ}


def _heard_place(hertz: float) -> float:
    """How high a pitch lies in what was measured, from 0 at the bottom to 1 at the top."""
    return math.log(hertz / LOWEST_HZ) / math.log(HIGHEST_HZ / LOWEST_HZ)


class SpectrogramDialog(Dialog[None]):
    """Any key closes it, but the one that shows what the take was drawn as."""

    CSS = """
    SpectrogramDialog .dialog { width: 96%; height: 90%; padding: 1 1 0 1; border-subtitle-color: $quiet; }
    """

    def __init__(self, context: AppContext, take: Take) -> None:
        super().__init__()
        self.context, self._take = context, take
        self._kept: Mapping[str, NDArray[np.generic]] = {}
        self._shows_drawn = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Spectrogram"
            dialog.border_subtitle = "any key closes"
            yield Spectrogram()

    def on_mount(self) -> None:
        self._look_for_drawn()

    def on_resize(self) -> None:
        self.call_after_refresh(self._measure)

    @work(group="drawn", exit_on_error=False)
    async def _look_for_drawn(self) -> None:
        from library.jobs.saving import read_tokens
        from library.sound.drawn_spectrogram import has_drawn

        path = self.context.workspace.catalog.tokens_of(self._take)
        kept = await asyncio.to_thread(read_tokens, path) if path is not None else None
        if kept is not None and has_drawn(kept):
            self._kept = kept
            self._name_key()

    def _name_key(self) -> None:
        other = "as it sounds" if self._shows_drawn else "as it was drawn"
        self.query_one(".dialog").border_subtitle = f"{DRAWN_KEY} {other} · any other key closes"

    @work(exclusive=True, group="spectrogram", exit_on_error=False)
    async def _measure(self) -> None:
        from library.sound.spectrogram import read_spectrogram

        picture, take = self.query_one(Spectrogram), self._take
        if self._shows_drawn:
            from library.sound.drawn_spectrogram import drawn_levels, drawn_place

            picture.show(await asyncio.to_thread(drawn_levels, self._kept, *picture.pixels), place=drawn_place)
            return
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
        if self._kept and event.key == DRAWN_KEY:
            self._shows_drawn = not self._shows_drawn
            self._name_key()
            self._measure()
        else:
            self.dismiss(None)

    def on_click(self) -> None:
        self.dismiss(None)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        self.context.report_failure(event)
