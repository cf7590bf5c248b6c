"""The real app in a terminal, as what hunts it sees it: its screen, its log, its memory, and what it wrote down."""

from __future__ import annotations

import re
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile

from library.library import Library
from library.store.catalog import BatchWriter, Catalog
from library.take import Take, digest_of, make_id, time_text, utc_now
from ratings.history import takes_of
from ratings.journal import Journal
from ratings.judgement import Duel, Reject, Stars
from tests.e2e.conftest import Terminal
from tests.hunt.keys import MOUSE_BUTTONS

RATE = 4000
FIRST_SEED = 70_001
"""Five digits that stand for a take wherever they stand on the screen."""
PROMPTS = ("zephyr over quartz", "slow obelisk", "mangrove [bold] rain", "夜の高速道路", "tango {a|b}", "", "drone “x”")
ASKING = ("Imagine it played live", "Which one is better?", "Put the best at the top")
PLACES = (*ASKING, "to filter: words", "Ranking", "Prompts (one per line)", "any key closes", "╭─ Export", "╭─ Import",
          "╭─ Commands", "╭─ Columns", "╭─ Labels", "╭─ Session", "╭─ Note", "╭─ Collections", "╭─ Librar", "╭─ Record",
          "selected", "What you liked")  # fmt: skip
TOLD = re.compile(r"last:|Undone|Extending|not saved")
"""Lines about what was answered before."""


def make_library(root: Path, count: int) -> None:
    """`count` takes with sound, of a few prompts, each of a seed of its own; half of them with answers."""
    batch = BatchWriter(Library(root))
    takes = []
    for number in range(count):
        noise = np.random.default_rng(number)
        seconds = 4 + number % 7
        swell = np.sin(np.pi * np.arange(seconds * RATE) / RATE / (1 + number % 5)) ** 2
        name = f"take {number}.flac"
        soundfile.write(batch.folder / name, 0.4 * swell * noise.uniform(-1, 1, seconds * RATE), RATE, subtype="PCM_16")
        takes.append(Take(
            id=make_id(digest_of(f"hunted {number}".encode())), batch=batch.name, file=name, duration_s=float(seconds),
            sample_rate=RATE, channels=1, created_at=utc_now(), prompt=PROMPTS[number % len(PROMPTS)] or None,
            seed=FIRST_SEED + number, generator="sketch", lufs=-14.0 - number % 9, true_peak_db=-3.0,
        ))  # fmt: skip
    batch.add(takes)
    log = Journal.load(Library(root)).log("bob")
    said = [log.stars(take.id, 1 + number % 5, heard_s=4.0) for number, take in enumerate(takes) if number % 2]
    said += [log.note(take.id, f"note {take.seed}") for take in takes[::9]]
    said += [log.mark(take.id, 2.0) for take in takes[::11]]
    log.write(said)


@dataclass(frozen=True)
class Seen:
    """What stood on the screen, and when: as judgements have it."""

    at: str
    text: str


@dataclass
class Hunted:
    """The app, and what is to be found out about it."""

    terminal: Terminal
    root: Path
    log: Path
    listener: str
    pace: float = 1.0
    """By which the time of listening is multiplied."""
    pressed: list[str] = field(default_factory=list)
    """All that was done, so that it can be done again."""
    met: Counter[str] = field(default_factory=Counter)
    """How often which screen and dialogue was seen."""
    _seen: list[Seen] = field(default_factory=list)
    _read: int = 0

    @property
    def pid(self) -> int | None:
        """Of the app; None when it has ended."""
        found = subprocess.run(["pgrep", "-P", self.terminal.pane_pid, "-f", "tui.cli.main"], capture_output=True,
                               text=True, check=False).stdout.split()  # fmt: skip
        return int(found[0]) if found else None

    def memory_mb(self) -> float:
        """What of it is in memory."""
        status = self._status()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024 if status else 0.0

    def _status(self) -> str:
        pid = self.pid
        return "" if pid is None else Path(f"/proc/{pid}/status").read_text()

    def look(self) -> str:
        """The screen now; remembered for `leaks`."""
        text = self.terminal.screen
        self.met.update(words for words in PLACES if words in text)
        if any(words in text for words in ASKING):
            self._seen.append(Seen(time_text(datetime.now(UTC)), text))
        return text

    def leaks(self) -> list[str]:
        """Screens that told a take before it was judged, by a judgement that calls itself blind."""
        history = Journal.load(Library(self.root)).history
        seeds = {take.id: str(take.seed) for take in Catalog.load(Library(self.root))}
        answers = [one for one in history.live() if isinstance(one, Stars | Reject | Duel)]
        own = sorted((one for one in answers if one.listener == self.listener), key=lambda one: one.at)
        found = []
        for before, judgement in pairwise([None, *own]):
            since = "" if before is None else before.at
            for seen in self._seen:
                if judgement is not None and judgement.blind and since < seen.at < judgement.at:
                    lines = [line for line in seen.text.splitlines() if not TOLD.search(line)]
                    told = [seeds[take] for take in takes_of(judgement) if seeds[take] in "\n".join(lines)]
                    if told and "Undone" not in seen.text:
                        found.append(f"{judgement}\n{told}\n{seen.text}")
        return found

    def faults(self) -> list[str]:
        """What nobody may ever see: an end that was not asked for, and tasks that broke down."""
        screen, found = self.terminal.screen, []
        if "left with" in screen:
            found.append(screen)
        if "Traceback" in screen or "Something went wrong" in screen:
            found.append(screen)
        if self.log.exists():
            text = self.log.read_text("utf-8", "replace")
            new, self._read = text[self._read :], len(text)
            if "Traceback" in new:
                found.append(new)
        return found

    # What is done to it

    def do(self, what: str, given: tuple[object, ...]) -> None:
        """What `keys.presses` says."""
        self.pressed.append(f"{what} {given}")
        match what, given:
            case "press", keys:
                for key in keys:
                    self._press(str(key))
            case "go", (key,):
                for _ in range(4):
                    self._press("Escape")
                self._press(str(key))
            case "listen", (seconds,):
                time.sleep(float(str(seconds)) * self.pace)
            case "write", (text,):
                self.terminal.write(str(text))
            case "command", (letter, down):
                self._command(str(letter), int(str(down)))
            case "mouse", (button, *place):
                self._mouse(str(button), *(float(str(part)) for part in place))
            case "resize", (columns, lines):
                self.terminal.resize(int(str(columns)), int(str(lines)))

    def _press(self, key: str) -> None:
        """Escape as the kitty protocol has it: what follows at once can't be read as typed with alt."""
        if key == "Escape":
            self.terminal.send(b"\x1b[27u")
        else:
            self.terminal.press(key)

    def _command(self, letter: str, down: int) -> None:
        """Any of the palette, but for the one that ends the app."""
        self.terminal.press("C-p")
        self.terminal.write(letter)
        self.terminal.press(*["Down"] * down)
        for _ in range(20):
            text = self.look()
            if f"{letter}▏" in text:
                break
        chosen = [line for line in text.splitlines() if "▎" in line]
        sure = f"{letter}▏" in text and chosen and not any("Quit" in line for line in chosen)
        self._press("Enter" if sure else "Escape")

    def _mouse(self, button: str, x: float, y: float, to_x: float, to_y: float) -> None:
        """Press and let go; not in the footer, whose last key ends the app."""
        lines = self.look().splitlines()[:-1] or [""]
        line, to_line = int(y * len(lines)), int(to_y * len(lines))
        width = max(map(len, lines), default=0) + 1
        column, to_column = int(x * width), int(to_x * width)
        code = MOUSE_BUTTONS.get(button, 0)
        self.terminal.mouse(code, column, line)
        if button == "drag":
            self.terminal.mouse(code + 32, to_column, to_line)
            column, line = to_column, to_line
        if code < MOUSE_BUTTONS["wheel up"]:
            self.terminal.mouse(code, column, line, up=True)
        if button == "double":
            self.terminal.mouse(code, column, line)
            self.terminal.mouse(code, column, line, up=True)
