"""The waveform widget: drawing, marks, the play head's cost, the mouse, and broken files."""

from __future__ import annotations

import numpy as np
import pytest

from tui.playing.outlines import Outlines
from tui.playing.waveform import MARK, SECTION, Waveform

RATE = 8000


def tone(seconds, level=0.5, seed=1):
    return np.random.default_rng(seed).uniform(-level, level, int(seconds * RATE))


def a_waveform(library, height=4):
    waveform = Waveform(library.path_of, id="w", outlines=Outlines())
    waveform.styles.height = height
    return waveform


@pytest.mark.parametrize("height", range(1, 13))
async def test_it_draws_in_any_height(bench, library, until, height):
    take = library(tone(2))
    app = bench(a_waveform(library, height))
    async with app.run_test(size=(60, 20)) as pilot:
        app.widget.show(take)
        await until(pilot, lambda: app.widget.outline)
        app.widget.set_marks([0.5])
        app.widget.set_playhead(1.0)
        lines = app.lines()
        assert [len(line) for line in lines] == [60] * height
        assert lines[0][15] == MARK
        assert "│" in lines[-1]
        assert lines[-1].index("│") == 30


async def test_another_take_replaces_all_of_the_one_before(bench, library, until):
    first, second = library(tone(2)), library(tone(1, seed=2))
    app = bench(a_waveform(library))
    async with app.run_test(size=(60, 20)) as pilot:
        app.widget.show(first)
        app.widget.set_marks([1.0])
        app.widget.set_loop((0.5, 1.5))
        app.widget.show(second)
        await until(pilot, lambda: app.widget.outline)
        assert app.widget.take == second
        assert not {MARK, SECTION} & set("".join(app.lines()))
        app.widget.show(None)
        assert "".join(app.lines()).strip() == ""


async def test_only_columns_that_changed_are_redrawn(bench, library, until, monkeypatch):
    take = library(tone(10))
    app = bench(a_waveform(library))
    async with app.run_test(size=(100, 20)) as pilot:
        app.widget.show(take)
        await until(pilot, lambda: app.widget.outline)
        app.widget.set_playhead(5.0)
        await pilot.pause()
        regions = []
        monkeypatch.setattr(app.widget, "refresh", lambda *given, **_: regions.extend(given))
        app.widget.set_playhead(5.05)
        assert regions == []
        app.widget.set_playhead(5.11)
        assert [(region.x, region.width) for region in regions] == [(50, 2)]


async def test_a_click_and_a_drag_seek(bench, library, until):
    take = library(tone(10))
    app = bench(a_waveform(library))
    async with app.run_test(size=(100, 20)) as pilot:
        app.widget.show(take)
        await until(pilot, lambda: app.widget.outline)
        await pilot.click("#w", offset=(50, 2))
        assert app.heard[-1] == pytest.approx(5.0)
        await pilot.mouse_down("#w", offset=(10, 1))
        await pilot.hover("#w", offset=(70, 1))
        await until(pilot, lambda: app.heard[-1] == pytest.approx(7.0))
        await pilot.mouse_up("#w", offset=(70, 1))
        await pilot.hover("#w", offset=(20, 1))
        await pilot.pause()
        assert app.heard[-1] == pytest.approx(7.0)


async def test_a_missing_and_a_broken_file_get_a_quiet_word(bench, library, until):
    missing, broken = library(tone(1)), library(tone(1, seed=2))
    app = bench(a_waveform(library))
    async with app.run_test(size=(100, 20)) as pilot:
        library.path_of(missing).unlink()
        library.path_of(broken).write_bytes(b"fLaC and no more")
        app.widget.show(missing)
        await until(pilot, lambda: "missing" in "".join(app.lines()))
        app.widget.show(broken)
        await until(pilot, lambda: "read" in "".join(app.lines()))


async def test_silence_is_called_so(bench, library, until):
    take = library(np.zeros(RATE))
    app = bench(a_waveform(library))
    async with app.run_test(size=(100, 20)) as pilot:
        app.widget.show(take)
        await until(pilot, lambda: app.widget.outline)
        assert "silence" in "".join(app.lines())


async def test_running_through_a_list_shows_the_last(bench, library, until):
    takes = [library(tone(1, seed=seed)) for seed in range(12)]
    app = bench(a_waveform(library))
    async with app.run_test(size=(60, 20)) as pilot:
        for take in takes:
            app.widget.show(take)
        await until(pilot, lambda: app.widget.outline)
        assert app.widget.take == takes[-1]
