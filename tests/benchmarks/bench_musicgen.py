"""MusicGen against audiocraft's own generate: the same weights, threads and takes, in one run, from prompt to sound.

Weights are random, in the official format, at facebook/musicgen-small's real size; `--model NAME` takes others. Each
side runs in a process of its own, so that peak memory is its own; speeds are compared within this one run. On a busy
machine, `--threads 1 --clock cpu` compares processor time instead of the clock on the wall.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar

ROOT = Path(__file__).parents[2]
PROMPT = "slow strings, then a bright trumpet over timpani"
TARGETS = {"one take": 1.8, "eight takes, to one by one": 6.0, "eight takes, to its batch of eight": 2.5}


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a name or folder; random weights of musicgen-small's size by default")
    parser.add_argument("--seconds", type=float, default=2.0, help="of each take")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    parser.add_argument("--side", choices=["theirs", "ours", "weights"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if find_spec("audiocraft") is None:
        print("skipped: audiocraft is not installed; `make musicgen` installs it")
        return 0
    sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "library" / "generators" / "musicgen")]
    if arguments.clock == "cpu":
        Clock.now = staticmethod(time.process_time)
    if arguments.side:
        print(json.dumps({"theirs": theirs, "ours": ours, "weights": write}[arguments.side](arguments)))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        if arguments.model is None:
            os.environ |= {"HF_HUB_CACHE": f"{scratch}/hub", "HF_HUB_OFFLINE": "1"}
            arguments.model = f"{scratch}/small"
            run("weights", arguments)
        return compare(run("theirs", arguments), run("ours", arguments), arguments)


def compare(theirs: dict[str, Any], ours: dict[str, Any], arguments: argparse.Namespace) -> int:
    """Print both sides' figures and their ratios; 1 when a target is missed."""
    print(f"{arguments.seconds:g} s takes, {arguments.threads} threads, {arguments.clock} clock, from prompt to sound")
    print(f"{'':24}{'audiocraft':>12}{'Earmark':>12}")
    for key, unit in {"one": "s", "eight": "s", "memory": "GB"}.items():
        label = {"one": "one take", "eight": "eight takes in a batch", "memory": "peak memory"}[key]
        print(f"{label:24}{theirs[key]:>10.2f} {unit:2}{ours[key]:>9.2f} {unit:2}")
    limit = ours["weights"] / ours["bandwidth"]
    print(
        f"a step of one take: {1000 * ours['step']:.0f} ms, {ours['step'] / limit:.2f} x the time that reading the "
        f"weights once takes ({ours['weights'] / 1e9:.2f} GB at {ours['bandwidth'] / 1e9:.1f} GB/s)"
    )
    print(f"a step of eight takes: {1000 * ours['step_of_eight']:.0f} ms")
    ratios = {
        "one take": theirs["one"] / ours["one"],
        "eight takes, to one by one": 8 * theirs["one"] / ours["eight"],
        "eight takes, to its batch of eight": theirs["eight"] / ours["eight"],
    }
    for name, ratio in ratios.items():
        verdict = "met" if ratio >= TARGETS[name] else "MISSED"
        print(f"{name}: {ratio:.2f} x as fast (target {TARGETS[name]:g}: {verdict})")
    return int(any(ratio < TARGETS[name] for name, ratio in ratios.items()))


def run(side: str, arguments: argparse.Namespace) -> dict[str, Any]:
    """One side's figures, from a process of its own."""
    command = [sys.executable, __file__, "--side", side, "--model", arguments.model]
    command += ["--seconds", str(arguments.seconds), "--threads", str(arguments.threads)]
    command += ["--clock", arguments.clock]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    figures: dict[str, Any] = json.loads(output.splitlines()[-1])
    return figures


def write(arguments: argparse.Namespace) -> dict[str, Any]:
    """Random weights in the official format."""
    import musicgen_checkpoints as official

    official.write_hub(Path(os.environ["HF_HUB_CACHE"]), layers=12, stems=False)
    official.write_checkpoint(Path(arguments.model), official.SMALL)
    return {}


def theirs(arguments: argparse.Namespace) -> dict[str, Any]:
    """audiocraft's own."""
    import torch

    from library.generators.musicgen.audiocraft_import import audiocraft

    torch.set_num_threads(arguments.threads)
    model = audiocraft.models.MusicGen.get_pretrained(arguments.model, device="cpu")
    model.set_generation_params(duration=0.2)
    model.generate([PROMPT])
    model.set_generation_params(duration=arguments.seconds)
    one = min(timed(lambda: model.generate([PROMPT])) for _ in range(2))
    eight = timed(lambda: model.generate([PROMPT] * 8))
    return {"one": one, "eight": eight, "memory": peak()}


def ours(arguments: argparse.Namespace) -> dict[str, Any]:
    """Earmark's."""
    import torch

    from library.generators.musicgen import checkpoint, files
    from library.generators.musicgen.engine import Engine
    from library.take import Recipe

    class Bench:
        drawn: ClassVar[list[float]] = []

        def parent(self, index) -> None:
            return None

        def report(self, progress) -> None:
            self.drawn.append(Clock.now())

        def cancelled(self) -> bool:
            return False

    torch.set_num_threads(arguments.threads)
    engine = Engine(checkpoint.load(files.find(arguments.model)), "cpu", 8)
    exact = engine.exact

    def make(count: int, seconds: float) -> None:
        recipes = [Recipe(generator="musicgen", prompt=PROMPT, seed=i, duration_s=seconds) for i in range(count)]
        Bench.drawn = []
        assert len(list(engine.make(list(enumerate(recipes)), Bench()))) == count

    def step() -> float:
        gaps = sorted(after - before for before, after in pairwise(Bench.drawn))
        return gaps[len(gaps) // 2]

    make(1, 0.2)
    one = min(timed(lambda: make(1, arguments.seconds)) for _ in range(2))
    step_of_one = step()
    eight = timed(lambda: make(8, arguments.seconds))
    figures = {
        "one": one,
        "eight": eight,
        "memory": peak(),
        "step": step_of_one,
        "step_of_eight": step(),
        "exact": exact,
    }
    return figures | {"weights": engine.weight_bytes, "bandwidth": bandwidth()}


class Clock:
    """What time is told by."""

    now = staticmethod(time.perf_counter)


def timed(action) -> float:
    """Seconds that `action` takes."""
    start = Clock.now()
    action()
    return Clock.now() - start


def bandwidth() -> float:
    """Bytes a second that all threads read from memory, at best."""
    import torch

    block = torch.ones(64 * 2**20)
    return max(block.numel() * 4 / timed(block.sum) for _ in range(8))


def peak() -> float:
    """The most memory this process had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    sys.exit(main())
