"""From the key to the disk: a judgement made in the real app, in libraries of every size.

Run it by itself: `python tests/benchmarks/bench_judging.py [judgements]`. A judgement is on the disk when its file has
been renamed into place; the folder is synced once more before the app acknowledges it.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

from library.library import Library

sys.path.insert(0, str(Path(__file__).parents[2]))

from library.files.durable import write_durably
from library.store.catalog import Catalog
from ratings.journal import Journal
from tests.benchmarks.make_library import make_library
from tests.benchmarks.measuring import PROGRAM, Table, environment, scaled
from tests.benchmarks.screens import Screen
from tests.judging import Judge

SIZES = scaled((100, 1000, 100_000), (100,))
COUNT = scaled(30, 2)
TARGET_MS = 20.0


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for size in SIZES:
            make_library(folder / str(size), batches=size // 100, judgements=size // 5)
        env = environment(folder / "home")
        table = Table(f"A judgement, medians of {count}, files on {_kind_of_disk(folder)}")
        bare = [_timed(folder, number) for number in range(count)]
        table.line("a file of 10 kB, written durably, nothing else", 1000 * statistics.median(bare), "ms")
        for size in SIZES:
            called(table, folder / str(size), size, count)
        for size in SIZES:
            pressed(table, folder / str(size), size, count, env)


def called(table: Table, root: Path, size: int, count: int) -> None:
    """The call that notes it, durable on return, without the app."""
    catalog, journal = Catalog.load(Library(root)), Journal.load(Library(root))
    judge = Judge(journal.log("bench"))
    times = []
    for take in list(catalog)[:count]:
        began = time.perf_counter()
        judge.stars(take.id, 4)
        times.append(time.perf_counter() - began)
    table.line(f"the call, durable on return, {size:,} takes", 1000 * statistics.median(times), "ms", TARGET_MS,
               note=f"slowest {1000 * max(times):.1f} ms")  # fmt: skip


def pressed(table: Table, root: Path, size: int, count: int, env: dict[str, str]) -> None:
    """In the app: from the key to the file under its name, and to the answer on the screen."""
    durable, answered, worked = [], [], []
    before = set((root / "sessions" / "ana").glob("*.json"))
    with Screen([*PROGRAM, "--library", str(root)], env) as screen:
        screen.until(f"{size:,} take")
        screen.settle(2.0)
        screen.answer("3", "★")
        screen.settle()
        (file,) = set((root / "sessions" / "ana").glob("*.json")) - before
        for _ in range(count):
            screen.settle(0.2, 0.5)
            was, began = file.stat().st_ino, time.perf_counter()
            screen.press("4")
            while file.stat().st_ino == was:
                time.sleep(0.0005)
                if time.perf_counter() > began + 30:
                    raise SystemExit("a judgement never reached the disk")
            durable.append(time.perf_counter() - began)
        for _ in range(count):
            cost = screen.answer("3", "★")
            answered.append(cost.wall_s)
            worked.append(cost.cpu_s)
    table.line(f"key to disk, {size:,} takes", 1000 * statistics.median(durable), "ms", TARGET_MS,
               note=f"slowest {1000 * max(durable):.1f} ms")  # fmt: skip
    table.line("key to its acknowledgement on the screen", 1000 * statistics.median(answered), "ms",
               note=f"work of the main thread {1000 * statistics.median(worked):.0f} ms")  # fmt: skip


def _timed(folder: Path, number: int) -> float:
    began = time.perf_counter()
    write_durably(folder / "durable.json", os.urandom(10_000 + number))
    return time.perf_counter() - began


def _kind_of_disk(folder: Path) -> str:
    """The file system that `folder` is on."""
    lines = [line.split() for line in Path("/proc/mounts").read_text().splitlines()]
    fitting = [(len(words[1]), words[2]) for words in lines if folder.is_relative_to(words[1])]
    return max(fitting)[1]


if __name__ == "__main__":
    main()
