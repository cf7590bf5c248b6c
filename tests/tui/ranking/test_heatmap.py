"""The grid: every column can be reached, clicks hit what is drawn, and the cursor stays on its cell."""

from __future__ import annotations

import pytest

from ratings.ranking.ranking import Cell, Grid
from tui.ranking.heatmap import Heatmap


def make_grid(prompts, seeds, gap=None):
    cells = {
        (prompt, seed): Cell(takes=(f"{prompt}{seed}",), score=1 + seed % 5, low=1.0, high=5.0, judgements=1)
        for prompt in prompts
        for seed in seeds
        if (prompt, seed) != gap
    }
    return Grid(prompts=tuple(prompts), seeds=tuple(seeds), cells=cells)


PROMPTS = [f"p{number:02}" for number in range(40)]
SEEDS = list(range(100, 150))


@pytest.mark.parametrize("width", [50, 61, 80, 83, 120])
async def test_the_last_seed_and_prompt_come_into_sight(bench, width):
    app = bench(Heatmap(id="grid"))
    async with app.run_test(size=(width, 12)) as pilot:
        app.widget.show(make_grid(PROMPTS, SEEDS))
        app.widget.focus()
        await pilot.pause()
        for _ in range(len(SEEDS)):
            app.widget.action_walk(0, 1)
        for _ in range(len(PROMPTS)):
            app.widget.action_walk(1, 0)
        await pilot.pause()
        assert app.widget.current.takes == ("p39149",)
        assert "149" in app.widget.render_line(0).text
        assert any("p39" in line and "[" in line for line in app.lines())
        app.widget.action_walk(-100, -100)
        await pilot.pause()
        assert "100" in app.widget.render_line(0).text
        assert "[" in app.widget.render_line(1).text


@pytest.mark.parametrize("width", [50, 61, 83])
async def test_a_click_hits_what_is_drawn_there(bench, width):
    app = bench(Heatmap(id="grid"))
    async with app.run_test(size=(width, 12)) as pilot:
        app.widget.show(make_grid(PROMPTS, SEEDS))
        app.widget.action_walk(20, 30)
        await pilot.pause()
        header = app.widget.render_line(0).text
        seed = int(header.split()[0])
        prompt = app.widget.render_line(3).text.split()[0]
        await pilot.click("#grid", offset=(header.index(str(seed)), 3))
        await pilot.pause()
        assert app.widget.current.takes == (f"{prompt}{seed}",)
        before = app.widget.current
        await pilot.click("#grid", offset=(header.index(str(seed)), 0))
        await pilot.click("#grid", offset=(1, 3))
        assert app.widget.current == before


async def test_the_cursor_stays_on_its_cell_when_the_grid_grows(bench):
    app = bench(Heatmap(id="grid"))
    async with app.run_test(size=(80, 12)) as pilot:
        app.widget.show(make_grid(["b"], [5, 7]))
        app.widget.action_walk(0, 1)
        app.widget.show(make_grid(["a", "b"], [4, 5, 6, 7]))
        await pilot.pause()
        assert app.widget.current.takes == ("b7",)


async def test_where_no_take_is_there_is_no_cell(bench):
    app = bench(Heatmap(id="grid"))
    async with app.run_test(size=(80, 12)) as pilot:
        assert app.widget.current is None
        app.widget.action_walk(1, 1)
        app.widget.show(make_grid(["a"], [1, 2], gap=("a", 2)))
        app.widget.action_walk(0, 1)
        await pilot.pause()
        assert app.widget.current is None
        app.widget.show(make_grid([], []))
        assert app.widget.current is None
