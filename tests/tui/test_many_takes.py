"""A library of 100,000 takes in the real app: all of them are there, and can be walked, filtered, sorted and judged."""

import time

import pytest
from textual.widgets import Input

from library.library import Library
from ratings.browse import SORTS, Query
from ratings.journal import Journal
from tests.benchmarks.make_library import make_library
from tui.app import make_app
from tui.frame.take_list import TakeList
from tui.playing.player.silent import SilentPlayer

TAKES = 100_000


async def until(pilot, holds, what, seconds=90):
    """Wait for `holds`, or fail."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        await pilot.pause()


@pytest.mark.slow
async def test_a_hundred_thousand_takes_are_listed_and_usable(tmp_path):
    root = tmp_path / "library"
    make_library(root, batches=1000, takes=100, judgements=2000, sounds=2)
    app = make_app(root, listener="zoe", player=SilentPlayer(), settings_path=tmp_path / "settings.json")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query(TakeList), "the list")
        takes = app.screen.query_one(TakeList)
        await until(pilot, lambda: len(takes.rows) == TAKES, "all takes")
        assert len({take.id for take in takes.rows}) == TAKES
        dates = [take.created_at for take in takes.rows]
        assert dates == sorted(dates, reverse=True)

        await pilot.press("end")
        assert takes.cursor == TAKES - 1
        assert takes.current.created_at == min(dates)
        await pilot.press("home", "j", "j", "pagedown")
        assert 2 < takes.cursor < 50

        await pilot.press("slash", *"neon waltz")
        await until(pilot, lambda: len(takes.rows) < TAKES, "the filter")
        wanted = {take.id for take in app.workspace.catalog if take.prompt and "neon waltz" in take.prompt}
        assert {take.id for take in takes.rows} == wanted
        assert 0 < len(wanted) < TAKES
        app.screen.query_one(Input).value = ""
        await until(pilot, lambda: len(takes.rows) == TAKES, "all takes again")

        await pilot.press("enter")
        for sort in (*SORTS[1:], SORTS[0]):
            await pilot.press("s")
            assert list(takes.rows) == list(app.workspace.view.rows(Query(), sort))
        judged = takes.current
        await pilot.press("5")
        await until(pilot, lambda: app.workspace.ratings(judged).judgements, "the judgement")
    assert any(event.listener == "zoe" for event in Journal.load(Library(root)).history.live(judged.id))


async def test_takes_of_another_process_join_a_long_list_at_the_cursor(tmp_path):
    root, other = tmp_path / "library", tmp_path / "other"
    make_library(root, batches=20, judgements=0, sounds=2)
    make_library(other, batches=1, judgements=0, sounds=0, salt=1)
    app = make_app(root, listener="zoe", player=SilentPlayer(), settings_path=tmp_path / "settings.json")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.query(TakeList), "the list")
        takes = app.screen.query_one(TakeList)
        await until(pilot, lambda: len(takes.rows) == 2000, "all takes")
        await pilot.press("pagedown", "pagedown")
        under_cursor = takes.current
        (batch,) = (other / "batches").iterdir()
        batch.rename(root / "batches" / f"{batch.name}-other")
        app.refresh_library()
        await until(pilot, lambda: len(takes.rows) == 2100, "the new takes")
        assert takes.current.id == under_cursor.id
