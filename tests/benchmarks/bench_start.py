"""From the command to the first painted frame, and to all takes listed; beside a bare Textual app.

Run it by itself: `python tests/benchmarks/bench_start.py [rounds]`. Needs Linux (/proc) for processor time and memory.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.make_library import make_library
from tests.benchmarks.measuring import PROGRAM, Cost, Table, environment, exponent, median, scaled
from tests.benchmarks.screens import Screen

ROUNDS = scaled(7, 1)
SIZES = scaled((0, 1000, 100_000), (0, 100, 200))
EMPTY, SMALL, LARGE = SIZES
FRAME = "Library"
BARE = """
from textual.app import App
from textual.widgets import Static

class Bare(App):
    BINDINGS = [("q", "quit", "Quit")]
    def compose(self):
        yield Static("Library")

Bare().run()
"""


def main() -> None:
    """Print the table."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            make_library(folder / str(size), batches=size // 100, judgements=size // 5)
        (folder / "bare.py").write_text(BARE)
        measure(folder, rounds)


def measure(folder: Path, rounds: int) -> None:
    """All programs by turns, so that what else the machine does falls on all alike."""
    env = environment(folder / "home")
    bare: list[Cost] = []
    frames: dict[int, list[Cost]] = {size: [] for size in SIZES}
    listed: dict[int, list[Cost]] = {size: [] for size in SIZES}
    resident: list[float] = []
    peak: list[float] = []
    for _ in range(rounds + 1):
        with Screen([sys.executable, str(folder / "bare.py")], env) as screen:
            bare.append(screen.until(FRAME))
        for size in SIZES:
            with Screen([*PROGRAM, "--library", str(folder / str(size))], env) as screen:
                frames[size].append(screen.until(FRAME))
                listed[size].append(screen.until(f"{size:,} take"))
                if size == LARGE:
                    screen.until("judged")
                    resident.append(screen.memory_mb())
                    peak.append(screen.memory_mb("VmHWM"))
    # The first round fills the caches, of compiled modules too.
    frame = {size: median(costs[1:]) for size, costs in frames.items()}
    last = {size: median(costs[1:]) for size, costs in listed.items()}
    alone = median(bare[1:])
    table = Table(f"Start, medians of {rounds}: a whole process in a pseudo-terminal of 120 x 40")
    table.line("bare Textual app, first frame", alone.wall_s, "s", note=f"cpu {alone.cpu_s:.2f} s")
    for size, cost in frame.items():
        table.line(f"first frame, {size:,} takes", cost.wall_s, "s", note=f"cpu {cost.cpu_s:.2f} s")
    empty, full = frame[EMPTY], frame[LARGE]
    table.line(f"{LARGE:,} takes to empty", _ratio(frames[LARGE], frames[EMPTY]), "x", 1.5,
               note=f"cpu {full.cpu_s / empty.cpu_s:.2f} x")  # fmt: skip
    table.line("empty to bare app", _ratio(frames[EMPTY], bare), "x", note=f"cpu {empty.cpu_s / alone.cpu_s:.2f} x")
    table.line(f"{LARGE:,} takes to bare app", _ratio(frames[LARGE], bare), "x", 2.5,
               note=f"cpu {full.cpu_s / alone.cpu_s:.2f} x")  # fmt: skip
    for size, cost in last.items():
        since = statistics.median(b.wall_s - a.wall_s for a, b in zip(frames[size][1:], listed[size][1:], strict=True))
        table.line(f"all {size:,} takes listed, from the start", cost.wall_s, "s", 2.0 if size == LARGE else None,
                   note=f"cpu {cost.cpu_s:.2f} s; {since:.2f} s after the first frame")  # fmt: skip
    table.line(f"memory with {LARGE:,} takes", statistics.median(resident[1:]), "MB", 400,
               note=f"at most {statistics.median(peak[1:]):.0f} MB")  # fmt: skip
    reading = {size: max(last[size].cpu_s - last[EMPTY].cpu_s, 0.01) for size in (SMALL, LARGE)}
    table.line(f"exponent of reading, {SMALL:,} to {LARGE:,} (cpu)", exponent(reading), "", 1.1)


def _ratio(over: list[Cost], under: list[Cost]) -> float:
    """Median of the ratios of one round each: what slows the machine down for a while slows both."""
    return statistics.median(a.wall_s / b.wall_s for a, b in zip(over[1:], under[1:], strict=True))


if __name__ == "__main__":
    main()
