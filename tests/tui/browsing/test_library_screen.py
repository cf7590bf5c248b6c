"""The library screen: filter, order, cursor and sound together, the first batch, and nothing that hurts."""

from __future__ import annotations

import re

import pytest
from textual.events import Key
from textual.widgets import ContentSwitcher, Input, Static

from library.importing.sample_takes import find_samples
from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Mark, Pick, Reject, Stars
from tests.needs import SAMPLES
from tui.browsing.take_detail import TakeDetail
from tui.frame.footer import Footer
from tui.frame.mode_bar import ModeBar
from tui.frame.player_bar import PlayerBar
from tui.frame.take_list import TakeList
from tui.playing.waveform import Waveform

PROMPTS = ["calm guitar", "brass fanfare", "calm piano", "choir"]


def live(root):
    return Journal.load(Library(root)).history.live()


def listed(app):
    return [take.prompt for take in app.screen.query_one(TakeList).rows]


def status(app):
    return str(app.screen.query_one(ModeBar).query_one(".status", Static).content)


def detail(app):
    return str(app.screen.query_one(TakeDetail).query_one(Static).content)


def keys(app):
    """The ids of the keys in the footer."""
    return app.screen.query_one(Footer).shown


async def opened(app, pilot, until, count=4):
    await until(pilot, lambda: app.workspace.loaded and app.screen.query(TakeList))
    await until(pilot, lambda: len(app.screen.query_one(TakeList).rows) == count)


@pytest.fixture
def library(open_app, add_takes):
    """The app on a library of four takes, the newest first in the list."""
    add_takes(PROMPTS)
    return open_app("library")


async def test_enter_plays_and_the_cursor_takes_the_sound_along(library, until):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        rows = library.screen.query_one(TakeList).rows
        await pilot.press("down")
        assert library.deck.take is None
        await pilot.press("enter")
        assert library.deck.take == rows[1]
        await pilot.press("j")
        await until(pilot, lambda: library.deck.take == rows[2])
        assert library.deck.playhead().playing
        await pilot.press("space", "up")
        await pilot.pause()
        assert library.deck.take == rows[2]
        assert not library.deck.playhead().playing


async def test_reject_plays_the_next_take(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        rows = library.screen.query_one(TakeList).rows
        await pilot.press("enter", "x")
        await until(pilot, lambda: len(live(root)) == 1)
        assert isinstance(live(root)[0], Reject)
        assert live(root)[0].take == rows[0].id
        assert library.deck.take == rows[1]
        assert library.deck.playhead().playing
        assert library.screen.subject() == rows[1]


async def test_after_the_last_take_it_stays_there(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        rows = library.screen.query_one(TakeList).rows
        await pilot.press("end", "enter", "5")
        await until(pilot, lambda: len(live(root)) == 1)
        assert library.deck.take == rows[-1]
        assert library.screen.subject() == rows[-1]


async def test_letters_typed_right_behind_the_slash_are_the_filters(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        for key, character in (("slash", "/"), ("x", "x"), ("p", "p")):  # quicker than the list gives the keyboard away
            library.post_message(Key(key, character))
        await until(pilot, lambda: library.screen.query_one("#filter", Input).value == "xp")
        await pilot.pause()
        assert live(root) == []


async def test_typing_a_filter_leaves_the_sound_alone(library, until):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("enter")
        playing = library.deck.take
        assert playing.prompt == "choir"
        await pilot.press("slash", *"calm")
        await until(pilot, lambda: set(listed(library)) == {"calm piano", "calm guitar"})
        await pilot.pause()
        assert library.deck.take == playing
        assert library.screen.subject().prompt in ("calm piano", "calm guitar")


async def test_escape_clears_the_filter_and_returns_to_the_list(library, until):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        take_list = library.screen.query_one(TakeList)
        await pilot.press("end")
        chosen = take_list.current
        assert chosen.prompt == "calm guitar"
        await pilot.press("slash", *"calm")
        await until(pilot, lambda: len(take_list.rows) == 2)
        assert re.findall(r"\d+", status(library))[:2] == ["2", "4"]
        assert take_list.current == chosen
        await pilot.press("escape")
        await until(pilot, lambda: len(take_list.rows) == 4)
        assert take_list.has_focus
        assert take_list.current == chosen
        assert library.current_mode == "library"


async def test_enter_keeps_the_filter_and_escape_in_the_list_clears_it(library, until):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("slash", *"piano", "enter")
        await until(pilot, lambda: listed(library) == ["calm piano"])
        assert library.screen.query_one(TakeList).has_focus
        assert "list.clear" in keys(library)
        await pilot.press("escape")
        await until(pilot, lambda: len(listed(library)) == 4)
        await until(pilot, lambda: not {"list.clear", "go.back"} & keys(library))


async def test_a_filter_that_nothing_answers_to_shows_and_judges_nothing(library, until, root):
    async with library.run_test(size=(120, 40)) as pilot:
        await opened(library, pilot, until)
        await until(pilot, lambda: "choir" in detail(library))
        await pilot.press("slash", *"zzz", "enter")
        await until(pilot, lambda: listed(library) == [])
        assert library.screen.query_one("#list-side", ContentSwitcher).current == "nothing"
        await until(pilot, lambda: detail(library) == "")
        await pilot.press("5", "x", "p", "m", "0", "n", "space", "enter", "l", "up", "down", "left", "home", "end")
        await pilot.pause()
        assert live(root) == []
        assert library.deck.take is None
        await pilot.press("escape")
        await until(pilot, lambda: len(listed(library)) == 4)
        await until(pilot, lambda: "choir" in detail(library))


async def test_keys_with_nothing_on_do_no_harm(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("0", "m", "l", "left", "right", "ctrl+z", "minus")
        await pilot.press("p")
        await until(pilot, lambda: len(live(root)) == 1)
        assert isinstance(live(root)[0], Pick)
        await pilot.press("m", "p")
        await until(pilot, lambda: live(root) == [])


async def test_all_keys_mean_the_take_under_the_cursor_and_the_player_says_so(library, until, root, clock):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("enter")
        heard = library.deck.take
        clock.now += 7
        await pilot.press("space", "m")
        await until(pilot, lambda: len(live(root)) == 1)
        (mark,) = live(root)
        assert isinstance(mark, Mark)
        assert mark.take == heard.id == library.screen.subject().id
        assert mark.position_s == pytest.approx(7)
        await pilot.press("down")
        subject = library.screen.subject()
        assert subject.id != heard.id
        await until(pilot, lambda: str(subject.seed) in library.screen.query_one(PlayerBar).render_line(0).text)
        said = library.screen.query_one(PlayerBar).render_line(0).text
        assert said.index(str(heard.seed)) < said.index("cursor") < said.index(str(subject.seed))
        await pilot.press("m", "l", "p")
        await until(pilot, lambda: len(live(root)) == 2)
        assert library.deck.looping is None
        assert isinstance(live(root)[1], Pick)
        assert live(root)[1].take == subject.id
        await pilot.press("enter")
        await until(pilot, lambda: "cursor" not in library.screen.query_one(PlayerBar).render_line(0).text)
        await pilot.press("m")
        await until(pilot, lambda: len(live(root)) == 3)
        assert live(root)[2].take == subject.id


async def test_two_quick_keys_are_written_in_their_order(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        first, second = library.screen.query_one(TakeList).rows[:2]
        await pilot.press("5", "4", "up", "3")
        await until(pilot, lambda: len(live(root)) == 3)
        said = [(event.take, event.stars) for event in live(root)]
        assert said == [(first.id, 5), (second.id, 4), (second.id, 3)]


async def test_undo_goes_back_to_its_take(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        first = library.screen.subject()
        await pilot.press("5", "down", "down")
        await until(pilot, lambda: len(live(root)) == 1)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: library.screen.subject() == first)
        assert live(root) == []


@pytest.mark.parametrize("keys", [("p", "left", "p"), ("5", "up", "0")])
async def test_what_is_taken_back_by_its_own_key_leaves_the_cursor_alone(library, until, root, keys):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press(*keys, "down", "down")
        there = library.screen.subject()
        await until(pilot, lambda: live(root) == [] and len(library.workspace.history.touched(0)) > 0)
        await until(pilot, lambda: len(library.workspace.history) == 0)
        await pilot.pause()
        assert library.screen.subject() == there


async def test_orders_come_round_and_keep_the_take_under_the_cursor(library, until):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("down")
        take = library.screen.subject()
        await pilot.press("s")
        assert listed(library) == sorted(PROMPTS)
        assert library.screen.subject() == take
        await pilot.press("S")
        assert listed(library) == sorted(PROMPTS, reverse=True)
        assert library.screen.subject() == take
        await pilot.press("s")
        assert "↓ seed" in str(library.screen.query_one(".sort", Static).content)


async def test_takes_of_others_come_in_under_the_cursor(library, until, add_takes):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("enter")
        take = library.screen.subject()
        add_takes(["new"], first=10)
        library.refresh_library()
        await until(pilot, lambda: "new" in listed(library))
        assert library.screen.subject() == take == library.deck.take


async def test_the_mouse(library, until, root):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        rows = library.screen.query_one(TakeList).rows
        await pilot.click(TakeList, offset=(30, 2))
        assert library.screen.subject() == rows[2]
        assert library.deck.take is None
        await pilot.click(TakeList, offset=(30, 1), times=2)
        await until(pilot, lambda: library.deck.take == rows[1])
        waveform = library.screen.query_one(Waveform)
        await until(pilot, lambda: waveform.outline)
        await pilot.click(Waveform, offset=(waveform.size.width // 2, 1))
        await until(pilot, lambda: library.deck.playhead().position_s == pytest.approx(15))
        await pilot.click(TakeList, offset=(30, 9))
        assert library.screen.subject() == rows[1]


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)])
async def test_it_fits_and_goes_on_when_the_terminal_changes(library, until, clock, size):
    async with library.run_test(size=(100, 30)) as pilot:
        await opened(library, pilot, until)
        await pilot.press("end", "enter")
        clock.now += 3
        await pilot.resize_terminal(*size)
        await pilot.pause()
        take_list = library.screen.query_one(TakeList)
        assert library.deck.playhead().playing
        assert 0 <= take_list.cursor - take_list.scroll_offset.y < take_list.size.height
        assert library.screen.query_one(PlayerBar).region.bottom <= size[1]
        assert library.screen.query_one(Footer).region.bottom == size[1]
        assert library.screen.query_one(TakeDetail).display == (size[0] >= 100)
        for line in range(take_list.size.height):
            assert take_list.render_line(line).cell_length == take_list.scrollable_content_region.width


# An empty library


async def test_an_empty_library_says_what_to_press_and_hides_the_rest(open_app, until):
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.screen.query("Welcome"))
        await until(pilot, lambda: "first.batch" in keys(app))
        assert "play.toggle" not in keys(app)
        assert "judge.reject" not in keys(app)
        assert not app.screen.query_one(PlayerBar).display
        assert ("first.samples" in keys(app)) == (find_samples() is not None)
        await pilot.press("5", "x", "p", "m", "0", "space", "enter", "slash", "S", "up", "l")
        await pilot.pause()
        assert app.screen.query_one(Input).value == ""
        assert app.is_running


async def test_s_sketches_once_into_an_empty_library_and_sorts_after_that(open_app, until, root):
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "first.batch" in keys(app))
        await pilot.press("s", "s")
        assert len(app.job_states()) == 1
        await until(pilot, lambda: len(listed(app)) >= 1)
        assert "list.sort" in keys(app)
        assert "first.batch" not in keys(app)
        assert app.screen.query_one("#list-side", ContentSwitcher).current == "list"
        await pilot.press("s", "enter", "4")
        assert app.screen.query_one(".sort", Static).content == "↓ prompt"
        await until(pilot, lambda: [type(event) for event in live(root)] == [Stars])


@pytest.mark.needs(SAMPLES)
async def test_y_loads_the_recorded_takes(open_app, until):
    app = open_app("library")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "first.samples" in keys(app))
        await pilot.press("y")
        await until(pilot, lambda: len(listed(app)) == 28, timeout_s=120)
        await pilot.press("y")
        assert "first.samples" not in keys(app)


async def test_the_facts_use_the_room_there_is_once_an_empty_library_fills(open_app, add_takes, until):
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query("Welcome"))
        add_takes(["a"])
        app.refresh_library()
        await until(pilot, lambda: "stereo" in facts(app) or "mono" in facts(app))
        await until(pilot, lambda: re.search(r"format .* kHz, (mono|stereo)", facts(app)) is not None)


def facts(app):
    return str(app.screen.query_one("TakeDetail Static").render())
