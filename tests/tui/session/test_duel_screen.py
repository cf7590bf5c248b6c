"""The duel screen: a pair at a time, blind, answers that stand on disk, and the way back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.widgets import ContentSwitcher, Static

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Duel, Reject, Retraction
from tests.judging import Judge
from tests.tui.session.sessions import figures, keys
from tui.frame.footer import Footer
from tui.frame.mode_bar import ModeBar
from tui.frame.player_bar import PlayerBar
from tui.messages import DuelRequest, PlayheadMoved
from tui.playing.waveform import Waveform
from tui.session.duel_screen import DuelScreen
from tui.session.duel_stage import DuelStage

SIZES = [(80, 24), (120, 40), (200, 60)]


def said(app, name):
    return str(app.screen.query_one(f"#{name}", Static).content)


def stage(app):
    return app.screen.query_one(DuelStage)


def live(root):
    """What stands on disk, read anew."""
    return Journal.load(Library(root)).history.live()


async def first_pair(app, pilot, until):
    await until(pilot, lambda: isinstance(app.screen, DuelScreen) and stage(app).pairing is not None)
    await until(pilot, lambda: app.screen.query_one("#place", ContentSwitcher).current == "stage")
    return stage(app).pairing


async def hear_both(pilot, clock, until, app):
    """Four seconds of the first, three of the other."""
    pairing = stage(app).pairing
    clock.now += 4
    await pilot.press("tab")
    clock.now += 3
    await until(pilot, lambda: pairing.unheard is None)


@pytest.mark.parametrize("size", SIZES)
async def test_a_pair_stands_in_front_blind(open_app, add_takes, until, size):
    takes = add_takes(["calm guitar", "brass fanfare"])
    app = open_app("duel")
    async with app.run_test(size=size) as pilot:
        pairing = await first_pair(app, pilot, until)
        assert {pairing.a.id, pairing.b.id} == {take.id for take in takes}
        assert app.deck.take == pairing.take(pairing.first)
        assert app.deck.playhead().playing
        waves = app.screen.query(Waveform)
        await until(pilot, lambda: all(wave.outline for wave in waves))
        lines = "".join(said(app, name) for name in ("duel-a-name", "duel-b-name", "last"))
        assert "guitar" not in lines
        assert "fanfare" not in lines
        await until(pilot, lambda: "blind" in app.screen.query_one(PlayerBar).render_line(0).text)
        for one in app.screen.query("#stage *"):
            assert app.screen.region.contains_region(one.region)
            assert one.region.height > 0
        assert "duel.other" in app.screen.query_one(Footer).shown


async def test_tab_plays_the_other_one_from_the_same_place(open_app, add_takes, until, clock):
    add_takes(["one", "two"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        before = pairing.on
        clock.now += 5
        await pilot.press("tab")
        assert pairing.on != before
        assert app.deck.take == pairing.take(pairing.on)
        assert app.deck.playhead().position_s == pytest.approx(5)
        lit = app.screen.query(".side.-on")
        assert [side.id for side in lit] == [f"duel-{pairing.on}-side"]


async def test_a_word_of_the_play_head_that_comes_late_counts_nothing_twice(open_app, add_takes, until, clock):
    add_takes(["one", "two"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        clock.now += 4
        late = app.deck.playhead()
        await pilot.press("tab")
        stage(app).set_playhead(late)
        assert pairing.heard_s(pairing.first) == pytest.approx(4)


@pytest.mark.parametrize(("key", "outcome"), [("a", "a"), ("b", "b"), ("t", "tie"), ("o", "neither")])
async def test_an_answer_is_written_as_it_was_asked_and_the_next_pair_plays(
    open_app, add_takes, until, clock, root, key, outcome
):
    add_takes(["calm guitar", "brass fanfare"] * 3)
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await hear_both(pilot, clock, until, app)
        await pilot.press(key)
        await until(pilot, lambda: stage(app).pairing is not pairing)
        (event,) = live(root)
        assert isinstance(event, Duel)
        a = event.take if event.side == "a" else event.other
        first = event.take if event.first == "take" else event.other
        winner = {"take": event.take, "other": event.other}.get(event.winner)
        assert a == pairing.a.id
        assert first == pairing.take(pairing.first).id
        assert winner == (None if outcome in ("tie", "neither") else pairing.take(outcome).id)
        assert event.neither == (outcome == "neither")
        assert event.heard_s == pytest.approx(7)
        assert event.blind
        assert pairing.a.prompt in said(app, "last")
        assert app.deck.playhead().playing


async def test_no_answer_before_both_have_sounded(open_app, add_takes, until, clock, root):
    add_takes(["one", "two"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        clock.now += 4
        await pilot.press("a")
        assert said(app, "duel-hint").startswith("B" if pairing.first == "a" else "A")
        assert app.screen.query("#duel-answers.-unheard")
        assert stage(app).pairing is pairing
        await hear_both(pilot, clock, until, app)
        await until(pilot, lambda: not said(app, "duel-hint"))
        await pilot.press("a")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        assert len(live(root)) == 1


async def test_a_take_that_is_over_too_soon_for_a_verdict_says_how_to_hear_it(open_app, add_takes, until, clock):
    add_takes(["one", "two"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        other = "b" if pairing.first == "a" else "a"
        clock.now += 4
        await pilot.press("tab")
        app.deck.player.seek(pairing.take(other).duration_s - 0.2)
        clock.now += 1
        await pilot.press("a")
        hint = said(app, "duel-hint")
        assert hint.startswith(other.upper())
        assert "enter" in hint
        assert "tab" not in hint
        await pilot.press("enter")
        assert app.deck.playhead().playing
        clock.now += 2
        await until(pilot, lambda: not said(app, "duel-hint"))
        await pilot.press("a")
        await until(pilot, lambda: stage(app).pairing is not pairing)


async def test_undo_takes_the_answer_back_and_shows_the_pair_again(open_app, add_takes, until, clock, root):
    add_takes(["one", "two", "three", "four", "five"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await hear_both(pilot, clock, until, app)
        await pilot.press("a")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        answered = said(app, "last")
        await until(pilot, lambda: len(figures(app, ".status")) == 4)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: said(app, "last") != answered)
        again = stage(app).pairing
        assert (again.a, again.b, again.first) == (pairing.a, pairing.b, pairing.first)
        assert again.unheard is not None
        assert live(root) == []
        await until(pilot, lambda: len(figures(app, ".status")) == 3)
        await hear_both(pilot, clock, until, app)
        await pilot.press("b")
        await until(pilot, lambda: stage(app).pairing is not again)
        (event,) = live(root)
        assert (event.winner == "take") == (event.take == again.b.id)


async def test_a_pair_can_be_passed_over(open_app, add_takes, until, root):
    add_takes(["one", "two", "three", "four", "five"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await pilot.press("down")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        now = stage(app).pairing
        assert {now.a.id, now.b.id} != {pairing.a.id, pairing.b.id}
        assert live(root) == []


async def test_a_reject_puts_out_the_one_that_sounds_and_its_pair(open_app, add_takes, until, root):
    add_takes(["one", "two", "three", "four", "five"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await pilot.press("x")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        await until(pilot, lambda: len(live(root)) == 1)
        (event,) = live(root)
        assert isinstance(event, Reject)
        assert event.take == pairing.take(pairing.first).id
        await until(pilot, lambda: pairing.take(pairing.first).prompt in said(app, "last"))


@pytest.mark.parametrize("count", [0, 1])
async def test_with_fewer_than_two_takes_the_page_says_so_and_a_second_one_begins(open_app, add_takes, until, count):
    add_takes(["one"][:count])
    app = open_app("duel")
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: keys(app, "#next-keys") == ["g", "i", "esc"])
        await pilot.press("a", "tab")
        add_takes([*["two", "three"][count:], "four"], first=5)
        app.refresh_library()
        await first_pair(app, pilot, until)


async def test_d_in_the_library_compares_the_take_in_hand_among_those_listed(open_app, add_takes, until):
    takes = add_takes(["guitar a", "brass a", "guitar b", "brass b", "guitar c"])
    app = open_app("library")
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: app.screen.subject() is not None)
        await pilot.press("slash", *"guitar", "enter", "down")
        subject = app.screen.subject()
        await pilot.press("d")
        pairing = await first_pair(app, pilot, until)
        assert subject.id in (pairing.a.id, pairing.b.id)
        guitars = {take.id for take in takes if "guitar" in take.prompt}
        for _ in range(3):
            assert {pairing.a.id, pairing.b.id} <= guitars
            await pilot.press("down")
            await until(pilot, lambda before=pairing: stage(app).pairing is not before)
            pairing = stage(app).pairing


async def test_coming_back_goes_on_with_the_pair_and_plays_it(open_app, add_takes, until, clock):
    takes = add_takes(["one", "two", "three"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        clock.now += 3
        await pilot.press("escape")
        await until(pilot, lambda: app.current_mode == "library")
        app.deck.load(takes[2] if takes[2].id not in (pairing.a.id, pairing.b.id) else takes[0])
        await app.go("duel")
        await until(pilot, lambda: pairing.on is not None)
        assert stage(app).pairing is pairing


async def test_an_answer_that_cannot_be_written_can_be_given_again(open_app, add_takes, until, clock, root):
    add_takes(["one", "two", "three"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        pairing = await first_pair(app, pilot, until)
        await hear_both(pilot, clock, until, app)
        sessions = root / "sessions"
        sessions.write_text("in the way")
        await pilot.press("a")
        await until(pilot, lambda: app.screen.query("Toast"))
        assert stage(app).pairing is pairing
        sessions.unlink()
        await pilot.press("b")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        assert len(live(root)) == 1


async def test_of_a_take_that_cannot_be_played_it_says_the_way_on(open_app, add_takes, until):
    add_takes(["one", "two", "three"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        head = replace(app.deck.playhead(), error="t0.flac can't be played: it is cut off.")
        app.screen.post_message(PlayheadMoved(head))
        await until(pilot, lambda: said(app, "duel-hint").startswith(pairing.on.upper()))
        assert "↓" in said(app, "duel-hint")


async def test_names_can_be_shown(open_app, add_takes, until):
    add_takes(["calm guitar", "brass fanfare"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        await first_pair(app, pilot, until)
        await pilot.press("h")
        await until(pilot, lambda: stage(app).pairing.a.prompt in said(app, "duel-a-name"))
        assert app.screen.query_one(ModeBar)


async def test_an_answer_that_was_undone_is_said_again(open_app, add_takes, until, clock, root):
    add_takes(["one", "two", "three", "four"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await hear_both(pilot, clock, until, app)
        await pilot.press("a")
        await until(pilot, lambda: stage(app).pairing is not pairing)
        (first,) = live(root)
        await pilot.press("ctrl+z")
        await until(pilot, lambda: stage(app).pairing is not None and stage(app).pairing.a.id == pairing.a.id)
        await until(pilot, lambda: live(root) == [])
        await pilot.press("ctrl+y")
        await until(pilot, lambda: len(live(root)) == 1)
        await until(pilot, lambda: {stage(app).pairing.a, stage(app).pairing.b} != {pairing.a, pairing.b})
        (second,) = live(root)
        assert (second.winner, second.side, second.blind) == (first.winner, first.side, first.blind)


async def test_a_judgement_of_the_one_that_sounds_does_not_end_the_pair(open_app, add_takes, until, clock, root):
    takes = add_takes(["one", "two", "three"])
    app = open_app("duel")
    async with app.run_test(size=(120, 40)) as pilot:
        pairing = await first_pair(app, pilot, until)
        await pilot.press("4")
        await until(pilot, lambda: said(app, "last").startswith("★★★★·"))
        stars = said(app, "last")
        assert not any(f"“{take.prompt}”" in stars or str(take.seed) in stars for take in takes)
        assert len(live(root)) == 1
        assert stage(app).pairing is pairing
        await pilot.press("ctrl+z")
        await until(pilot, lambda: said(app, "last") != stars)
        assert live(root) == []
        assert stage(app).pairing is pairing
        assert not any(isinstance(event, Retraction) for event in live(root))


async def test_unrated_means_by_this_listener_in_a_run_of_duels_too(open_app, add_takes, until, root):
    takes = add_takes(["one", "two", "three"])
    Judge(Journal.load(Library(root)).log("bob")).stars(takes[0].id, 3)
    Judge(Journal.load(Library(root)).log("ann")).stars(takes[1].id, 3)
    app = open_app("library")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.workspace.loaded)
        app.duel_request = DuelRequest("is:unrated")
        await app.go("duel")
        await until(pilot, lambda: app.screen.subject() is not None)
        assert {stage(app).pairing.a.id, stage(app).pairing.b.id} == {takes[0].id, takes[2].id}
