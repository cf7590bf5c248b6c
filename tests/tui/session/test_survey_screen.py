"""A survey: number keys play takes from one place, the order counts as duels, one undo takes all of it back."""

from __future__ import annotations

import pytest

from ratings.judgement import Duel
from tui.messages import PlayheadMoved
from tui.playing.waveform import Waveform
from tui.session.survey_row import SurveyRow
from tui.session.survey_screen import SurveyScreen


@pytest.fixture
def surveyed(root, add_takes, open_app, until, clock):
    """Opens the app in a survey of so many takes of the library; `hear` plays these for two seconds each."""

    async def begin(pilot, number=4):
        app = pilot.app
        await until(pilot, lambda: len(app.screen.query("#list")) and app.workspace.loaded)
        await until(pilot, lambda: len(app.screen.query_one("#list").rows) >= number)
        await app.survey(app.screen.query_one("#list").rows[:number])
        await until(pilot, lambda: isinstance(app.screen, SurveyScreen) and len(app.screen.query(SurveyRow)) == number)
        await until(pilot, lambda: app.deck.playhead().playing)
        return app.screen

    async def hear(pilot, *keys):
        for key in keys:
            await pilot.press(str(key))
            clock.now += 2
            await until(pilot, lambda: pilot.app.deck.heard_s(pilot.app.deck.take) >= 1)
            pilot.app.screen.post_message(PlayheadMoved(pilot.app.deck.playhead()))
            await pilot.pause()

    begin.hear = hear
    return begin


def order(screen):
    """Keys from the best to the worst, as they stand on the screen."""
    return [row.place + 1 for row in screen.query(SurveyRow)]


def take_of(screen, key):
    return next(row.take for row in screen.query(SurveyRow) if row.place == key - 1)


async def test_the_number_keys_play_from_the_same_place(add_takes, open_app, surveyed, clock, until):
    add_takes(["a", "b", "c", "d"])
    async with open_app("library").run_test() as pilot:
        screen = await surveyed(pilot)
        clock.now += 7
        for key in (3, 1, 4, 2):
            await pilot.press(str(key))
            assert pilot.app.deck.take == take_of(screen, key)
            assert pilot.app.deck.playhead().position_s == pytest.approx(7)
        await pilot.press("5", "6")
        assert pilot.app.deck.take == take_of(screen, 2)
        await pilot.press("tab")
        assert pilot.app.deck.take == take_of(screen, 3)
        await pilot.press("shift+tab", "shift+tab")
        assert pilot.app.deck.take == take_of(screen, 1)
        pilot.app.deck.loop((5.0, 9.0))
        await pilot.press("2")
        assert pilot.app.deck.looping == (5.0, 9.0)


async def test_an_order_counts_as_duels_of_neighbours_that_one_undo_takes_back(add_takes, open_app, surveyed, until):
    add_takes(["a", "b", "c", "d"])
    async with open_app("library").run_test() as pilot:
        screen, log = await surveyed(pilot), pilot.app.workspace.history
        await pilot.press("f")
        assert log.live() == []  # two, three and four were not heard
        await surveyed.hear(pilot, 1, 2, 4, 3)
        await pilot.press("shift+up", "K")
        assert order(screen) == [3, 1, 2, 4]
        await surveyed.hear(pilot, 2)
        await pilot.press("t", "f")
        await until(pilot, lambda: len(log.live()) == 3)
        found = [(one.take, one.other, one.winner, one.side, one.first) for one in log.live()]
        takes = [take_of(screen, key).id for key in (1, 2, 3, 4)]
        assert found == [
            (takes[2], takes[0], "take", "b", "other"),
            (takes[0], takes[1], "tie", "a", "take"),
            (takes[1], takes[3], "take", "a", "take"),
        ]
        assert all(isinstance(one, Duel) and one.blind and one.heard_s >= 3 for one in log.live())
        await pilot.press("ctrl+z")
        await until(pilot, lambda: log.live() == [])
        await pilot.press("ctrl+z")
        await pilot.pause()
        assert log.live() == []


async def test_saving_again_replaces_the_order(add_takes, open_app, surveyed, until):
    add_takes(["a", "b"])
    async with open_app("library").run_test() as pilot:
        screen, log = await surveyed(pilot, 2), pilot.app.workspace.history
        await surveyed.hear(pilot, 1, 2)
        await pilot.press("f")
        await until(pilot, lambda: len(log.live()) == 1)
        await pilot.press("K", "f")
        better = take_of(screen, 2).id
        await until(pilot, lambda: [one.take for one in log.live()] == [better])
        assert not log.live()[0].blind  # by then they had names


async def test_it_names_nothing_before_the_order_is_saved(add_takes, open_app, surveyed, until):
    prompts = ["alpha rain", "bravo sun", "charlie fog"]
    add_takes(prompts)
    async with open_app("library").run_test(size=(120, 40)) as pilot:
        await surveyed(pilot, 3)
        await surveyed.hear(pilot, 1, 2, 3)

        def seen():
            svg = pilot.app.export_screenshot().replace("&#160;", " ")
            return [prompt for prompt in prompts if prompt in svg]

        assert seen() == []
        await pilot.press("f")
        await until(pilot, lambda: seen() == prompts)
        await pilot.press("escape")
        await until(pilot, lambda: not isinstance(pilot.app.screen, SurveyScreen))


async def test_the_keys_of_the_list_lead_to_it(add_takes, open_app, until):
    add_takes([f"prompt {number}" for number in range(9)])
    async with open_app("library").run_test() as pilot:
        await until(pilot, lambda: pilot.app.workspace.loaded and pilot.app.screen.query_one("#list").rows)
        await pilot.press("end", "A")
        await pilot.pause()
        assert not isinstance(pilot.app.screen, SurveyScreen)  # one alone is nothing to compare
        await pilot.press("home", "A")
        await until(pilot, lambda: len(pilot.app.screen.query(SurveyRow)) == 6)


async def test_what_is_said_to_a_survey_that_gives_way_ends_nothing(add_takes, open_app, surveyed, until):
    add_takes("abcdef")
    async with open_app("library").run_test() as pilot:
        app = pilot.app
        screen = await surveyed(pilot, 6)
        rows = list(screen.query(SurveyRow))
        await app.go("library")
        await app.survey([rows[0].take, rows[1].take])
        while len(screen.query(SurveyRow)) != 2 or not screen.query_one("#survey-rows").is_attached:
            screen.post_message(PlayheadMoved(app.deck.playhead()))
            screen.post_message(SurveyRow.Chosen(rows[5]))
            screen.post_message(Waveform.Sought(rows[5].waveform, 3.0))
            await pilot.pause()
        await until(pilot, lambda: screen.subject() in (rows[0].take, rows[1].take))


async def test_keys_that_come_before_the_rows_of_a_second_survey_stand_break_nothing(open_app, add_takes, until):
    add_takes(["a", "b", "c"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and len(app.screen.query_one("#list").rows) == 3)
        for _ in range(3):
            await pilot.press("A", "J", "K", "2", "J", "t")
            await until(pilot, lambda: len(app.screen.query(SurveyRow)) == 3 and app.deck.take is not None)
            await pilot.press("escape")
            await until(pilot, lambda: app.current_mode == "library" and app.screen.is_mounted)
