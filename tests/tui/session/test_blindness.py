"""Blind is blind: nothing tells the take while a question is open, or the answer is not blind."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Duel, Stars
from tests.judging import Judge
from tests.snapshots.drawing import cells_of, characters
from tui.frame.mode_bar import ModeBar
from tui.frame.player_bar import PlayerBar
from tui.frame.take_list import TakeList
from tui.messages import PlayheadMoved
from tui.playing.player.silent import SilentPlayer
from tui.playing.waveform import Waveform
from tui.session.duel_stage import DuelStage

SIZE = (120, 40)
RATE = 8000
WORDS = ("zephyr", "quartz", "obelisk", "mangrove")
HEARD = re.compile(r"\d+:\d\d heard")
"""The session's own time, which comes to every take's length in turn."""


def lay_takes(library, root, words):
    """Takes with words, seeds and lengths of their own; with marks, notes and stars of an earlier day."""
    noise = np.random.default_rng(0)
    made = [
        library(noise.uniform(-0.5, 0.5, (20 + 7 * place) * RATE), prompt=word, seed=70010 + place, generator="sketch")
        for place, word in enumerate(words)
    ]
    bob = Judge(Journal.load(Library(root)).log("bob"))
    for take in made:
        bob.stars(take.id, 4)
        bob.note(take.id, f"note of {take.prompt}")
        bob.mark(take.id, 12.0)
    return made


@pytest.fixture
def takes(library, root):
    return lay_takes(library, root, WORDS)


def read(app):
    """All that stands on the screen."""
    return "\n".join(characters(cells_of(app.export_screenshot(), *SIZE)))


def told(app, takes, but=()):
    """What on the screen tells one of these from others, `but` on lines with one of these words."""
    lines = [line for line in read(app).splitlines() if not any(word in line for word in but)]
    text, found = HEARD.sub("", "\n".join(lines)), []
    for take in takes:
        minutes = f"{int(take.duration_s) // 60}:{int(take.duration_s) % 60:02d}"
        found += [word for word in (take.prompt, str(take.seed), take.id[:8], take.file, minutes) if word in text]
    return found


def pointed_out(app, takes):
    """What a screen that lists all takes says of the one that is on."""
    screen, names = app.screen, [word for take in takes for word in (take.prompt, str(take.seed))]
    lines = [screen.query_one(bar).render_line(0).text for bar in (PlayerBar, ModeBar)]
    lines += [line for line in read(app).splitlines() if "▶" in line]
    found = [name for name in names if any(name in line.partition("cursor:")[0] for line in lines)]
    waves = [wave for wave in screen.query(Waveform) if wave.take in takes]
    return found + [wave.id for wave in waves if any("│" in wave.render_line(y).text for y in range(wave.size.height))]


def asked(app):
    screen = app.get_screen_stack(app.opening.screen)[0]
    pairing = screen.query_one(DuelStage).pairing
    pair = app.opening.screen == "duel" or screen.asked.other is not None
    return [pairing.a, pairing.b] if pair else [screen.subject()]


# Screens are changed by the app itself, as keys do it: from here a change could meet one that a key has begun.


async def begun(app, pilot, until):
    await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None and app.deck.take is not None)
    await until(pilot, lambda: app.screen.blind)


async def answer(app, pilot, until, clock, root, takes):
    """The answer to the open question, from the journal."""
    app.call_later(app.go, app.opening.screen)
    await until(pilot, lambda: app.current_mode == app.opening.screen and app.deck.is_on(app.screen.subject()))
    for _ in range(2):
        clock.now += 3
        await pilot.press("tab")
    await pilot.press("3" if len(takes) == 1 else "a")
    kind = Stars if len(takes) == 1 else Duel

    def own():
        live = Journal.load(Library(root)).history.live()
        return [one for one in live if isinstance(one, kind) and one.listener == "ann"]

    await until(pilot, own)
    return own()[-1]


async def look(app, pilot, until, take):
    """In the Library, put the cursor on it."""
    await pilot.press("escape")
    await until(pilot, lambda: app.current_mode == "library" and app.screen.query_one(TakeList).rows)
    while app.screen.subject().id != take.id:
        await pilot.press("up" if app.screen.query_one(TakeList).cursor else "end")
    await until(pilot, lambda: app.screen.query_one(Waveform).take == take)


async def play(app, pilot, until, take):
    await look(app, pilot, until, take)
    await pilot.press("enter")
    await until(pilot, lambda: take.prompt in app.screen.query_one(PlayerBar).render_line(0).text)


async def show_and_hide(app, pilot, until, take):
    for _ in range(2 if app.current_mode == "duel" else 3):
        await pilot.press("h")


@pytest.mark.parametrize("reveal", [look, play, show_and_hide])
@pytest.mark.parametrize("start", ["rate", "duel"])
async def test_who_has_seen_it_does_not_answer_blind(open_app, takes, until, clock, root, start, reveal):
    app = open_app(start)
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot, until)
        open_takes = asked(app)
        await reveal(app, pilot, until, open_takes[-1])
        assert not (await answer(app, pilot, until, clock, root, open_takes)).blind


async def test_a_verdict_that_was_named_and_undone_is_not_blind_again(open_app, takes, until, clock, root):
    app = open_app("rate")
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot, until)
        (first,) = asked(app)
        given = await answer(app, pilot, until, clock, root, [first])
        assert given.blind
        await pilot.press("ctrl+z")
        await until(pilot, lambda: app.deck.is_on(first))
        again = await answer(app, pilot, until, clock, root, [first])
        assert again.id != given.id
        assert not again.blind


async def test_who_goes_back_to_a_take_that_was_named_does_not_answer_blind_where_it_is_hidden_now(
    open_app, takes, until, root
):
    app = open_app("rate")
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot, until)
        while app.screen.asked.other is not None:
            app.screen.step(1)
        first = app.screen.subject()

        def stars():
            live = Journal.load(Library(root)).history.live(first.id)
            return [one for one in live if isinstance(one, Stars) and one.listener == "ann"]

        await pilot.press("4")
        await until(pilot, lambda: stars() and app.screen.subject() is not first)
        assert stars()[-1].blind
        await pilot.press("up")
        await until(pilot, lambda: app.screen.subject().id == first.id)
        assert told(app, [first])
        await pilot.press("h")
        await until(pilot, lambda: app.screen.blind)
        await pilot.press("2")
        await until(pilot, lambda: stars()[-1].stars == 2)
        assert not stars()[-1].blind


async def test_a_take_that_breaks_down_is_not_named_by_its_file(open_app, takes, until, monkeypatch):
    whole = SilentPlayer.playhead
    monkeypatch.setattr(SilentPlayer, "playhead", lambda self: replace(whole(self), error=f"{takes} is cut off."))
    app = open_app("rate")
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await begun(app, pilot, until)
        await until(pilot, lambda: any(notice.severity == "error" for notice in app.notices))
        assert told(app, asked(app)) == []
        assert not any(word in notice.message for notice in app.notices for word in WORDS)


async def test_a_screen_that_one_comes_back_to_names_at_no_moment_what_is_hidden_now(
    open_app, takes, until, monkeypatch
):
    monkeypatch.setattr("tui.app.TICK_S", 1000.0)
    app = open_app("duel")
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot, until)
        screen, open_takes = app.screen, asked(app)
        await pilot.press("h")
        screen.post_message(PlayheadMoved(app.deck.playhead()))
        await until(pilot, lambda: told(app, open_takes))
        await app.go("generate")
        app.remember(blind=True)
        app.workspace.blindfold.forget(*(take.id for take in open_takes))
        await app.go("duel")
        await pilot.press("ctrl+p")
        assert told(app, open_takes) == []


async def test_who_rates_a_single_take_knows_which(open_app, takes, until, clock, root):
    app = open_app("rate", only="seed:70012")
    async with app.run_test(size=SIZE) as pilot:
        await begun(app, pilot, until)
        assert not (await answer(app, pilot, until, clock, root, [takes[2]])).blind


@pytest.mark.parametrize("start", ["rate", "duel"])
async def test_what_was_asked_openly_is_not_blind_when_it_is_hidden_later(open_app, takes, until, clock, root, start):
    app = open_app(start)
    app.settings = app.settings.__class__(blind=False)
    async with app.run_test(size=SIZE) as pilot:
        await until(pilot, lambda: app.screen.is_mounted and app.screen.subject() is not None)
        await until(pilot, lambda: app.deck.take is not None)
        open_takes = asked(app)
        await pilot.press("h")
        await until(pilot, lambda: app.workspace.blindfold.hides(open_takes[0].id))
        assert not (await answer(app, pilot, until, clock, root, open_takes)).blind
