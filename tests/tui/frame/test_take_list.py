"""A take a line: what is too long for its column says so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from library.take import Recipe, Sampling, Take, digest_of, make_id, utc_now
from ratings.history import History
from tui.frame.take_list import TakeList


@pytest.mark.parametrize(("seed", "shown"), [(7, "       7 "), (12345678, "12345678 "), (2**63, "9223372… ")])
async def test_a_seed_that_is_cut_shows_it(bench, seed, shown):
    take = Take(
        id=make_id(digest_of(b"sound")), batch="b", file="a.flac", duration_s=1.0, sample_rate=8000, channels=1,
        created_at=utc_now(), prompt="rain", seed=seed,
    )  # fmt: skip
    app = bench(TakeList(lambda one: History([]).ratings(one.id)))
    async with app.run_test(size=(80, 10)):
        app.widget.fill([take])
        assert shown in app.lines()[0]


async def test_takes_of_one_prompt_and_seed_look_different(bench):
    recipe = Recipe(generator="musicgen", prompt="rain", seed=1, duration_s=1.0)
    takes = [
        Take(
            id=make_id(digest_of(b"%d" % number)), batch="b", file=f"{number}.flac", duration_s=1.0, sample_rate=8000,
            channels=1, created_at=utc_now(), prompt="rain", seed=1, generator="musicgen",
            recipe=replace(recipe, sampling=Sampling(guidance=guidance)),
        )
        for number, guidance in enumerate((3.0, 5.0))
    ]  # fmt: skip
    app = bench(TakeList(lambda one: History([]).ratings(one.id)))
    async with app.run_test(size=(80, 10)):
        app.widget.fill(takes)
        lines = [strip.text for strip in app.widget.render_lines(app.widget.size.region)]
        assert "rain  guidance 3 " in lines[0]
        assert "rain  guidance 5 " in lines[1]
        app.widget.fill(takes[:1])
        (line, *_) = app.widget.render_lines(app.widget.size.region)
        assert "guidance" not in line.text
