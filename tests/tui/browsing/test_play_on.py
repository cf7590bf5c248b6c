"""Playing on: the next take of the list, or any other, plays when one has ended; nowhere but in the library."""

from __future__ import annotations

import pytest

from library.library import Library
from ratings.journal import Journal
from tests.tui.conftest import SECONDS
from tui.browsing.library_list import LibraryList


@pytest.fixture
async def app(open_app, add_takes, until, clock, root):
    """The app on six takes, the third one rejected by somebody else."""
    takes = add_takes(["rain", "snow", "hail"] * 2)
    log = Journal.load(Library(root)).log("bo")
    log.write([log.reject(takes[3].id)])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query(LibraryList))
        await until(pilot, lambda: len(app.screen.query_one(LibraryList).rows) == 6)
        app.pilot = pilot
        app.listed = list(app.screen.query_one(LibraryList).rows)
        yield app


async def ends(app, clock, until):
    """The take that plays comes to its end, as the screen sees."""
    await until(app.pilot, lambda: app.screen.play_order.sounding == app.deck.take.id)
    clock.now += SECONDS + 1


async def test_in_order_past_what_is_rejected_to_the_end(app, clock, until):
    await app.pilot.press("c", "enter")
    for expected in (app.listed[1], app.listed[3], app.listed[4], app.listed[5]):
        await ends(app, clock, until)
        await until(app.pilot, lambda expected=expected: app.deck.take == expected)
        assert app.screen.subject() == expected, "the cursor goes along"
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.playhead().ended)
    for _ in range(5):
        await app.pilot.pause()
    assert app.deck.take == app.listed[5]
    assert not app.deck.playhead().playing


async def test_a_cursor_elsewhere_stays_there(app, clock, until):
    await app.pilot.press("c", "enter", "space", "end", "space")
    there = app.screen.subject()
    await app.pilot.press("home", "enter", "space", "down", "down")
    clock.now += 1
    app.deck.player.play()
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.take == app.listed[1])
    assert app.screen.subject() == app.listed[2] != there


async def test_shuffled_every_take_comes_once(app, clock, until):
    await app.pilot.press("c", "c", "enter")
    heard = [app.deck.take]
    for _ in range(4):
        await ends(app, clock, until)
        before = heard[-1]
        await until(app.pilot, lambda before=before: app.deck.take != before)
        heard.append(app.deck.take)
    assert {take.id for take in heard} == {take.id for take in app.listed} - {app.listed[2].id}
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.playhead().ended)
    await app.pilot.pause()
    assert app.deck.take == heard[-1]


async def test_folded_it_plays_prompt_after_prompt_and_filtered_what_is_listed(app, clock, until):
    await app.pilot.press("f", "c", "enter")
    first = app.deck.take
    assert first.prompt == "hail"
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.take.id != first.id)
    assert app.deck.take.prompt == "hail"
    assert app.screen.group.prompt == "hail"
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.take.prompt == "snow")
    assert app.screen.group.prompt == "snow"
    await app.pilot.press("slash", *"rain", "enter")
    await ends(app, clock, until)
    await until(app.pilot, lambda: app.deck.take.prompt == "rain")


async def test_off_or_on_another_screen_nothing_follows(app, clock, until):
    await app.pilot.press("enter")
    await until(app.pilot, lambda: app.deck.playhead().playing)
    clock.now += SECONDS + 1
    await until(app.pilot, lambda: app.screen.play_order.sounding is None)
    await app.pilot.press("c")
    for _ in range(5):
        await app.pilot.pause()
    assert app.deck.take == app.listed[0], "it is said of takes that end from now on"
    await app.pilot.press("enter")
    await ends(app, clock, until)
    await app.pilot.press("g")
    clock.now += SECONDS + 1
    for _ in range(5):
        await app.pilot.pause()
    assert app.settings.play_on == "order"
