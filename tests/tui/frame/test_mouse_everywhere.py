"""What keys do is there for the mouse, on every screen and in every dialogue; and `?` shows the keys of each screen."""

from __future__ import annotations

import pytest
from textual.events import MouseScrollDown
from textual.geometry import Offset
from textual.widgets import Button, Input, Static

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Note, Stars
from tests.judging import Judge
from tui.every_key import every_scope
from tui.frame.cursor_list import CursorList
from tui.frame.dialog_keys import DialogKeys
from tui.frame.footer import Footer
from tui.frame.help_dialog import HelpDialog
from tui.frame.player_bar import PlayerBar
from tui.frame.tick import Tick
from tui.playing.waveform import Waveform
from tui.ranking.heatmap import Heatmap
from tui.session.filmstrip import Filmstrip
from tui.session.star_row import StarTarget
from tui.session.survey_row import SurveyRow

SIZE = (120, 40)
MODES = ("library", "rate", "duel", "ranking", "generate")
DIALOGS = {"n": "Note", "L": "Labels", "F": "Collections", "C": "Columns", "O": "Libraries", "e": "Export",
           "i": "Import"}  # fmt: skip
"""Those that the Library asks with."""


def live(root):
    return Journal.load(Library(root)).history.live()


@pytest.fixture
async def judged(add_takes, root):
    """Takes, most of them judged by the listener."""
    takes = add_takes([f"prompt {number % 5}" for number in range(60)])
    judge = Judge(Journal.load(Library(root)).log("ann"))
    for number, take in enumerate(takes[:40]):
        judge.stars(take.id, 1 + number % 5)
    return takes


async def opened(app, pilot, until, mode):
    await until(pilot, lambda: app.workspace.loaded and app.current_mode == mode and app.screen.query(Footer))
    if mode in ("rate", "duel"):
        await until(pilot, lambda: app.screen.subject() is not None)
    if mode == "ranking":
        await until(pilot, lambda: app.screen.query_one("#take", CursorList).rows)
    if mode == "library":
        await until(pilot, lambda: app.screen.query_one("#list", CursorList).rows)
    await until(pilot, lambda: app.screen.query_one(Footer).shown)


def words_at(widget, text):
    """Where `text` begins in what a widget shows, from its corner."""
    for y in range(widget.content_size.height):
        line = widget.render_line(y + widget.content_region.y - widget.region.y).text
        if text in line:
            return Offset(line.index(text), y + widget.content_region.y - widget.region.y)
    raise AssertionError(f"{text!r} is not in {widget}")


@pytest.mark.parametrize("mode", MODES)
async def test_each_key_in_the_footer_and_each_screen_in_the_top_line_can_be_clicked(open_app, judged, until, mode):
    app = open_app(mode)
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, mode)
        pressed = []
        app.simulate_key = pressed.append
        footer = app.screen.query_one(Footer)
        footer.render_line(0)
        for start, _, hint in footer.places_of_keys:
            await pilot.click(footer, offset=(start, 0))
            assert pressed[-1] == hint.press
        assert len(pressed) > 1
        others = [one for one in MODES if one != mode]
        for other in others:
            name = next(one for one in app.screen.query(".mode").results(Static) if other.title() in str(one.content))
            await pilot.click(name)
            await until(pilot, lambda other=other: app.current_mode == other and app.screen.query(".mode"))
            await until(pilot, lambda: app.screen.query(".mode").first().region.width)


@pytest.mark.parametrize("mode", MODES)
async def test_help_names_each_key_that_holds_here(open_app, judged, until, mode):
    app = open_app(mode)
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, mode)
        app.screen.set_focus(None)
        await pilot.pause()
        (scope,) = (one for one in every_scope() if one.name.lower() == mode)
        active = {
            bound.binding.id for bound in app.screen.active_bindings.values() if bound.binding.id in scope.actions
        }
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(app.screen, HelpDialog) and app.screen.query(".places"))
        told = "\n".join(str(static.content) for static in app.screen.query(Static).results(Static))
        assert [identity for identity in active if scope.actions[identity].what not in told] == []
        await pilot.click(app.screen.query_one(".dialog"))
        await until(pilot, lambda: not isinstance(app.screen, HelpDialog))


async def test_lists_turn_with_the_wheel_and_waveforms_seek(open_app, judged, until):
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "library")
        rows = app.screen.query_one("#list", CursorList)
        wheel = MouseScrollDown(rows, 9, 3, 0, 1, 0, False, False, False, *(rows.region.offset + Offset(9, 3)))
        rows.post_message(wheel)
        await until(pilot, lambda: rows.scroll_offset.y > 0)
        await pilot.click(rows, offset=(20, 3), times=2)
        await until(pilot, lambda: app.deck.take is not None)
        assert rows.current is app.deck.take
        wave = app.screen.query_one(Waveform)
        await pilot.click(wave, offset=(wave.size.width // 2, 1))
        await until(pilot, lambda: app.deck.playhead().position_s > 14)
        bar = app.screen.query_one(PlayerBar)
        await pilot.click(bar, offset=(1, 0))
        await until(pilot, lambda: not app.deck.playhead().playing)


async def test_stars_are_given_answers_gone_back_to_and_duels_answered(open_app, judged, until, root):
    before = len(live(root))
    app = open_app("rate")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "rate")
        while app.screen.asked.other is not None:
            app.screen.step(1)
        first = app.screen.subject()
        await pilot.click(list(app.screen.query(StarTarget))[3])
        await until(pilot, lambda: len(live(root)) == before + 1)
        await until(
            pilot, lambda: app.screen.subject() not in (None, first) and app.screen.query_one(Filmstrip).display
        )
        assert isinstance(live(root)[-1], Stars)
        strip = app.screen.query_one(Filmstrip)
        await until(pilot, lambda: strip.region.width)
        await pilot.pause()
        await pilot.click(strip, offset=words_at(strip, "★★★★"))
        await until(pilot, lambda: app.screen.subject() is not None and app.screen.subject().id == first.id)


async def test_a_row_of_a_survey_is_played_by_a_click(open_app, judged, until):
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "library")
        await pilot.press("A")
        await until(pilot, lambda: len(app.screen.query(SurveyRow)) == 6 and app.deck.take is not None)
        row = list(app.screen.query(SurveyRow))[3]
        await until(pilot, lambda: row.region.height)
        await pilot.click(row, offset=(10, 0))
        await until(pilot, lambda: app.deck.take is row.take)


async def test_views_of_the_ranking_and_cells_of_the_grid(open_app, judged, until):
    app = open_app("ranking")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "ranking")
        for view in ("prompt", "seed", "grid", "reliability", "take", "grid"):
            await pilot.click(f"#tab-{view}", offset=(1, 0))
            await until(pilot, lambda view=view: app.screen.query_one(f"#{view}").region.width)
        grid = app.screen.query_one(Heatmap)
        place = next(place for place in grid.places() if place.distance == 3)
        before = grid.current
        await pilot.click(grid, offset=place.at)
        await until(pilot, lambda: grid.current is not before)


@pytest.mark.parametrize("key", DIALOGS)
async def test_every_dialogue_is_left_by_a_click_on_its_own_words_or_button(open_app, judged, until, key):
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "library")
        await pilot.press(key)
        await until(pilot, lambda: len(app.screen_stack) == 2 and app.screen.is_mounted)
        dialog = app.screen
        if buttons := list(dialog.query("#leave").results(Button)):
            if key == "e":
                await until(pilot, lambda: str(dialog.query_one("#forecast", Static).content))
            await until(pilot, lambda: buttons[0].region.width)
            await pilot.pause()
            await pilot.click(buttons[0])
        else:
            line = dialog.query_one(DialogKeys)
            word = "close" if key == "F" else "cancel"
            await until(pilot, lambda: line.region.width and word in str(line.content))
            await pilot.click(line, offset=words_at(line, word))
        await until(pilot, lambda: len(app.screen_stack) == 1)


async def test_what_dialogues_ask_is_answered_by_clicks(open_app, judged, until, root):
    app = open_app("library")
    async with app.run_test(size=SIZE) as pilot:
        await opened(app, pilot, until, "library")

        async def answer(key, word, fill=lambda: None):
            await pilot.press(key)
            await until(pilot, lambda: len(app.screen_stack) == 2 and app.screen.query(DialogKeys))
            line = app.screen.query_one(DialogKeys)
            await until(pilot, lambda: line.region.width)
            await pilot.pause()
            fill()
            await pilot.pause()
            yielded = app.screen
            if key == "C":
                await pilot.click(next(iter(yielded.query(Tick))))
            if key == "L":
                colours = yielded.query_one("#colours")
                await pilot.click(colours, offset=words_at(colours, "green"))
                await pilot.pause()
            await pilot.click(line, offset=words_at(line, word))
            await until(pilot, lambda: len(app.screen_stack) == 1)

        await answer("n", "save", lambda: setattr(app.screen.query_one(Input), "value", "a hook"))
        await until(pilot, lambda: any(isinstance(one, Note) for one in live(root)))
        columns = app.settings.columns
        await answer("C", "apply")
        await until(pilot, lambda: app.settings.columns != columns)
        await answer("L", "apply")
        await until(pilot, app.workspace.history.known_labels)
        assert "green" in app.workspace.history.known_labels()
