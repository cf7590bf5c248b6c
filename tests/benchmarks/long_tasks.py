"""What one does at the app for hours, by its keys; each step is waited for on the screen or on the disk."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from library.catalog import Catalog
from tests.benchmarks.screens import COLUMNS, LINES, Screen

STARS = "342513524314"
ESCAPE, ENTER, TAB, LEFT, UNDO, MAKE = "\x1b", "\r", "\t", "\x1b[D", "\x1a", "\x07"
BRIEF_S = 0.15
"""Long enough for a side of a pair to have sounded for a few seconds, compressed."""
LIST = "to filter: words"
"""In the list, where its field is drawn, and on no other screen."""
DRAWN_S = 0.05
"""Long enough for a key to be drawn; a take that plays keeps the screen moving, so that no stillness would tell."""
RUNS, QUEUE_S = "✕", 0.6
"""What the line of a job has until it is done, and how often the queue is drawn anew at least."""
SIZES = ((80, 24), (200, 60), (COLUMNS, LINES))


class Listener:
    """Somebody at the app, in the Library screen between any two tasks."""

    def __init__(self, screen: Screen, root: Path, each_s: float) -> None:
        self.screen, self._root, self._each_s = screen, root, each_s
        self._folder = root / "sessions" / "ana"
        self._asked_before = self._made = False
        self.given = 0
        """Answers that reached the disk."""
        self.durable: list[float] = []
        """Seconds from each key in the list to the file under its name; `painted`: to stars on the screen."""
        self.painted: list[float] = []

    # In the list

    def judge(self, count: int) -> None:
        """The takes down the list, each as soon as it has been heard for a while."""
        for _ in range(count):
            before, durable, painted = self._files(), 0.0, 0.0
            self.screen.forget()
            began = time.perf_counter()
            self.screen.press(STARS[self.given % len(STARS)])
            while not (durable and painted):
                shown, now = self.screen.has("★", 0.0005), time.perf_counter() - began
                painted = painted or (now if shown else 0.0)
                durable = durable or (now if self._files() != before else 0.0)
                if now > 30:
                    raise SystemExit(f"answer {self.given + 1} never reached the {'screen' if durable else 'disk'}")
            self.durable.append(durable)
            self.painted.append(painted)
            self.given += 1
            self.screen.settle(self._each_s, self._each_s)

    def browse(self) -> None:
        """Filter, sort, seek, page, loop; a mark, a pick and a note, and an undo."""
        screen = self.screen
        screen.press("/")
        screen.settle(0.3, 0.3)  # before, the list would take the letter for a key of its own
        self._ask("z", "0 of")
        self._ask(ESCAPE, " judged")  # waited for: right before another key it would make one with it
        for key in ("s" * 7, "S", "S", "\x1b[6~", "\x1b[5~", "l", "l", LEFT):
            screen.press(key)
            screen.settle(DRAWN_S, DRAWN_S)
        for key in ("m", "p", UNDO):
            self._until_written(key)
        self._ask("n", "enter saves")
        self._until_written("fine until the bridge" + ENTER)

    # Elsewhere

    def look_at_ranking(self) -> None:
        """All views, the rows of each, and the sound's scale."""
        screen = self.screen
        self._ask("w", " takes judged", 60.0)
        for key in (*"vjvjvjvjv", "c", "c"):
            screen.press(key)
            screen.settle(DRAWN_S, DRAWN_S)
        self._back()

    def rate(self, count: int) -> None:
        """A session: whatever is asked, one take or two, and over its ends."""
        screen = self.screen
        self._ask("r", "unheard", 90.0)
        if self._asked_before:
            screen.press(ENTER)  # from the end of the session before
        self._asked_before = True
        for _ in range(count):
            self._answer("4", TAB, "a", ENTER)
        self._ask("f", "ranking", 60.0)
        self._back()

    def duel(self, count: int) -> None:
        """Pairs, heard on both sides."""
        self._ask("d", "Which one is better?", 90.0)
        for _ in range(count):
            self._answer(TAB, "a", TAB, "b")
        self._back()

    def use_dialogues(self) -> None:
        """Help, import, and an export of the ten best, those that are there already staying."""
        for key, shown in (("?", "any key closes"), ("i", "Import takes"), ("e", "Export the best")):
            self._ask(key, shown)
            if key == "e":
                self._ask(ENTER, "exported to", 60.0)
            else:
                self.screen.settle(0.2, 2.0)  # it is drawn twice, the list behind it too, and nothing moves after that
                self._back()

    def meet(self, write: Callable[[], None], more: int) -> None:
        """So many takes that another process writes come into the list."""
        count = len(Catalog.load(self._root)) + more
        self._ask(write, f"{count:,} take")

    def generate(self) -> None:
        """A short sketch; the same one again is no new take."""
        screen = self.screen
        self._ask("g", "Prompts, one a line")
        if not self._made:
            self._ask("slow rain", "4 takes")
            screen.press(TAB)
            screen.settle(0.3, 0.3)
            self._ask("7", "1 take")
            self._made = True
        self._ask(MAKE, RUNS)
        deadline = time.monotonic() + 90
        while screen.has(RUNS) or not screen.has("done"):
            screen.forget()
            screen.settle(QUEUE_S, QUEUE_S)
            if time.monotonic() > deadline:
                raise SystemExit("the sketches are never done")
        self._back()

    def resize(self) -> None:
        """Small, large, and as before."""
        for columns, lines in SIZES:
            self._ask(partial(self.screen.resize, columns, lines), " judged")

    def _ask(self, act: str | Callable[[], None], text: str, seconds: float = 30.0) -> None:
        """Do it, and wait for what it brings."""
        self.screen.answer(act, text, seconds, settle_s=DRAWN_S)

    def _back(self) -> None:
        """To the list, from another screen, and from a field there."""
        for _ in range(10):
            self.screen.settle(DRAWN_S, DRAWN_S)
            self.screen.forget()
            self.screen.press(ESCAPE)
            deadline = time.monotonic() + 3
            while time.monotonic() < deadline:
                if self.screen.has(LIST, 0.05):
                    return
        raise SystemExit("no way leads back to the list")

    def _answer(self, *keys: str) -> None:
        """Press these keys in turn, over and over, until one of them has answered."""
        before, deadline = self._files(), time.monotonic() + 60
        while True:
            for key in keys:
                self.screen.press(key)
                self.screen.settle(BRIEF_S, BRIEF_S)
                if self._files() != before:
                    self.given += 1
                    return
            if time.monotonic() > deadline:
                raise SystemExit("nothing that is asked can be answered")

    # On the disk

    def _until_written(self, keys: str) -> None:
        before, deadline = self._files(), time.monotonic() + 30
        self.screen.press(keys)
        while self._files() == before:
            self.screen.settle(0.01, 0.01)
            if time.monotonic() > deadline:
                raise SystemExit("what was said never reached the disk")

    def _files(self) -> dict[str, int]:
        """The files of judgements: a new one, or one written anew, is another inode."""
        with contextlib.suppress(FileNotFoundError):
            return {entry.name: entry.inode() for entry in os.scandir(self._folder) if entry.name.endswith(".json")}
        return {}
