"""Four hours at the app, compressed: 2,000 takes played and judged; memory, handles, threads and latency on the way.

Run it by itself: `python tests/benchmarks/bench_long.py [takes] [seconds a take]`. Sound runs at 20 times its pace, so
a take that is heard for 0.36 s of real time has sounded for 7 s. The first half fills what is bounded: 128 outlines of
takes, and Textual's cache of what some 1,000 widgets that are gone looked like (10 MB).
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import numpy as np

from tests.benchmarks.long_session import Moment, make_takes, sit
from tests.benchmarks.measuring import Table

TAKES, EACH_S, EVERY, SPEED = 2000, 0.36, 100, 20.0


def main() -> None:
    """Print the table."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else TAKES
    each_s = float(sys.argv[2]) if len(sys.argv) > 2 else EACH_S
    moments: list[Moment] = []
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "library"
        make_takes(root, count + 10)
        print("  takes   heard  app MB  audio MB  decoder MB  handles  threads  key to disk  work a take")
        for one in sit(root, count, each_s=each_s, every=min(EVERY, count // 4), speed=SPEED):
            moments.append(one)
            print(
                f"  {one.takes:5}  {one.heard_s / 3600:4.2f} h  {one.app_mb:6.1f}  {one.audio_mb:8.1f}  "
                f"{one.decoder_mb:10.1f}  {one.handles:7}  {one.threads:7}  {one.durable_ms:8.1f} ms  "
                f"{one.work_ms:8.1f} ms",
                flush=True,
            )
    settled = moments[len(moments) // 2 :]
    table = Table(f"{count:,} takes in {moments[-1].heard_s / 3600:.1f} hours of sound; slopes in the second half")
    for what, unit, target in (
        ("app_mb", "MB", 5.0), ("audio_mb", "MB", 1.0), ("decoder_mb", "MB", 1.0), ("handles", "", 0.5),
        ("threads", "", 0.5), ("durable_ms", "ms", 2.0), ("work_ms", "ms", None),
    ):  # fmt: skip
        table.line(f"{what} per 1,000 takes", slope(settled, what), unit, target)
    table.line("audio processes needed", len({one.audio for one in moments}), "", 1)


def slope(moments: list[Moment], what: str) -> float:
    """Least squares, per 1,000 takes."""
    takes = [one.takes / 1000 for one in moments]
    return float(np.polyfit(takes, [getattr(one, what) for one in moments], 1)[0])


if __name__ == "__main__":
    main()
