"""What one does at the app for hours, by its keys; each step is waited for on the screen or on the disk."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from library.library import Library
from library.store.catalog import Catalog
from tests.benchmarks.screens import COLUMNS, LINES, Screen

STARS = "342513524314"
ESCAPE, ENTER, TAB, LEFT, UNDO, MAKE = "\x1b", "\r", "\t", "\x1b[D", "\x1a", "\x07"
BRIEF_S = 0.15
"""Long enough for a side of a pair to have sounded for a few seconds, compressed."""
LIST = "to filter: words"
"""In the list, where its field is drawn, and on no other screen."""
HELP, IMPORT, EXPORT = "any key closes", "Import takes", "only picked takes"
"""In the dialogues, behind which the list can be seen."""
DRAWN_S = 0.05
"""Long enough for a key to be drawn; a take that plays keeps the screen moving, so that no stillness would tell."""
RUNS = "✕"
"""What the line of a job has until it is done."""
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
        self._ask("z", "0 of")
        self._back()
        for key in ("s" * 7, "S", "S", "\x1b[6~", "\x1b[5~", "l", "l", LEFT):
            screen.press(key)
            screen.settle(DRAWN_S, DRAWN_S)
        self._until_one_writes(ENTER, "m")  # of a take that may just have come to its end
        for key in ("p", UNDO):
            self._until_written(key)
        self._ask("n", "Enter save")
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
        for key, shown in (("?", HELP), ("i", IMPORT), ("e", EXPORT)):
            self._ask(key, shown)
            if key == "e":
                self._ask(ENTER, "exported to", 60.0)
            self._back()

    def meet(self, write: Callable[[], None], more: int) -> None:
        """So many takes that another process writes come into the list."""
        count = len(Catalog.load(Library(self._root))) + more
        self._ask(write, f"{count:,} take")

    def generate(self) -> None:
        """A short sketch; the same one again is no new take."""
        screen = self.screen
        self._ask("g", "Prompts (one per line)")
        if not self._made:
            self._ask("slow rain", "4 takes")
            screen.press(TAB)
            screen.settle(0.3, 0.3)
            self._ask("7", "1 take")
            self._made = True
        screen.answer(MAKE, RUNS, settle_s=DRAWN_S)  # it may not stand there for long
        if not screen.stands(lambda shown: RUNS not in shown and "done" in shown, 90.0):
            raise SystemExit(f"the sketches are never done; {screen}")
        self._back()

    def resize(self) -> None:
        """Small, large, and as before."""
        for columns, lines in SIZES:
            self.screen.answer(partial(self.screen.resize, columns, lines), " judged", settle_s=DRAWN_S)

    def _ask(self, act: str | Callable[[], None], text: str, seconds: float = 30.0) -> None:
        """Do it, and wait until what it brings stands on the screen."""
        self.screen.settle(DRAWN_S, DRAWN_S)
        if callable(act):
            act()
        else:
            self.screen.press(act)
        if not self.screen.stands(lambda screen: text in screen, seconds):
            raise SystemExit(f"{act!r} was never answered by {text!r}; {self.screen}")

    def _back(self) -> None:
        """To the list, from another screen, and from a field there."""
        for _ in range(10):
            # Waited for: right before another key it would make one with it.
            self.screen.press(ESCAPE)
            if self.screen.stands(_is_list, 3.0):
                return
        raise SystemExit(f"no way leads back to the list; {self.screen}")

    def _answer(self, *keys: str) -> None:
        """Press these keys in turn, over and over, until one of them has answered."""
        self._until_one_writes(*keys)
        self.given += 1

    # On the disk

    def _until_written(self, keys: str) -> None:
        before, deadline = self._files(), time.monotonic() + 30
        self.screen.press(keys)
        while self._files() == before:
            self.screen.settle(0.01, 0.01)
            if time.monotonic() > deadline:
                raise SystemExit(f"what was said never reached the disk; {self.screen}")

    def _until_one_writes(self, *keys: str) -> None:
        """Press these keys in turn, over and over, until one of them has been written down."""
        before, deadline = self._files(), time.monotonic() + 60
        while time.monotonic() < deadline:
            for key in keys:
                self.screen.press(key)
                self.screen.settle(BRIEF_S, BRIEF_S)
                if self._files() != before:
                    return
        raise SystemExit(f"nothing that is said reaches the disk; {self.screen}")

    def _files(self) -> dict[str, int]:
        """The files of judgements: a new one, or one written anew, is another inode."""
        with contextlib.suppress(FileNotFoundError):
            return {entry.name: entry.inode() for entry in os.scandir(self._folder) if entry.name.endswith(".json")}
        return {}


def _is_list(screen: str) -> bool:
    """Whether the keys go to the list."""
    return LIST in screen and not any(title in screen for title in (HELP, IMPORT, EXPORT))
