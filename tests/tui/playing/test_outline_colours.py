"""An outline in the terminal's own colours, which can't be mixed."""

from textual.color import Color

from tui.playing.outline_bars import HEATS, BandRun
from tui.playing.outline_colours import OutlineColours


def test_in_sixteen_colours_a_band_that_is_silent_is_not_painted() -> None:
    colours = OutlineColours(Color.parse("ansi_cyan"), Color.parse("ansi_cyan"), Color.parse("ansi_default"))
    heats = [(HEATS, HEATS), (HEATS, 0), (0, HEATS), (0, 0)]
    strip = colours.bands([BandRun("▀▀", 1, upper, 0, lower) for upper, lower in heats], 8)
    assert strip.text == "██▀▀▄▄  "
    assert all(segment.style and segment.style.bgcolor == Color.parse("ansi_default").rich_color for segment in strip)
