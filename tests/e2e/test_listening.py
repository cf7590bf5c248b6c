"""A listener with a known taste through a whole session: left, killed, resumed on another machine, and summed up."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
from pathlib import Path

import numpy as np
import pytest

from library.library import Library
from library.store.catalog import Catalog
from ratings.history import History
from ratings.journal import Journal
from ratings.judgement import Duel, Reject, Stars
from ratings.ranking.ranking import rank
from ratings.report import row_json
from ratings.session.plan import SessionPlans
from ratings.session.session import Session
from tests.e2e.conftest import until

pytestmark = pytest.mark.e2e

PROMPTS = ("night drive", "day walk", "slow rain", "bright chase", "calm sea")
BEST = 3
ON_SHOW = re.compile(r"“([^”]+)” · seed (\d+)")
SIDE = re.compile(r"([AB])   (?:playing|heard \d+ s|not heard yet) +“([^”]+)” · seed (\d+)")
ANSWERS = re.compile(r"(\d+) answers? ·")


class Listener:
    """Reads the names off the screen, and answers by taste and with some noise."""

    def __init__(self) -> None:
        rng = np.random.default_rng(41)
        of_prompt = dict(zip(PROMPTS, rng.normal(0, 0.6, len(PROMPTS)), strict=True))
        self.worth = {
            (prompt, seed): of_prompt[prompt] + rng.normal(0, 0.8) for prompt in PROMPTS for seed in (1, 2, 3)
        }
        self._noise = np.random.default_rng(42)
        self.asked: list[tuple[str, int]] = []

    def stars(self, name: tuple[str, int]) -> str:
        feels = self.worth[name] + 0.3 * self._noise.normal()
        first = name not in self.asked
        self.asked.append(name)
        if feels < -0.9 and first:
            return "x"
        return str(1 + int(np.searchsorted([-0.9, -0.3, 0.3, 0.9], feels)))

    def better(self, a: tuple[str, int], b: tuple[str, int]) -> str:
        gap = self.worth[a] - self.worth[b] + 0.2 * self._noise.normal()
        return "t" if abs(gap) < 0.15 else "a" if gap > 0 else "b"


def answers(screen: str) -> int:
    found = ANSWERS.search(screen)
    return int(found[1]) if found else 0


def on_show(screen: str) -> list[tuple[str, int]]:
    """The takes that are asked about: of a pair A, then B. The last verdict's line names one that is not."""
    pair = sorted(SIDE.findall(screen))
    if len(pair) == 2:
        return [(prompt, int(seed)) for _, prompt, seed in pair]
    lines = [line for line in screen.splitlines() if "last:" not in line and "· sketch" in line]
    return [(prompt, int(seed)) for line in lines for prompt, seed in ON_SHOW.findall(line)]


class Question:
    """Holds when the screen has had another question than `before`, after so many answers, for a while; or the end."""

    def __init__(self, count: int, before: list[tuple[str, int]] | None = None) -> None:
        self._count, self._before = count, before
        self._shown: list[tuple[int, list[tuple[str, int]]]] = []

    def __call__(self, screen: str) -> bool:
        """Whether to read the screen now."""
        self._shown.append((answers(screen), on_show(screen)))
        count, asked = last = self._shown[-1]
        another = count == self._count and asked not in ([], self._before)
        return is_over(screen) or (another and self._shown[-4:] == [last] * 4)


def is_over(screen: str) -> bool:
    return "What you liked" in screen


def listen(app, who: Listener, first: int, last: int) -> bool:
    """Answer what is asked after the `first` answers, up to the `last`-th; whether the session came to its end."""
    takes: list[tuple[str, int]] | None = None
    for given in range(first, last):
        screen = app.wait_until(Question(given, takes), f"a question after {given} answers")
        if is_over(screen):
            return True
        takes = on_show(screen)
        answer(app, screen, who.stars(takes[0]) if len(takes) == 1 else who.better(*takes))
    return is_over(app.wait_until(Question(last, takes), f"a question after {last} answers"))


def answer(app, asked: str, key: str) -> None:
    """Give an answer; of a pair both have to be heard before, and the app says which one it wants to be."""
    app.press(key)

    def gone(screen: str) -> bool:
        if is_over(screen) or answers(screen) != answers(asked) or on_show(screen) != on_show(asked):
            return True
        if len(on_show(asked)) == 2:
            told = re.search(r"long enough yet: (tab|enter)", screen)
            app.press(*([told[1].capitalize()] if told else []), key)
        return False

    app.wait_until(gone, f"an answer to {on_show(asked)}")


def kill(app) -> None:
    """End the app as a power cut would."""
    shell = app.pane_pid
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", shell], capture_output=True, text=True, check=True).stdout
    for child in children.split():
        os.kill(int(child), signal.SIGKILL)
    app.wait_for("left with 137")


def of_plan(root: Path):
    """The plan on disk, and the judgements that belong to it."""
    (record,) = SessionPlans(Library(root), "ana", "test").records()
    live = Journal.load(Library(root)).history.live()
    return record, [event for event in live if record.holds(event)]


def headless(root: Path) -> Session:
    """The session as the files have it."""
    record, _ = of_plan(root)
    catalog, history = Catalog.load(Library(root)), Journal.load(Library(root)).history
    ids = [take.id for take in catalog]
    return Session.begin(
        record.plan, takes=list(catalog), selected=ids, judgements=history.live, listener="ana", belongs=record.holds
    )


def test_a_whole_session_left_killed_and_resumed_elsewhere(terminal, earmark, library, tmp_path):
    earmark("generate", *PROMPTS, "--seeds", "1-3", "--duration", 1)
    who = Listener()
    app = terminal("rate", "--best", BEST, "--minutes", 20)
    app.wait_for("15 takes", "blind")
    app.press("h")
    app.wait_for("at the end")
    app.press("h")
    app.wait_until(lambda screen: bool(on_show(screen)), "a name")
    assert not listen(app, who, 0, 9)
    app.press("q")
    app.wait_for("left with 0")
    record, said = of_plan(library)
    assert (record.plan.best, record.plan.minutes, record.plan.ended) == (BEST, 20.0, False)
    assert len(said) == 9

    elsewhere = tmp_path / "another machine" / "library"
    shutil.copytree(library, elsewhere)
    there = {"EARMARK_LIBRARY": str(elsewhere)}
    app = terminal("rate", env=there)
    screen = app.wait_until(Question(9), "the question it was left at")
    expected = Catalog.load(Library(elsewhere)).get(headless(elsewhere).question.take)
    assert (expected.prompt, expected.seed) in on_show(screen)
    ended = listen(app, who, 9, 13)
    until(lambda: ended or len(of_plan(elsewhere)[1]) == 13, "the last answer on disk")
    kill(app)
    _, said = of_plan(elsewhere)
    assert ended or len(said) == 13, "what was answered is on disk"
    used = sum(event.spent_s for event in said)
    assert used > 0

    app = terminal("rate", env=there)
    screen = app.wait_until(Question(13), "the question it was killed at")
    minutes, seconds = map(int, re.search(r"(\d+):(\d\d) left", screen).groups())
    assert 20 * 60 - used - 3 <= minutes * 60 + seconds <= 20 * 60 - used + 1
    if not listen(app, who, 13, 60):
        app.press("f")
    app.wait_for("liked", "consistent")
    app.press("q")
    app.wait_for("left with 0")
    record, said = of_plan(elsewhere)
    assert record.plan.ended
    assert {Stars} <= {type(event) for event in said} <= {Stars, Duel, Reject}
    assert len({event.session for event in said}) == 3
    assert Journal.load(Library(library)).history.live() == [event for event in said if event in said[:9]]

    found = earmark("top", "-n", BEST, "--json", "--library", elsewhere).json["ranking"]
    shuffled = random.Random(1).sample(said, len(said))
    rows = rank(Catalog.load(Library(elsewhere)), History(shuffled), top=BEST)[:BEST]
    assert found == [row_json(row, "take") for row in rows]
    catalog = Catalog.load(Library(elsewhere))
    picked = [who.worth[catalog.get(row["take"]).prompt, catalog.get(row["take"]).seed] for row in found]
    assert np.mean(sorted(who.worth.values())[-BEST:]) - np.mean(picked) < 0.4
