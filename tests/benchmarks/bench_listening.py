"""How near the ten picked are to the ten best, minute by minute: the app's own session beside plain ways.

Run: python tests/benchmarks/bench_listening.py [--quick] [--listeners 10] [--part courses] [--json FILE]; --help says
more. EARMARK_RATINGS names the folder of real ratings, where there is one. Not collected by pytest.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

os.environ["OPENBLAS_NUM_THREADS"] = "1"  # as in the app

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[2]))

from ratings.model.arrays import Floats
from tests.benchmarks.measuring import scaled
from tests.benchmarks.simulation import noise, people
from tests.benchmarks.simulation.families import APART, FAMILIES, Family
from tests.benchmarks.simulation.figures import cell, interval
from tests.benchmarks.simulation.held_out import Foretold, foretell, learned_noise
from tests.benchmarks.simulation.listeners import SimulatedMind
from tests.benchmarks.simulation.ways import GOAL, RIVALS, WAYS, Course

PEOPLE = "real people"
MINUTES = Family("").minutes
PARTS = ("courses", "apart", "noise", "people")
Courses = dict[str, dict[str, list[Course]]]
"""By family and way, a course a listener."""


def course(family: str, way: str, number: int) -> Course:
    """One listener of a family through one way."""
    if family == PEOPLE:
        table = people.folder()
        assert table is not None
        everyone = people.raters(table / people.TABLE)
        return WAYS[way](people.RealMind(everyone[number % len(everyone)], number), number, MINUTES)
    of = (FAMILIES | APART)[family]
    return WAYS[way](SimulatedMind(of, number), number, of.minutes)


def gather(families: Sequence[str], listeners: int, workers: ProcessPoolExecutor) -> Courses:
    """All courses, the same listeners for all ways."""
    keys = [(family, way, number) for family in families for number in range(listeners) for way in WAYS]
    done = workers.map(course, *zip(*keys, strict=True), chunksize=len(WAYS))
    out: Courses = {}
    for (family, way, _), one in zip(keys, done, strict=True):
        out.setdefault(family, {}).setdefault(way, []).append(one)
    return out


def regrets(courses: Courses, way: str, minute: float) -> list[Floats]:
    """Of each family (listeners,)."""
    return [np.array([one.at(minute).regret for one in ways[way]]) for ways in courses.values()]


def minutes_to_goal(courses: Courses, way: str, last: int) -> tuple[float, float]:
    """Minute, and mean answers by then, from which on the mean regret stays at the goal; infinity for never."""
    every = [one for ways in courses.values() for one in ways[way]]
    over = [
        m for m in range(1, last + 1) if np.mean([one.at(max(m, one.looks[0].minute)).regret for one in every]) > GOAL
    ]
    if over and over[-1] == last:
        return np.inf, np.inf
    minute = over[-1] + 1 if over else 1
    return minute, float(np.mean([one.at(minute).answers for one in every]))


def tell_regret(courses: Courses, minutes: Sequence[int]) -> dict[str, object]:
    """How far the picks fall short, way by way, and Earmark less each rival."""
    out: dict[str, object] = {}
    print(f"\nMean regret {next(iter(courses)) if len(courses) == 1 else 'pooled'} at minute …, with 95 % intervals")
    print(f"{'':36}" + "".join(f"{m:<21}" for m in minutes) + f"≤ {GOAL:.2f} from minute (answers)")
    for way in WAYS:
        found = [interval(regrets(courses, way, m)) for m in minutes]
        goal, answers = minutes_to_goal(courses, way, minutes[-1])
        when = f"{goal:.0f} ({answers:.0f})" if np.isfinite(goal) else f"after {minutes[-1]}"
        print(f"{way:36}" + "".join(f"{cell(each):21}" for each in found) + when)
        out[way] = {"regret": dict(zip(minutes, found, strict=True)), "minutes": goal, "answers": answers}
    print("Earmark less …")
    for way in RIVALS:
        pairs = [list(zip(regrets(courses, "Earmark", m), regrets(courses, way, m), strict=True)) for m in minutes]
        found = [interval([ours - theirs for ours, theirs in each]) for each in pairs]
        print(f"  {way:34}" + "".join(f"{cell(each):21}" for each in found))
        out[f"Earmark less {way}"] = dict(zip(minutes, found, strict=True))
    return out


def tell_stops(courses: Courses, minutes: Sequence[int]) -> dict[str, object]:
    """What the app tells when it stops, and what is true then; and before."""
    print("\nThe stop, or else the end       stopped  minute  answers  told   true [95 %]        worst  cover, best 20")
    ours = {family: ways["Earmark"] for family, ways in courses.items()}
    for family, each in ours.items():
        ends = [one.stop or one.looks[-1] for one in each]
        means = [np.mean([getattr(end, name) for end in ends]) for name in ("minute", "answers", "told")]
        true = np.array([end.regret for end in ends])
        stopped, covered = sum(one.stop is not None for one in each), np.mean([one.covered for one in each])
        print(
            f"{family:32}{stopped:4} / {len(each):<4}{means[0]:4.1f}{means[1]:8.0f}     {means[2]:.3f}  "
            f"{cell(interval([true])):20}{true.max():.2f}   {covered:.2f}"
        )
    stops = [[one.stop for one in each if one.stop is not None] for each in ours.values()]
    every = [stop for each in stops for stop in each]
    cover = float(np.mean([one.covered for each in ours.values() for one in each]))
    out: dict[str, object] = {"cover": cover, "stops": len(every)}
    if every:
        true_at = [np.array([stop.regret for stop in each]) for each in stops if each]
        told, true_mean = float(np.mean([stop.told for stop in every])), interval(true_at)
        out |= {"told": told, "true": true_mean}
        print(
            f"all {len(every)} stops: told {told:.3f}, true {cell(true_mean)}, told over true {told / true_mean[0]:.2f}"
        )
        for limit in (0.10, 0.20, 0.30):
            out[f"over {limit}"] = over = interval([(each > limit).astype(np.float64) for each in true_at])
            print(f"  over {limit:.2f}: {cell(over)}")
    print(f"  cover of the 80 % bars of the 20 that look best: {cover:.3f}")
    for m in minutes[1:4]:
        told_then = float(np.mean([one.at(m).told for each in ours.values() for one in each]))
        true_then = interval(regrets(courses, "Earmark", m))
        out[f"at {m}"] = told_then, true_then
        ratio = told_then / true_then[0]
        print(f"  at {m} minutes: told {told_then:.3f}, true {cell(true_then)}, told over true {ratio:.2f}")
    return out


def tell_noise(listeners: int, workers: ProcessPoolExecutor) -> dict[str, object]:
    """Learned noise against the listeners' own, after one pass and twenty repeats."""
    print("\nNoise of stars: mean |log(learned / true)|, and learned over true (geometric mean)")
    print(f"{'':14}" + "".join(f"{level:<15}" for level in noise.LEVELS) + "all")
    out: dict[str, object] = {}
    for case in noise.CASES:
        keys = [(case, level, number) for level in noise.LEVELS for number in range(listeners)]
        found = np.array(list(workers.map(noise.learned_over_true, *zip(*keys, strict=True), chunksize=4)))
        logs = np.log(found[:, 0] / found[:, 1]).reshape(len(noise.LEVELS), listeners)
        row = "".join(f"{np.abs(each).mean():.2f} ({np.exp(each.mean()):.2f})    " for each in logs)
        pooled = interval(list(np.abs(logs)))
        print(f"{case:14}{row}{cell(pooled, 2)}")
        out[case] = {"levels": [float(np.abs(each).mean()) for each in logs], "all": pooled}
    return out


def _person(number: int) -> tuple[float, float, Foretold]:
    table = people.folder()
    assert table is not None
    everyone = people.raters(table / people.TABLE)
    one = everyone[number]
    return one.noise, learned_noise(one), foretell(one, [each for each in everyone if each is not one])


def tell_people(count: int | None, workers: ProcessPoolExecutor) -> dict[str, object]:
    """Held-out answers of real people."""
    table = people.folder()
    if table is None:
        print(f"\nReal ratings: none here. {people.VARIABLE} names the folder of {people.TABLE}.")
        return {}
    everyone = len(people.raters(table / people.TABLE))
    found = list(workers.map(_person, range(min(count or everyone, everyone))))
    off = np.abs(np.log([learned / measured for measured, learned, _ in found]))
    out: dict[str, object] = {"noise": interval([off])}
    print(f"\n{len(found)} real people. Noise: mean |log(learned / measured)| {cell(interval([off]), 2)}")
    for kind in ("stars", "pairs"):
        losses = {
            name: np.array([getattr(each, kind)[name] for *_, each in found]) for name in getattr(found[0][2], kind)
        }
        print(f"Log-loss of held-out second {kind}, and Earmark less it:")
        for name, each in losses.items():
            less = interval([losses["Earmark"] - each])
            out[f"{kind}: {name}"] = interval([each]), less
            print(f"  {name:32} {cell(interval([each]))}" + ("" if name == "Earmark" else f"   {cell(less)}"))
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="a part of it, in about a minute: two listeners a family")
    parser.add_argument("--listeners", type=int, default=scaled(10, 1), help="of each family")
    parser.add_argument("--part", choices=PARTS, action="append", help="all without")
    parser.add_argument("--only", default=scaled("", "on the priors"), help="part of a family's name")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    listeners = 2 if given.quick else given.listeners
    parts = given.part or (("courses", "people") if given.quick else PARTS)
    began = time.perf_counter()
    found: dict[str, object] = {}
    families = [name for name in FAMILIES if given.only in name]
    if people.folder() is not None and given.only in PEOPLE:
        families.append(PEOPLE)
    with ProcessPoolExecutor(given.jobs) as workers:
        if "courses" in parts and families:
            print(
                f"{len(families)} families, {listeners} listeners each, 100 takes; a first hearing 12 s, later ones 8 s"
            )
            courses = gather(families, listeners, workers)
            found["regret"], found["stops"] = tell_regret(courses, MINUTES), tell_stops(courses, MINUTES)
        for name, family in APART.items():
            if "apart" in parts and given.only in name:
                apart = gather([name], listeners, workers)
                found[name] = tell_regret(apart, family.minutes), tell_stops(apart, family.minutes)
        if "noise" in parts:
            found["noise"] = tell_noise(listeners, workers)
        if "people" in parts:
            found["people"] = tell_people(scaled(6 if given.quick else None, 1), workers)
    print(f"\n{(time.perf_counter() - began) / 60:.1f} minutes, {given.jobs} at a time")
    if given.json:
        given.json.write_text(json.dumps(found, indent=1, default=str))


if __name__ == "__main__":
    main()
