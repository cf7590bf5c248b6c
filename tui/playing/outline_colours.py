"""The colours of an outline: from dark sound to bright, the peaks dimmer, the bands by how much of them there is."""

from __future__ import annotations

from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.strip import Strip

from tui.playing.outline_bars import HEATS, SHADES, BandRun, Run

PEAK = 0.62
"""How far the peaks' colours lie towards the background."""
BANDS = 6
ON_OFF = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}
"""The upper and the lower band of a row, where a band is either heard or not."""
TEXT = -1
"""Textual's number for the terminal's own colour of text."""


class OutlineColours:
    """Styles for runs, on one background."""

    def __init__(self, dark: Color, bright: Color, paper: Color) -> None:
        """`dark` is for sound without treble, `bright` for sound that is all treble."""
        self._paper = Style(bgcolor=paper.rich_color)
        if dark.ansi is not None or paper.ansi is not None:  # the terminal's own colours can't be mixed
            quiet = dark.ansi == TEXT  # of what isn't playing
            plain, dim = Style(color=dark.rich_color, dim=quiet), Style(color=dark.rich_color, dim=True)
            self._levels, self._peaks = [plain] * SHADES, [dim] * SHADES
            self._peaks_behind = [Style()] * SHADES
            self._plain: Style | None = plain
            return
        self._plain = None
        shades = [dark.blend(bright, shade / (SHADES - 1)) for shade in range(SHADES)]
        peaks = [shade.blend(paper, PEAK) for shade in shades]
        self._levels = [Style(color=shade.rich_color) for shade in shades]
        self._peaks = [Style(color=peak.rich_color) for peak in peaks]
        self._peaks_behind = [Style(bgcolor=peak.rich_color) for peak in peaks]
        inks = [dark.blend(bright, band / (BANDS - 1)) for band in range(BANDS)]
        self._bands = [[paper.blend(ink, heat / HEATS) for heat in range(HEATS + 1)] for ink in inks]

    def bars(self, runs: Iterable[Run], width: int) -> Strip:
        """A row of bars, and nothing behind its end."""
        return self._strip([(run.text, self._of_run(run)) for run in runs], width)

    def bands(self, runs: Iterable[BandRun], width: int) -> Strip:
        """A row of bands."""
        styled = []
        for text, upper, upper_heat, lower, lower_heat in runs:
            if self._plain:  # a background can't be painted as ink there: what is silent is left out
                sign = ON_OFF[upper_heat >= HEATS // 2, lower_heat >= HEATS // 2]
                styled.append((sign * len(text), self._plain))
                continue
            above, below = self._bands[upper][upper_heat], self._bands[lower][lower_heat]
            styled.append((text, Style(color=above.rich_color, bgcolor=below.rich_color)))
        return self._strip(styled, width)

    def _of_run(self, run: Run) -> Style:
        style = self._levels[run.shade] if run.level else self._peaks[run.shade]
        return style + self._peaks_behind[run.shade] if run.on_peak else style

    def _strip(self, styled: list[tuple[str, Style]], width: int) -> Strip:
        segments = [Segment(text, self._paper + style) for text, style in styled]
        return Strip(segments).adjust_cell_length(width, self._paper)


def put_on(cell: Strip, sign: str, style: Style) -> Strip:
    """A single character in the place of what stood in a cell, on what is behind it there."""
    behind = next((segment.style for segment in cell if segment.style), Style())
    return Strip([Segment(sign, Style(bgcolor=behind.bgcolor) + style)], 1)
