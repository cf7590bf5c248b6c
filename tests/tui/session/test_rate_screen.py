"""The rating screen: blind, one take after the other, nothing lost, and a way on from its end."""

from __future__ import annotations

import pytest
from textual.widgets import ContentSwitcher, Static

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import QUESTION, Stars
from tests.judging import Judge
from tests.tui.session.sessions import figures, keys, last, unheard
from tui.frame.mode_bar import ModeBar
from tui.frame.next_steps import NextSteps
from tui.frame.player_bar import PlayerBar
from tui.messages import PlayheadMoved
from tui.playing.waveform import MARK, Waveform
from tui.session.session_pages import in_a_session
from tui.session.star_row import StarTarget

PROMPTS = ["calm guitar", "brass fanfare"] * 2


def on_screen(app) -> str:
    """All words that can be read just now."""
    page = app.screen.query_one("#place", ContentSwitcher).current
    words = [str(static.content) for static in app.screen.query(f"#{page} Static").results(Static)]
    bars = [str(static.content) for static in app.screen.query_one(ModeBar).query(Static).results(Static)]
    return "\n".join([*words, *bars, app.screen.query_one(PlayerBar).render_line(0).text])


def page(app) -> str:
    return app.screen.query_one("#place", ContentSwitcher).current


def shown(app) -> str:
    """All words of what stands in the middle."""
    statics = app.screen.query(f"#{page(app)} Static").results(Static)
    return "\n".join(
        str(static.content) for static in statics if all(node.display for node in static.ancestors_with_self)
    )


def live(root):
    return Journal.load(Library(root)).history.live()


async def begun(app, pilot, until):
    await until(pilot, lambda: app.screen.is_mounted and app.deck.take is not None)
    await until(pilot, lambda: app.screen.blind and unheard(app) >= 0)


async def test_the_first_take_plays_blind(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        assert app.deck.playhead().playing
        assert app.deck.take == app.screen.subject()
        words = on_screen(app)
        assert " ".join(words.split()).count(QUESTION) == 1
        assert unheard(app) == 4
        assert not any(hint in words for hint in ("guitar", "fanfare", "seed 1", "100", "sketch"))


async def test_stars_are_saved_blind_with_what_was_heard_and_the_next_take_plays(
    open_app, add_takes, until, clock, root
):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        clock.now += 4
        await pilot.press("4")
        await until(pilot, lambda: "★★★★·" in last(app))
        assert first.prompt in on_screen(app)
        assert str(first.seed) in on_screen(app)
        (saved,) = live(root)
        assert isinstance(saved, Stars)
        assert (saved.take, saved.stars, saved.blind) == (first.id, 4, True)
        assert saved.heard_s == pytest.approx(4)
        assert app.deck.take.id != first.id
        assert app.deck.take.prompt != first.prompt
        assert app.deck.playhead().playing
        assert unheard(app) == 3


async def test_finishing_leads_to_an_end_that_says_what_came_of_it_and_what_to_press(open_app, add_takes, until, root):
    takes = add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3", "2", "4", "3")
        await until(pilot, lambda: len(live(root)) == 4)
        assert {event.take for event in live(root)} == {take.id for take in takes}
        await pilot.press("f")
        assert page(app) == "summary"
        assert not app.deck.playhead().playing
        assert app.screen.page == "finished"
        await until(pilot, lambda: app.screen.query_one("#sum-liked").parent.display)
        assert figures(app, "#sum-words")[0] == 4, "answers"
        assert figures(app, "#sum-steady")[0] == 4, "first hearings"
        assert any(prompt in shown(app) for prompt in PROMPTS)
        assert app.screen.subject() is None
        await pilot.press("4", "p", "x")
        await pilot.pause()
        assert len(live(root)) == 4
        await pilot.press("enter")
        assert page(app) != "summary"
        assert app.deck.playhead().playing
        await pilot.press("f", "w")
        assert app.current_mode == "ranking"


async def test_undo_goes_back_to_the_take_undone(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        await pilot.press("2")
        await until(pilot, lambda: last(app))
        assert app.deck.take.id != first.id
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.deck.take.id == first.id)
        assert app.screen.subject() == first
        assert app.deck.playhead().playing
        assert app.screen.blind
        assert live(root) == []
        await until(pilot, lambda: unheard(app) == 4)


async def test_another_verdict_on_the_take_before_replaces_the_first(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        await pilot.press("2")
        await until(pilot, lambda: last(app))
        asked = app.screen.subject()
        await pilot.press("up")
        assert app.screen.subject() == first
        assert first.prompt in on_screen(app)
        await pilot.press("5")
        await until(pilot, lambda: "★★★★★" in last(app))
        assert app.screen.subject() == asked, "on with the question"
        assert unheard(app) == 3
        assert [(event.stars, event.blind) for event in live(root)] == [(5, False)]
        assert app.workspace.ratings(first).stars == 5


async def test_up_and_down_judge_nothing(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        await pilot.press("down")
        assert app.deck.take.id != first.id
        await pilot.press("up")
        assert app.deck.take.id == first.id
        assert live(root) == []


async def test_new_takes_are_asked_about_too(open_app, add_takes, until, root):
    add_takes(["a", "b"])
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        fresh = add_takes(["c"], first=10)
        app.refresh_library()
        await until(pilot, lambda: unheard(app) == 3)
        assert app.deck.take.id == first.id
        await until(pilot, lambda: len(app.screen.session.belief.focus) == 3)
        await pilot.press("3", "2", "3")
        await until(pilot, lambda: fresh[0].id in {event.take for event in live(root)})


async def test_the_question_stays_while_one_is_elsewhere(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("3")
        here = app.screen.subject()
        await pilot.press("escape")
        assert app.current_mode == "library"
        await pilot.pause()
        await pilot.press("r")
        await until(pilot, lambda: app.current_mode == "rate")
        assert app.screen.subject() == here
        await until(pilot, lambda: app.deck.take.id == here.id)


async def test_only_what_the_filter_names_and_what_others_said_does_not_count_as_heard(
    open_app, add_takes, until, root
):
    takes = add_takes(PROMPTS)
    Judge(Journal.load(Library(root)).log("bob")).stars(takes[0].id, 3)
    app = open_app(only="guitar")
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        assert unheard(app) == 2
        assert app.deck.take in (takes[0], takes[2])


async def test_unrated_means_by_this_listener(open_app, add_takes, until, root):
    takes = add_takes(PROMPTS)
    Judge(Journal.load(Library(root)).log("bob")).stars(takes[0].id, 3)
    Judge(Journal.load(Library(root)).log("ann")).stars(takes[1].id, 3)
    app = open_app(only="is:unrated")
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        assert unheard(app) == 3
        await pilot.press("4")
        await until(pilot, lambda: unheard(app) == 2)


async def test_where_all_are_rated_by_this_listener_the_page_says_what_unrated_means(open_app, add_takes, until, root):
    (take,) = add_takes(PROMPTS[:1])
    Judge(Journal.load(Library(root)).log("ann")).stars(take.id, 3)
    app = open_app(only="is:unrated")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.query(NextSteps) and app.screen.page == "nothing")
        meaning = in_a_session("is:unrated")
        assert meaning != "“is:unrated”", "it says whose ratings count"
        assert meaning in str(app.screen.query_one("#next-words", Static).content)


@pytest.mark.parametrize(("prompts", "only", "offers"), [([], "", ["g", "i"]), (["a"], "zzz", ["s", "g"])])
async def test_nothing_to_rate_says_what_to_press(open_app, add_takes, until, prompts, only, offers):
    if prompts:
        add_takes(prompts)
    app = open_app(only=only)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.query(NextSteps) and app.screen.page == "nothing")
        assert keys(app, "#next-keys") == [*offers, "esc"]
        await pilot.press("4", "space", "enter", "up", "down", "x", "m", "l", "n")
        await pilot.pause()
        assert app.deck.take is None
        await pilot.press("g")
        assert app.current_mode == "generate"


async def test_when_time_is_up_it_ends_after_the_take_and_offers_to_go_on(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app(minutes=5.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        app.screen.session.listen(299.0)
        await until(pilot, lambda: app.screen.session.minutes_left == 0)
        assert app.screen.subject() is not None
        await pilot.press("3")
        await until(pilot, lambda: page(app) == "summary")
        assert app.screen.page == "over"
        assert not app.deck.playhead().playing
        await pilot.press("space")
        assert app.screen.subject() == app.deck.take
        assert app.deck.playhead().playing
        assert app.screen.session.minutes_left > 0


async def test_listening_alone_counts(open_app, add_takes, until, clock):
    add_takes(PROMPTS)
    app = open_app(minutes=5.0)
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("space")
        used, ticks = app.screen.session.used_s, []
        count = app.screen.post_message
        app.screen.post_message = lambda message: ticks.append(isinstance(message, PlayheadMoved)) or count(message)
        await until(pilot, lambda: sum(ticks) > 5)
        assert app.screen.session.used_s == used
        await pilot.press("space")
        await until(pilot, lambda: app.screen.session.used_s > used)


async def test_the_mouse_does_it_too(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        first = app.deck.take
        await pilot.click(Waveform, offset=(48, 3))
        await until(pilot, lambda: app.deck.playhead().position_s > 10)
        await pilot.click(PlayerBar, offset=(1, 0))
        await until(pilot, lambda: not app.deck.playhead().playing)
        await pilot.click(app.screen.query(StarTarget)[3])
        await until(pilot, lambda: "★★★★·" in last(app))
        assert [(event.take, event.stars) for event in live(root)] == [(first.id, 4)]


async def test_blind_is_a_choice_that_is_remembered(open_app, add_takes, until, tmp_path, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        await pilot.press("h")
        assert app.screen.reveal == "end"
        assert app.screen.query("#about.-hidden")
        await pilot.press("h")
        assert app.screen.subject().prompt in on_screen(app)
        await pilot.press("3")
        await until(pilot, lambda: len(live(root)) == 1)
        assert not live(root)[0].blind
    assert not open_app().settings.blind


async def test_marks_and_loop_show_on_the_waveform(open_app, add_takes, until, clock):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30)) as pilot:
        await begun(app, pilot, until)
        waveform = app.screen.query_one(Waveform)
        await until(pilot, lambda: waveform.outline)
        clock.now += 10
        await pilot.press("m")
        await until(pilot, lambda: waveform.render_line(0).text.count(MARK) == 1)
        clock.now += 10
        await pilot.press("m")
        await until(pilot, lambda: waveform.render_line(0).text.count(MARK) == 2)
        clock.now += 5
        await pilot.press("left", "left", "l")
        await until(pilot, lambda: "─" in waveform.render_line(0).text)


async def test_a_judgement_that_cannot_be_written_leaves_its_take_open(open_app, add_takes, until, root):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=(100, 30), notifications=True) as pilot:
        await begun(app, pilot, until)
        (root / "sessions").write_text("in the way")
        first = app.deck.take
        await pilot.press("4")
        await until(pilot, lambda: app.deck.take.id != first.id)
        await until(pilot, lambda: app.screen.query("Toast"))
        (root / "sessions").unlink()
        await pilot.press("3")
        await until(pilot, lambda: "★★★··" in last(app))
        assert unheard(app) == 3


@pytest.mark.parametrize("size", [(40, 12), (80, 24), (120, 40), (200, 60)])
async def test_it_fits_any_terminal(open_app, add_takes, until, size):
    add_takes(PROMPTS)
    app = open_app()
    async with app.run_test(size=size) as pilot:
        await begun(app, pilot, until)
        bar = app.screen.query_one(PlayerBar)
        assert bar.region.bottom <= size[1]
        if size[1] >= 24:
            targets = list(app.screen.query(StarTarget))
            assert all(target.region.height == 2 for target in targets)
            assert targets[-1].region.bottom <= bar.region.y
            assert app.screen.query_one(Waveform).size.height >= 6
        await pilot.resize_terminal(80, 24)
        await pilot.press("3")
        await until(pilot, lambda: last(app))


async def test_what_is_filtered_in_the_library_is_rated(open_app, add_takes, until):
    add_takes(PROMPTS)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.workspace.loaded and app.screen.query_one("#list").rows)
        await pilot.press("r")
        await begun(app, pilot, until)
        assert len(app.screen.session.selected) == len(PROMPTS)
        await pilot.press("3", "escape", "/", *"guitar", "enter", "r")
        await until(pilot, lambda: app.screen.id != "library" and app.screen.session.plan.selection == "guitar")
        await until(pilot, lambda: app.deck.take.prompt == "calm guitar")
        assert {app.workspace.catalog.get(name).prompt for name in app.screen.session.selected} == {"calm guitar"}
        await pilot.press("escape", "r")  # the same filter: the same session
        await pilot.pause()
        assert app.screen.session.plan.selection == "guitar"
