"""How many minutes each way of listening needs until the ten picked are within 0.10 of the ten best.

Run: python tests/benchmarks/bench_listening.py [--listeners 30] [--quick] [--json FILE]. Not collected by pytest.
All ways are judged with the same posterior, noise learned, on the same listeners (simulation/listeners.py).
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the app

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.benchmarks.measuring import scaled
from tests.benchmarks.simulation.listeners import Condition, Listener
from tests.benchmarks.simulation.policies import Course, Order, earmark, fixed, passes, shortlist, swiss

GOAL = 0.10
Way = Callable[[Listener, int, float, float], Course]


def _asking(order: Callable[[np.random.Generator], Order], *, may_reject: bool = False) -> Way:
    def way(listener: Listener, number: int, until: float, every: float) -> Course:
        return fixed(listener, order(np.random.default_rng(number)), until=until, every=every, may_reject=may_reject)

    return way


def _earmark(*, may_reject: bool = True) -> Way:
    def way(listener: Listener, number: int, until: float, every: float) -> Course:
        return earmark(listener, until=until, every=every, number=number, may_reject=may_reject)

    return way


WAYS: dict[str, Way] = {
    "one pass": _asking(lambda rng: passes(rng, 1)),
    "repeated passes": _asking(lambda rng: passes(rng, None)),
    "Swiss duels": _asking(swiss),
    "pass, then shortlist": _asking(shortlist),
    "the same, with rejects": _asking(shortlist, may_reject=True),
    "Earmark": _earmark(),
    "Earmark without rejects": _earmark(may_reject=False),
}
_CLOSELY = ("Earmark", "Earmark without rejects", "pass, then shortlist", "the same, with rejects")
"""Ways that are looked at at every step; the others, which take hours, at every second."""
RIVALS = ("pass, then shortlist", "the same, with rejects", "Earmark")

CONDITIONS: dict[str, tuple[Condition, float, float, tuple[str, ...]]] = {
    "N = 100": (Condition(20, 5), 100, 1, tuple(WAYS)),
    "N = 300": (Condition(30, 10), 180, 3, tuple(WAYS)),
    "N = 100, noise twice as high": (Condition(20, 5, 1.4, 1.4), 100, 2, RIVALS),
    "N = 100, duels no better than stars": (Condition(20, 5, 0.7, 0.7 * 2**0.5), 100, 2, RIVALS),
}
"""Takes and noise, minutes at most, minutes between looks, ways."""


def on_grid(courses: list[Course], field: str, grid: np.ndarray) -> np.ndarray:
    """(listeners, grid) the latest value at each time of the grid; the first one before it."""
    rows = []
    for course in courses:
        at = np.maximum(np.searchsorted(course.minutes, grid + 1e-9, side="right") - 1, 0)
        rows.append(np.array(getattr(course, field))[at])
    return np.array(rows)


def minutes_to_goal(regret: np.ndarray, grid: np.ndarray) -> float:
    """First time from which the mean over listeners is at the goal; infinity for never."""
    there = np.flatnonzero(regret.mean(axis=0) <= GOAL)
    return float(grid[there[0]]) if len(there) else np.inf


def summary(courses: list[Course], grid: np.ndarray) -> dict[str, object]:
    regret, predicted = on_grid(courses, "regret", grid), on_grid(courses, "predicted", grid)
    rng = np.random.default_rng(1)
    boots = [minutes_to_goal(regret[rng.integers(len(regret), size=len(regret))], grid) for _ in range(1000)]
    out: dict[str, object] = {
        "minutes": minutes_to_goal(regret, grid),
        "interval": [float(np.quantile(boots, q, method="nearest")) for q in (0.025, 0.975)],
        "regret": {
            int(m): round(float(regret[:, np.searchsorted(grid, m)].mean()), 3)
            for m in (20, 40, 60, 90)
            if m <= grid[-1]
        },
        "covered": round(float(np.mean([course.covered[-1] for course in courses])), 3),
    }
    if np.isfinite(predicted).all():
        # What the listener is told when the app stops by itself, and what is true then.
        stops = [int(np.argmax(row <= GOAL)) if (row <= GOAL).any() else -1 for row in predicted]
        stopped = [(i, at) for i, at in enumerate(stops) if at >= 0]
        if stopped:
            told, true = (float(np.mean([table[i, at] for i, at in stopped])) for table in (predicted, regret))
            out["stop"] = {
                "stopped": len(stopped),
                "minutes": round(float(np.mean([grid[at] for _, at in stopped])), 1),
                "predicted": round(told, 3),
                "true": round(true, 3),
            }
        ratio = predicted.mean(axis=0) / regret.mean(axis=0)
        out["predicted over true"] = {
            int(m): round(float(ratio[np.searchsorted(grid, m)]), 2) for m in (20, 40, 60, 90) if m <= grid[-1]
        }
        out["covered over time"] = round(float(on_grid(courses, "covered", grid).mean()), 3)
        kinds = sorted({kind for course in courses for kind in course.questions})
        counts = {kind: [course.questions.get(kind, 0) for course in courses] for kind in kinds}
        out["questions"] = {kind: round(float(np.mean(each)), 1) for kind, each in counts.items()}
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--listeners", type=int, default=scaled(30, 1))
    parser.add_argument("--quick", action="store_true", help="4 listeners, N = 100 only")
    parser.add_argument("--only", default=scaled("", "N = 100"), help="part of a condition's name")
    parser.add_argument("--ways", default="", help="separated by ;; all without")
    parser.add_argument("--until", type=float, default=scaled(1e9, 3), help="minutes")
    parser.add_argument("--first", type=int, default=0, help="number of the first listener")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    listeners = 4 if arguments.quick else arguments.listeners
    found: dict[str, dict[str, object]] = {}
    for name, (condition, until, every, ways) in CONDITIONS.items():
        if (arguments.quick and name != "N = 100") or arguments.only not in name:
            continue
        until = min(until, arguments.until)  # noqa: PLW2901 -- the command line shortens all
        grid = np.arange(every, until + every / 2, every)
        print(
            f"\n{name}: {listeners} listeners\n{'':26}minutes to {GOAL:.2f}   regret at 20 / 40 / 60 / 90 min",
            flush=True,
        )
        for way in [one for one in ways if not arguments.ways or one in arguments.ways.split(";")]:
            began = time.process_time()
            last = 55.0 if way == "one pass" else until
            look = every if way in _CLOSELY else 2 * every
            numbers = range(arguments.first, arguments.first + listeners)
            courses = [WAYS[way](Listener(condition, i), i, last, look) for i in numbers]
            result = summary(courses, grid)
            result["cpu_s_per_listener"] = round((time.process_time() - began) / listeners, 2)
            found.setdefault(name, {})[way] = result
            low, high = result["interval"]  # type: ignore[misc]
            regrets = " / ".join(f"{value:.2f}" for value in result["regret"].values())  # type: ignore[attr-defined]
            print(f"{way:26}{result['minutes']:5.0f} [{low:.0f}–{high:.0f}]".ljust(44) + regrets, flush=True)
            for key in ("stop", "predicted over true", "covered", "covered over time", "questions"):
                if key in result and way.startswith("Earmark"):
                    print(f"{'':28}{key}: {result[key]}", flush=True)
        if arguments.json:
            arguments.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
