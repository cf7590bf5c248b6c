"""Thousands of keys at random, clicks and new sizes over the whole app: `make hunt KEYS=2000 SECONDS=1800 SEED=1`.

Nothing may crash or break down, no take may be told before it is judged as blind, and memory has to stay where it is
after the first part of the time, however much is pressed. Linux only, for the memory.
"""

from __future__ import annotations

import argparse
import itertools
import json
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from library.library import Library
from ratings.journal import Journal
from tests.benchmarks.measuring import environment
from tests.e2e.conftest import Terminal
from tests.hunt.hunted import Hunted, make_library
from tests.hunt.keys import USUAL, presses

TAKES = 200
SETTLED_S = 300.0
"""So long memory may fill with what is kept: outlines, Textual's caches, the model."""
STRETCH_S = 300.0
GROWTH = 0.05
LOOK_EVERY = 10
"""Between so many things done the log is looked at."""
LAST = 25
"""So many of the things done are told with a fault."""


def opened(folder: Path, takes: int = TAKES) -> Hunted:
    """The app on a library of its own in `folder`."""
    root, home = folder / "library", folder / "home"
    env = environment(home)
    make_library(root, takes)
    terminal = Terminal(["--library", str(root)], env, USUAL, folder)
    log = home / ".local" / "state" / "earmark" / "log" / "earmark.log"
    hunted = Hunted(terminal, root, log, env["EARMARK_LISTENER"])
    terminal.wait_for(f"{takes} takes")
    return hunted


def hunt(hunted: Hunted, seed: int, keys: int, seconds: float = 0.0) -> list[tuple[float, float]]:
    """Do at least so much for at least so long: memory, in MB, by the seconds since the start. Raises AssertionError
    with what was done last when anything breaks."""
    began, memory = time.monotonic(), list[tuple[float, float]]()
    for number, (what, given) in enumerate(presses(seed)):
        now = time.monotonic() - began
        if number >= keys and now >= seconds:
            break
        if number % LOOK_EVERY == 0:
            check(hunted)
            memory.append((now, hunted.memory_mb()))
        hunted.do(what, given)
        hunted.look()
    check(hunted)
    return memory


def growth(memory: Sequence[tuple[float, float]]) -> float:
    """By which part of it memory has grown, from the first stretch after it has settled to the last one.

    The median of a stretch: a dialogue that happens to be open weighs some megabytes.
    """
    last = memory[-1][0]
    early = [size for at, size in memory if SETTLED_S <= at < SETTLED_S + STRETCH_S]
    late = [size for at, size in memory if at >= max(last - STRETCH_S, SETTLED_S + STRETCH_S)]
    return statistics.median(late) / statistics.median(early) - 1 if early and late else 0.0


def check(hunted: Hunted) -> None:
    found = hunted.faults()
    assert not found, "\n".join([*hunted.pressed[-LAST:], *found])


def come_to_rest(hunted: Hunted) -> None:
    """Leave what is open, and end the app as its users do. Raises AssertionError where it ends otherwise."""
    screen = hunted.terminal
    screen.resize(*USUAL)
    screen.wait_until(lambda shown: screen.press("Escape") or " Quit" in shown, "a way to leave")
    screen.wait_until(lambda shown: screen.press("q") or "left with" in shown, "an end")
    assert "left with 0" in screen.screen


def main() -> None:
    """Hunt, and print what was found."""
    parser = argparse.ArgumentParser(description="Keys at random over the whole app.")
    parser.add_argument("--keys", type=int, default=2000, help="so many things are done at least (2000)")
    parser.add_argument("--seconds", type=float, default=0.0, help="for so long at least; 1800 asks about memory")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6), help="the same again")
    asked = parser.parse_args()
    print(f"seed {asked.seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        hunted = opened(Path(name))
        try:
            memory = hunt(hunted, asked.seed, asked.keys, asked.seconds)
            come_to_rest(hunted)
            leaks = hunted.leaks()
            answers = Journal.load(Library(hunted.root)).history.live()
        finally:
            hunted.terminal.close()
    for minute, some in itertools.groupby(memory, key=lambda one: int(one[0] // 60)):
        print(f"  minute {minute:2}: {max(size for _, size in some):.1f} MB")
    print(dict(hunted.met), f"{len(answers):,} judgements, {sum(one.blind for one in answers)} of them blind")
    print(f"{len(hunted.pressed):,} things done in {memory[-1][0]:,.0f} s; {len(leaks)} leaks")
    print(*leaks, sep="\n\n")
    grown = growth(memory)
    print(json.dumps({"keys": len(hunted.pressed), "leaks": len(leaks), "grown": round(grown, 4)}))
    sys.exit(bool(leaks) or grown > GROWTH)


if __name__ == "__main__":
    main()
