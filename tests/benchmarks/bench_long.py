"""Four hours at the app, compressed: 2,000 answers in the list, in Rate and in duels, and all else that one does.

In 20 rounds: filter, sort, mark, pick, note, undo, ranking with its views, help, import, export, sketches, takes that
another process writes, terminals of other sizes. Sound runs at 20 times its pace, so that a take that is heard for
0.25 s of real time has sounded for 5 s. What is bounded fills in the first half: the outlines of 128 takes, and
Textual's cache of what some 1,000 widgets that are gone looked like (15 MB).
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from tests.benchmarks.long_session import Moment, make_takes, sit
from tests.benchmarks.measuring import Table

SPARE = 40
"""Takes beyond those that are judged in the list."""


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description="Hours at the app, compressed: memory, handles, threads, latency.")
    parser.add_argument("rounds", nargs="?", type=int, default=20, help="rounds of everything (20; an even number)")
    parser.add_argument("answers", nargs="?", type=int, default=100, help="answers a round (100)")
    parser.add_argument("--each", type=float, default=0.25, metavar="S", help="real seconds a take is heard (0.25)")
    parser.add_argument("--speed", type=float, default=20.0, help="how many times as fast sound runs (20)")
    asked = parser.parse_args()
    if asked.rounds < 2 or asked.rounds % 2:
        parser.error("rounds come in halves: 2, 4, 6 …")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name) / "library", asked.rounds, answers=asked.answers, each_s=asked.each, speed=asked.speed)


def measure(root: Path, rounds: int, *, answers: int, each_s: float, speed: float) -> list[Moment]:
    """Print the tables, of a library that is made at `root`; what they tell of."""
    make_takes(root, rounds * answers + SPARE)
    moments: list[Moment] = []
    for one in sit(root, rounds, answers=answers, each_s=each_s, speed=speed):
        moments.append(one)
        print(f"  round {one.rounds}: {one.given} answers, app {one.app.own:.1f} MB", file=sys.stderr, flush=True)
    show_parts(moments, 2 if rounds % 4 else 4)
    show_slopes(moments)
    return moments


def show_parts(moments: Sequence[Moment], parts: int) -> None:
    """How things stood at the start, after each of so many parts, and at the end; times over each part."""
    count = (len(moments) - 1) // parts
    at = moments[::count]
    last = at[-1]
    names = ("start", *(f"{part}/{parts}" for part in range(1, parts)), "end")
    print(f"\n{last.given:,} answers in {last.heard_s / 3600:.1f} hours of sound")
    print(f"  {'':<34}" + "".join(f"{name:>9}" for name in names))
    lines: list[tuple[str, Callable[[Moment], float]]] = [
        ("app, MB of its own", lambda one: one.app.own), ("app, MB resident", lambda one: one.app.resident),
        ("audio process, MB of its own", lambda one: one.audio.own),
        ("decoder, MB of its own", lambda one: one.decoder.own), ("objects of the app, thousands", _thousands),
        ("open files of app and audio process", lambda one: one.handles), ("threads", lambda one: one.threads),
    ]  # fmt: skip
    for what, of in lines:
        print(f"  {what:<34}" + "".join(f"{of(one):9.1f}" for one in at))
    spans = [moments[count * part + 1 : count * (part + 1) + 1] for part in range(parts)]
    for what, times in (("key to disk", "durable_ms"), ("key to stars on the screen", "painted_ms")):
        gathered = [[time for one in span for time in getattr(one, times)] for span in spans]
        for name, share in (("median", 50), ("95 %", 95)):
            figures = [float(np.percentile(some, share)) for some in gathered]
            print(f"  {f'{what}, {name}, ms':<34}" + " " * 9 + "".join(f"{one:9.1f}" for one in figures)
                  + f"   last to first {figures[-1] / figures[0]:.2f}")  # fmt: skip
    works = [statistics.median(one.work_ms for one in span) for span in spans]
    print(f"  {'work of the app an answer, ms':<34}" + " " * 9 + "".join(f"{one:9.1f}" for one in works)
          + f"   last to first {works[-1] / works[0]:.2f}\n")  # fmt: skip


def _thousands(one: Moment) -> float:
    return one.objects / 1000


def show_slopes(moments: Sequence[Moment]) -> None:
    """What still grows in the second half, by least squares."""
    settled = moments[len(moments) // 2 :]
    table = Table("Growth in the second half, for 1,000 answers")
    lines: list[tuple[str, Callable[[Moment], float], str, float]] = [
        ("app, of its own", lambda one: one.app.own, "MB", 5.0),
        ("audio process", lambda one: one.audio.own, "MB", 1.0),
        ("decoder", lambda one: one.decoder.own, "MB", 1.0), ("open files", lambda one: one.handles, "", 0.5),
        ("threads", lambda one: one.threads, "", 0.5), ("objects, thousands", _thousands, "", 5.0),
        ("key to disk", lambda one: statistics.median(one.durable_ms), "ms", 2.0),
        ("key to stars on the screen", lambda one: statistics.median(one.painted_ms), "ms", 5.0),
    ]  # fmt: skip
    for what, of, unit, target in lines:
        given = [one.given / 1000 for one in settled]
        table.line(what, float(np.polyfit(given, [of(one) for one in settled], 1)[0]), unit, target)
    table.line("audio processes needed", len({one.audio.pid for one in moments}), "", 1)


if __name__ == "__main__":
    main()
