"""MusicGen against audiocraft's own generate: the same weights, threads and takes, in one run, from prompt to sound.

Weights are random, in the official format, at facebook/musicgen-small's real size; `--model NAME` takes others. Each
side is a process of its own, so that peak memory is its own, forked from one that has imported audiocraft; they work in
turn, so that a busy machine slows both alike. Twice a take alone, medians; once eight in a batch; audiocraft's eight
one by one are eight times one. On a very busy machine, `--threads 1 --clock cpu` compares processor time instead of the
clock on the wall.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import statistics
import sys
import tempfile
import time
from contextlib import suppress
from importlib.util import find_spec
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "library" / "generators" / "musicgen")]

from tests.benchmarks.measuring import TINY, scaled  # noqa: E402

if __name__ == "__mp_main__":  # where the sides are forked from
    from library.generators.musicgen.loading import audiocraft_import  # noqa: F401
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["__main__"])

PROMPT = "slow strings, then a bright trumpet over timpani"
TARGETS = {"one take": 1.8, "eight takes, to one by one": 6.0, "eight takes, to its batch of eight": 2.5}


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="a name or folder; random weights of musicgen-small's size by default")
    parser.add_argument("--seconds", type=float, default=scaled(5.0, 0.2), help="of each take")
    parser.add_argument("--rounds", type=int, default=scaled(2, 1), help="of one take on either side")
    parser.add_argument("--threads", type=int, default=scaled(2, 1))
    parser.add_argument("--clock", choices=["wall", "cpu"], default="wall")
    arguments = parser.parse_args()
    if find_spec("audiocraft") is None:
        print("skipped: audiocraft is not installed; `make musicgen` installs it")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        os.environ["TMPDIR"] = scratch  # forks leave what they have there
        if arguments.model is None:
            os.environ |= {"HF_HUB_CACHE": f"{scratch}/hub", "HF_HUB_OFFLINE": "1"}
            arguments.model = f"{scratch}/small"
            writing = FORKS.Process(target=write, args=(arguments,))
            writing.start()
            writing.join()
            if writing.exitcode:
                return 1
        sides = [Side(Theirs, arguments), Side(Ours, arguments)]
        for work in [*["one"] * arguments.rounds, "eight"]:
            for side in sides:
                side.do(work)
        return compare(*(side.figures() for side in sides), arguments)


def compare(theirs: dict[str, Any], ours: dict[str, Any], arguments: argparse.Namespace) -> int:
    """Print both sides' figures and their ratios; 1 when a target is missed."""
    print(f"{arguments.seconds:g} s takes, {arguments.threads} threads, {arguments.clock} clock, from prompt to sound")
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores; {'exact' if ours['exact'] else 'NOT EXACT here'}")
    print(f"{'':30}{'audiocraft':>12}{'Earmark':>12}")
    rows = {
        "one take": ("one", "s"),
        "eight takes in a batch": ("eight", "s"),
        "peak memory, one take": ("memory_of_one", "GB"),
        "peak memory, eight": ("memory_of_eight", "GB"),
    }
    for label, (key, unit) in rows.items():
        print(f"{label:30}{theirs[key]:>9.2f} {unit:2}{ours[key]:>9.2f} {unit:2}")
    one_by_one, eight = 480 / (8 * theirs["one"]), 480 / ours["eight"]
    print(f"{'takes a minute, one by one':30}{one_by_one:>9.2f}   {60 / ours['one']:>9.2f}")
    print(f"{'takes a minute, eight at once':30}{480 / theirs['eight']:>9.2f}   {eight:>9.2f}")
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
    return int(not TINY and any(ratio < TARGETS[name] for name, ratio in ratios.items()))


class Side:
    """One side, in a process of its own that waits to be told what to do."""

    def __init__(self, side: type[Theirs | Ours], arguments: argparse.Namespace) -> None:
        """Start it, and wait until it has loaded and made a first short take."""
        self.name = side.__name__.lower()
        self._seconds: dict[str, list[float]] = {}
        self._memory: dict[str, float] = {}
        self._rest: dict[str, Any] = {}
        self._pipe, theirs = FORKS.Pipe()
        self._process = FORKS.Process(target=serve, args=(side, arguments, theirs))
        self._process.start()
        theirs.close()
        self._hear()

    def do(self, work: str) -> None:
        """Have it make one take, or eight."""
        self._pipe.send(work)
        told = self._hear()
        self._seconds.setdefault(work, []).append(told.pop("seconds"))
        self._memory[f"memory_of_{work}"] = told.pop("memory")
        self._rest |= told
        print(f"  {self.name}: {work}, {self._seconds[work][-1]:.1f} s", file=sys.stderr, flush=True)

    def figures(self) -> dict[str, Any]:
        """What was measured, after it has ended."""
        self._pipe.close()
        self._process.join()
        medians = {work: statistics.median(seconds) for work, seconds in self._seconds.items()}
        return {**medians, **self._memory, **self._rest}

    def _hear(self) -> dict[str, Any]:
        try:
            told: dict[str, Any] = self._pipe.recv()
        except EOFError:
            self._process.join()
            raise SystemExit(f"{self.name} ended early with exit code {self._process.exitcode}") from None
        return told


def serve(side: type[Theirs | Ours], arguments: argparse.Namespace, pipe: Connection) -> None:
    """In a side's process: make what is asked for, and tell how long it took."""
    if arguments.clock == "cpu":
        Clock.now = staticmethod(time.process_time)
    maker = side(arguments)
    pipe.send({})
    with suppress(EOFError):
        while True:
            count = {"one": 1, "eight": 8}[pipe.recv()]
            seconds = timed(lambda: maker.make(count))  # noqa: B023 - called at once
            pipe.send({"seconds": seconds, "memory": peak(), **maker.measured(count)})


def write(arguments: argparse.Namespace) -> None:
    """Random weights in the official format."""
    import musicgen_checkpoints as official

    official.write_hub(Path(os.environ["HF_HUB_CACHE"]), layers=scaled(12, 2), stems=False)
    official.write_checkpoint(Path(arguments.model), scaled(official.SMALL, official.Shape(card=256)))


class Theirs:
    """audiocraft's own."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        import torch

        from library.generators.musicgen.loading.audiocraft_import import audiocraft

        torch.set_num_threads(arguments.threads)
        self._model = audiocraft.models.MusicGen.get_pretrained(arguments.model, device="cpu")
        self._model.set_generation_params(duration=0.2)
        self.make(1)
        self._model.set_generation_params(duration=arguments.seconds)

    def make(self, count: int) -> None:
        """That many takes in a batch."""
        self._model.generate([PROMPT] * count)

    def measured(self, count: int) -> dict[str, Any]:
        """Nothing more."""
        return {}


class Ours:
    """Earmark's."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        import torch

        from library.generators.musicgen.loading import checkpoint, checkpoint_files
        from library.generators.musicgen.run.engine import InferenceEngine

        torch.set_num_threads(arguments.threads)
        found = checkpoint.load(checkpoint_files.find_checkpoint(arguments.model))
        read = [*found.lm.transformer.parameters(), *found.lm.linears.parameters()]
        self._weight_bytes = sum(weight.nbytes for weight in read)  # what one step has to read from memory at least
        self._engine = InferenceEngine(found, "cpu", 8)
        self._drawn: list[float] = []
        self._seconds = 0.2
        self.make(1)
        self._seconds = arguments.seconds

    def make(self, count: int) -> None:
        """That many takes in a batch."""
        from library.take import Recipe

        recipes = [Recipe(generator="musicgen", prompt=PROMPT, seed=i, duration_s=self._seconds) for i in range(count)]
        self._drawn = []
        assert len(list(self._engine.generate(list(enumerate(recipes)), self))) == count

    def measured(self, count: int) -> dict[str, Any]:
        """The median step, and how far it is from what the memory allows."""
        gaps = [after - before for before, after in pairwise(self._drawn)]
        figures: dict[str, Any] = {"step" if count == 1 else "step_of_eight": statistics.median(gaps)}
        if count == 1:
            figures |= {"exact": self._engine.exact, "weights": self._weight_bytes, "bandwidth": bandwidth()}
        return figures

    # What the worker process offers a generator.

    def parent(self, index: int) -> None:
        return None

    def tell(self, words: str) -> None:
        print(words)

    def kept(self, key: str) -> None:
        return None

    def keep(self, key: str, arrays: object) -> None:
        pass

    def report(self, progress: Any) -> None:
        self._drawn.append(Clock.now())

    def cancelled(self) -> bool:
        return False

    previews, device = False, "cpu"

    def unwanted(self) -> frozenset[int]:
        return frozenset()

    listened = unwanted


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

    block = torch.ones(scaled(64, 1) * 2**20)
    return max(block.numel() * 4 / timed(block.sum) for _ in range(8))


def peak() -> float:
    """The most memory this process had, in GB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    sys.exit(main())
