"""What the benchmarks share: medians, processor time, and a table with the target beside each figure."""

from __future__ import annotations

import math
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tui.cli.main")
TINY = os.environ.get("EARMARK_BENCHMARK") == "tiny"
"""Whether everything is done once and in small, as by the tests: the figures then mean nothing."""
T = TypeVar("T")


def scaled(usual: T, tiny: T) -> T:
    """How much to measure."""
    return tiny if TINY else usual


def environment(home: Path) -> dict[str, str]:
    """A new user's environment, with a colourful terminal and no sound device."""
    silent = home / "silent-asound.conf"
    if not silent.exists():
        home.mkdir(parents=True, exist_ok=True)
        silent.write_text("pcm.none { type hw card 99 }")  # PortAudio aborts on one that is quite empty
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "COLORTERM": "truecolor",
        "PYTHONPATH": str(ROOT),
        "ALSA_CONFIG_PATH": str(silent),
        "PULSE_SERVER": f"unix:{home}/no-pulse",
        "EARMARK_LISTENER": "ana",
    }


@dataclass(frozen=True)
class Cost:
    """What something took."""

    wall_s: float
    cpu_s: float
    """User and system."""


def run(words: Sequence[str], env: dict[str, str], *, cwd: Path, stdin: Path = Path(os.devnull)) -> Cost:
    """A whole process, from its start to its end; its output is thrown away. Raises CalledProcessError."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with stdin.open("rb") as given:
        subprocess.run(
            words, env=env, cwd=cwd, check=True, stdin=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime)


def median(costs: Sequence[Cost]) -> Cost:
    """The median of either figure."""
    return Cost(statistics.median(cost.wall_s for cost in costs), statistics.median(cost.cpu_s for cost in costs))


def exponent(costs: dict[int, float]) -> float:
    """The k of cost ~ size^k between the smallest and the largest size."""
    small, large = min(costs), max(costs)
    return math.log(costs[large] / costs[small]) / math.log(large / small)


class Table:
    """Lines of figure and target, printed as they come."""

    def __init__(self, title: str) -> None:
        load = os.getloadavg()[0]
        print(f"{title}   ({os.cpu_count()} cores, load {load:.1f})")
        self.missed = 0

    def line(self, what: str, figure: float, unit: str, target: float | None = None, note: str = "") -> None:
        """One figure; where there is a target, whether it was met."""
        number = f"{figure:.2f}" if abs(figure) < 100 else f"{figure:,.0f}"
        if target is None:
            wanted, verdict = "", ""
        else:
            met = figure <= target
            self.missed += not met
            wanted, verdict = f"target <= {target:g} {unit}", "met" if met else "MISSED"
        print(f"  {what:<46} {number:>9} {unit:<3} {wanted:<22} {verdict:<6}  {note}".rstrip(), flush=True)
