"""The level meter: decibels as columns, the newest at the right, loud ones marked."""

from __future__ import annotations

import pytest
from textual.app import App

from tui.frame.theme import INK, derived_variables
from tui.playing.recording.level_meter import FLOOR_DB, LevelMeter, decibels


class Host(App):
    """An app with nothing but a meter."""

    def get_theme_variable_defaults(self):
        return derived_variables(INK.to_color_system().generate())

    def compose(self):
        yield LevelMeter()


def test_decibels():
    assert decibels(1.0) == 0
    assert decibels(0.5) == pytest.approx(-6.02, abs=0.01)
    assert decibels(0.0) == decibels(1e-9) == FLOOR_DB


async def test_levels_are_drawn_from_the_right_and_loud_ones_are_marked():
    app = Host()
    async with app.run_test(size=(10, 5)) as pilot:
        meter = app.query_one(LevelMeter)
        for peak, live in ((0.0, False), (0.03, True), (0.9, True), (1.0, True)):
            meter.add(peak, live=live)
        await pilot.pause()
        top, bottom = (meter.render_line(row) for row in range(2))
        assert bottom.text[:6].strip() == ""
        assert bottom.text[6] == "▁"
        assert bottom.text[8:] == "██"
        assert top.text[8:].strip() != ""
        colours = {segment.style.color.name for segment in bottom if segment.text.strip()}
        assert len(colours) == 4  # not recorded, fine, hot, clipped
        for _ in range(20):
            meter.add(1.0, live=True)
        assert meter.render_line(0).text == "█" * 10
        meter.clear()
        assert meter.render_line(1).text.strip() == ""
