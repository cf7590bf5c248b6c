"""Makes the pictures in the README: the real app on a library that this script sketches and rates (`make pictures`)."""

from __future__ import annotations

import asyncio
import random
import re
import shutil
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeAlias

from textual.pilot import Pilot

from library.generators.recipes import grid
from library.jobs.run_and_wait import run_and_wait
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.judgement import AnyJudgement
from tui.app import EarmarkApp, make_app
from tui.playing.player.silent import SilentPlayer, Stopwatch
from tui.playing.waveform import Waveform
from tui.ranking.rank_list import RankList
from tui.session.duel_stage import DuelStage
from tui.session.session_screen import SessionScreen
from tui.session.session_summary import SessionSummary

FOLDER = Path(__file__).resolve().parent
COLUMNS = 120
LARGEST = 300_000
"""Bytes. Everybody who opens the README fetches the pictures."""

PROMPTS = {
    "slow dreamy night drive": 4.1,
    "bright arcade chase, fast": 3.0,
    "dark rainy city, minor": 3.4,
    "warm sunset over the sea": 4.6,
    "epic space hymn": 1.8,
    "sad neon waltz, piano": 2.5,
}
"""Each with the stars that this listener tends to give it."""
SEEDS = range(1, 9)
LENGTH_S = 20.0
HEARD_S = 1.5
"""Of each of two before one is said to be better."""
ANSWERS = 20
"""Of the session in the picture of its end."""
LISTENER = "ana"
HOME = Path("/tmp/ana")  # noqa: S108 - made by this script alone, or it stops
"""Gone afterwards. A name of its own, so that no picture shows whose machine made it."""
LIBRARY = HOME / "Music" / "Earmark"

WATCH = Stopwatch()
"""The player's clock. It stands still, unless a scene lets it run."""

Scene: TypeAlias = Callable[[EarmarkApp, Pilot[None]], Awaitable[None]]


def make_library(root: Path) -> None:
    """Sketch every prompt with every seed; judge three quarters of the takes. The same each time but for the date."""
    outcome = run_and_wait(Library(root), grid([*PROMPTS], SEEDS, generator="sketch", duration_s=LENGTH_S))
    if outcome.failures:
        sys.exit(f"A sketch failed: {outcome.failures[0].what}")
    chance = random.Random(411)  # noqa: S311 - a listener's taste, not a secret
    log = Journal.load(Library(root)).log(LISTENER)
    said: list[AnyJudgement] = []
    takes = list(Catalog.load(Library(root)))
    liking = {seed: chance.gauss(0, 0.5) for seed in SEEDS}
    for take in chance.sample(sorted(takes, key=lambda take: take.id), len(takes) * 3 // 4):
        stars = round(PROMPTS[take.prompt or ""] + liking[take.seed or 1] + chance.gauss(0, 0.6))
        heard_s = round(chance.uniform(5, LENGTH_S), 1)
        if stars < 2 and chance.random() < 0.6:
            said.append(log.reject(take.id, heard_s=heard_s, blind=True))
            continue
        said.append(log.stars(take.id, min(5, max(1, stars)), heard_s=heard_s, blind=True))
        if stars >= 5:
            said.append(log.pick(take.id, heard_s=heard_s))
    log.write(said)


async def library_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """The best take plays, with two marks and a note."""
    await pilot.press("s", "s", "s", "home", "enter")  # by stars, the first
    play_to(app, 4.2)
    await pilot.press("m")
    play_to(app, 13.5)
    await pilot.press("m")
    await pilot.press("n")
    await pilot.press(*("space" if letter == " " else letter for letter in "bass line for the second verse"))
    await pilot.press("enter")
    play_to(app, 8.3)


async def rate_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """Two takes are judged; the third is being heard, blind."""
    await pilot.press("r")
    await until(pilot, lambda: on_deck(app))
    for key in ("4", "2"):
        play_to(app, 9.0)
        await pilot.press(key)
        await pilot.pause(0.3)
    play_to(app, 7.1)


async def answer(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """Say of what is asked what this listener would say, and wait for the next question."""
    screen = app.screen
    assert isinstance(screen, SessionScreen)  # noqa: S101
    asked, session = screen.asked, screen.session
    if asked is None or session is None:
        return
    answers = len(session.answers)
    session.listen(random.Random(answers).uniform(6, 14))  # noqa: S311
    if asked.other is None:
        play_to(app, 11.0)
        await pilot.press(str(max(1, stars_for(app, asked.take))))
    else:
        ours, theirs = stars_for(app, asked.take), stars_for(app, asked.other)
        stage = screen.query_one(DuelStage)
        WATCH.run()
        await until(pilot, lambda: stage.pairing is not None and stage.pairing.heard_s(stage.pairing.first) > HEARD_S)
        await pilot.press("tab")
        await until(pilot, lambda: stage.pairing is not None and stage.pairing.unheard is None)
        WATCH.hold()
        first = asked.side == "a"
        await pilot.press("t" if ours == theirs else "a" if (ours > theirs) == first else "b")
    await until(pilot, lambda: len(session.answers) > answers and (bool(screen.page) or screen.asked is not asked))
    await pilot.pause(0.1)


def stars_for(app: EarmarkApp, name: str) -> int:
    """What this listener gives to that take, the same each time."""
    take = app.workspace.catalog.get(name)
    prompt = (take.prompt if take else None) or ""
    return min(5, max(1, round(PROMPTS[prompt] + random.Random(name).gauss(0, 0.6))))  # noqa: S311


async def duel_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """Two takes in turn, blind."""
    await pilot.press("d")
    await until(pilot, lambda: on_deck(app))
    play_to(app, 6.0)
    await pilot.press("tab")
    await pilot.pause(0.3)


async def summary_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """What a session came to: the one of the picture before, with more answers."""
    await pilot.press("r")
    await until(pilot, lambda: on_deck(app))
    screen = app.screen
    assert isinstance(screen, SessionScreen)  # noqa: S101
    for _ in range(ANSWERS):
        await answer(app, pilot)
        if screen.page:
            await pilot.press("enter")
            await until(pilot, lambda: not screen.page)
    await pilot.press("f")
    await until(pilot, lambda: app.screen.query_one(SessionSummary).display)


async def ranking_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """The best takes, and how sure that is."""
    await pilot.press("w")
    await until(pilot, lambda: app.screen.query_one("#take", RankList).current is not None)
    await pilot.press("enter")
    play_to(app, 5.0)


async def grid_scene(app: EarmarkApp, pilot: Pilot[None]) -> None:
    """Prompt by seed as a heatmap."""
    await pilot.press("w")
    await until(pilot, lambda: app.screen.query_one("#take", RankList).current is not None)
    await pilot.press("V", "V")
    await pilot.pause()
    await pilot.press("right", "right", "enter")
    play_to(app, 5.0)


SCENES: dict[str, tuple[Scene, int]] = {
    "library": (library_scene, 36),
    "rate": (rate_scene, 32),
    "duel": (duel_scene, 32),
    "summary": (summary_scene, 36),
    "ranking": (ranking_scene, 32),
    "grid": (grid_scene, 16),
}
"""What is shown, and in how many lines."""


def on_deck(app: EarmarkApp) -> bool:
    """Whether a take is on."""
    return app.deck.take is not None


def play_to(app: EarmarkApp, place_s: float) -> None:
    """Put the play head there; the player's clock stands still, so it stays."""
    app.deck.player.seek(place_s)


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    """Let the app work until `condition` holds."""
    async with asyncio.timeout(30):
        while not condition():
            await pilot.pause(0.05)


async def picture(scene: Scene, lines: int) -> str:
    """The app in that scene, as SVG."""
    app = make_app(LIBRARY, listener=LISTENER, player=SilentPlayer(WATCH.monotonic))
    async with app.run_test(size=(COLUMNS, lines)) as pilot:
        await until(pilot, lambda: app.workspace.loaded)
        await pilot.pause(0.3)
        await scene(app, pilot)
        await until(pilot, lambda: all(wave.outline for wave in app.screen.query(Waveform) if wave.is_on_screen))
        app.clear_notifications()
        await pilot.pause(0.5)
        svg = app.export_screenshot(title="Earmark")
    # Where a README is shown, a picture may load no font; each line has its length, so any monospaced one will do.
    svg = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return re.sub(r"terminal-\d+-", "t-", svg)


def main() -> None:
    """Write the pictures beside this script."""
    try:
        HOME.mkdir()
    except FileExistsError:
        sys.exit(f"{HOME} is there already: remove it, or wait for who makes pictures in it.")
    try:
        make_library(LIBRARY)
        for name, (scene, lines) in SCENES.items():
            svg = asyncio.run(picture(scene, lines))
            if str(Path.home()) in svg or str(FOLDER.parent) in svg or len(svg) > LARGEST:
                sys.exit(f"The picture {name} shows where it was made, or is too large ({len(svg):,} bytes).")
            (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")
    finally:
        shutil.rmtree(HOME)


if __name__ == "__main__":
    main()
