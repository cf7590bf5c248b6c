"""100,000 takes and 20,000 judgements: keys in the list, from key to painted answer, and commands as whole processes.

Run it by itself: `python tests/benchmarks/bench_library.py`. Needs Linux (/proc) for what the main thread worked.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.make_library import SOUNDS, make_library
from tests.benchmarks.measuring import PROGRAM, Cost, Table, environment, exponent, median, run, scaled
from tests.benchmarks.screens import Screen

SIZES = scaled((0, 1000, 100_000), (0, 200, 400))
LARGE = max(SIZES)
ROUNDS = scaled(3, 1)
KEY_MS = 50.0
COMMAND_S = 2.5
OPENING_S = 2.0
STEPS = scaled(10, 1)
BEST, FEW = scaled(20, 2), 2
"""Takes to export, of a large and of a small library: so many have sounds of their own and are the best."""
COMMANDS = {
    "list": ["list"],
    "list --json": ["list", "--json"],
    "list --unrated --json": ["list", "--unrated", "--json"],
    "top": ["top"],
    "top --by prompt": ["top", "--by", "prompt"],
    f"export -n {BEST}": ["export"],
}
ORDERS = ("prompt", "seed", "stars", "duration", "loudness", "generator", "model", "listeners", "newest")
FILTERS = scaled(("neon", "seed:411", "is:unrated", "stars:>=4"), ("neon",))
DOWN, PAGE_DOWN, END, HOME, BACKSPACE, ESCAPE = "j", "\x1b[6~", "\x1b[F", "\x1b[H", "\x7f", "\x1b"


def main() -> None:
    """Print the tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            sounds = SOUNDS if size == LARGE else FEW
            make_library(folder / str(size), batches=size // 100, judgements=size // 5, sounds=sounds)
        env = environment(folder / "home")
        opening(folder, env)
        keys(folder, env)
        commands(folder, env)


def opening(folder: Path, env: dict[str, str]) -> None:
    """From the start of the process to all takes listed, by turns over the sizes."""
    table = Table(f"Opening the app, until all takes are listed, medians of {ROUNDS}")
    costs: dict[int, list[Cost]] = {size: [] for size in SIZES}
    for _ in range(ROUNDS):
        for size in SIZES:
            with Screen([*PROGRAM, "--library", str(folder / str(size))], env) as screen:
                costs[size].append(screen.until(f"{size:,} take" if size else "library is empty"))
    middle = {size: median(some) for size, some in costs.items()}
    beyond = {size: max(middle[size].cpu_s - middle[0].cpu_s, 0.005) for size in SIZES[1:]}
    table.line(f"{LARGE:,} takes", middle[LARGE].wall_s, "s", OPENING_S,
               note=f"cpu {middle[LARGE].cpu_s:.2f} s, empty {middle[0].cpu_s:.2f} s; "
               f"exponent from {SIZES[1]:,}: {exponent(beyond):.2f}")  # fmt: skip


def keys(folder: Path, env: dict[str, str]) -> None:
    """What is pressed in the list."""
    table = Table(f"Keys at {LARGE:,} takes: from the key to the painted answer, and work of the main thread")
    with Screen([*PROGRAM, "--library", str(folder / str(LARGE))], env) as screen:
        screen.until(f"{LARGE:,} take")
        screen.settle(2.0)
        cursor = [screen.answer(key) for key in (*DOWN * STEPS, *[PAGE_DOWN] * STEPS, END, HOME, END, HOME)]
        show(table, "cursor move (line, page, end)", cursor)
        typed, erased = [], []
        for words in FILTERS:
            screen.press("/")
            # A term that is still being typed is passed over: the first letters of `seed:` change nothing in the count.
            typed += [screen.answer(letter, f"{LARGE:,} takes") for letter in words]
            erased += [screen.answer(BACKSPACE, f"{LARGE:,} takes") for _ in words]
            screen.press(ESCAPE)
        show(table, "filter keystroke", typed)
        show(table, "filter keystroke erased", erased)
        screen.settle()
        show(table, "sort by the next column", [screen.answer("s", f"↓ {order}") for order in (*ORDERS, *ORDERS)])
        show(table, "reverse the order", [screen.answer("S", arrow) for arrow in "↑↓" * 3])
        arrivals = []
        for number in range(1, scaled(6, 2)):
            other = folder / f"other-{number}"
            make_library(other, batches=1, judgements=0, sounds=0, salt=number)
            arrive = partial(
                _arrive, next((other / "batches").iterdir()), folder / str(LARGE) / "batches" / f"n{number}"
            )
            arrivals.append(screen.answer(arrive, f"{LARGE + 100 * number:,} take"))
        table.line("100 takes of another process, listed", median(arrivals).wall_s, "s", 2.0,
                   note=f"work {1000 * median(arrivals).cpu_s:.0f} ms")  # fmt: skip
        table.line("memory after all that", screen.memory_mb(), "MB", 400)


def _arrive(batch: Path, there: Path) -> None:
    """The folder of a batch comes into the library, whole."""
    batch.rename(there)


def show(table: Table, what: str, costs: Sequence[Cost]) -> None:
    """A line for the median of what is felt, one for what the machine's load does not change."""
    wall = [1000 * cost.wall_s for cost in costs]
    work = sorted(1000 * cost.cpu_s for cost in costs)
    table.line(what, statistics.median(wall), "ms", KEY_MS,
               note=f"work {statistics.median(work):.0f} ms, at most {work[-1]:.0f}; n {len(costs)}")  # fmt: skip


def commands(folder: Path, env: dict[str, str]) -> None:
    """The command line, by turns over the sizes."""
    table = Table(f"Commands at {LARGE:,} takes and {LARGE // 5:,} judgements, whole processes, medians of {ROUNDS}")
    for name, words in COMMANDS.items():
        costs: dict[int, list[Cost]] = {size: [] for size in SIZES}
        for number in range(ROUNDS):
            for size in SIZES:
                command = [*PROGRAM, "--library", str(folder / str(size)), *words]
                if "export" in words:
                    command += ["-n", str(BEST if size == LARGE else FEW), str(folder / f"export-{size}-{number}")]
                costs[size].append(run(command, env, cwd=folder))
        middle = {size: median(some) for size, some in costs.items()}
        beyond = {size: max(middle[size].cpu_s - middle[0].cpu_s, 0.005) for size in SIZES[1:]}
        table.line(name, middle[LARGE].wall_s, "s", COMMAND_S,
                   note=f"cpu {middle[LARGE].cpu_s:.2f} s, empty {middle[0].cpu_s:.2f} s; "
                   f"exponent from {SIZES[1]:,}: {exponent(beyond):.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
