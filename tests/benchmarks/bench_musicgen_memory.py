"""The memory that long takes of MusicGen need beside its weights, at facebook/musicgen-small's real size.

Weights are random, in the official format. The process may have `--gigabytes` more than it has once the model is loaded
(RLIMIT_AS), and says how much of that was resident. A take of ten minutes, whose tokens are there, is made into sound;
then eight takes of 120 s: of their tokens all but the last second are there, so that the caches are filled to the end
of the last window, the rest is drawn, and all eight are made into sound.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "library" / "generators" / "musicgen")]

from tests.benchmarks.measuring import TINY, scaled  # noqa: E402

TARGET_GB = 8.0


def main() -> int:
    """Print the figures; 1 when a take could not be made."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=TARGET_GB, help="that the process may have beside the model")
    parser.add_argument("--long", type=float, default=scaled(600.0, 12.0), help="seconds of the long take")
    parser.add_argument("--eight", type=float, default=scaled(120.0, 2.0), help="seconds of each of the eight")
    parser.add_argument("--threads", type=int, default=scaled(2, 1))
    arguments = parser.parse_args()
    if find_spec("audiocraft") is None:
        print("skipped: audiocraft is not installed; `make musicgen` installs it")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        os.environ |= {"HF_HUB_CACHE": f"{scratch}/hub", "HF_HUB_OFFLINE": "1"}
        return measure(Path(scratch), arguments)


def measure(scratch: Path, arguments: argparse.Namespace) -> int:
    """Load the model, limit what the process may have, make the takes."""
    import musicgen_checkpoints as official
    import torch

    from library.generators.musicgen.loading import checkpoint, checkpoint_files
    from library.generators.musicgen.run.engine import InferenceEngine
    from library.take import Recipe

    torch.set_num_threads(arguments.threads)
    official.write_hub(scratch / "hub", layers=2, stems=False)
    folder = official.write_checkpoint(scratch / "small", official.TEXT if TINY else official.SMALL)
    engine = InferenceEngine(checkpoint.load(checkpoint_files.find_checkpoint(str(folder))), "cpu", 16)
    for _ in engine.generate([(0, Recipe(generator="musicgen", prompt="harp", seed=0, duration_s=0.1))], Memory()):
        pass  # what PyTorch loads late
    resource.setrlimit(resource.RLIMIT_AS, (in_use(0) + int(arguments.gigabytes * 1e9), -1))
    missing = 0
    for count, seconds, drawn_s in ((1, arguments.long, 0.0), (8, arguments.eight, 1.0)):
        recipes = [Recipe(generator="musicgen", prompt="harp", seed=i, duration_s=seconds) for i in range(count)]
        memory = Memory(known=int((seconds - drawn_s) * 50), books=4, cardinality=64)
        began, resident = time.perf_counter(), in_use(1)
        with Peak() as peak:
            made = [type(result).__name__ for result in engine.generate(list(enumerate(recipes)), memory)]
        failed = count - made.count("Rendered")
        missing += failed
        print(
            f"{count} of {seconds:g} s: {count - failed} made, at most {(peak.bytes - resident) / 1e9:.2f} GB resident "
            f"beside the model, {time.perf_counter() - began:.0f} s",
            *memory.told,
        )
    return 1 if missing else 0


def in_use(column: int) -> int:
    """This process's address space (0) or what is resident of it (1), in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[column]) * resource.getpagesize()


class Peak:
    """The most that is resident while it is open, looked at a hundred times a second."""

    def __enter__(self) -> Peak:
        self.bytes = in_use(1)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._ended.wait(0.01):
            self.bytes = max(self.bytes, in_use(1))

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()


class Memory:
    """What the worker process offers a generator: that many frames are kept of every take."""

    previews = False

    def __init__(self, known: int = 0, books: int = 4, cardinality: int = 64) -> None:
        self.told: list[str] = []
        self._known = np.random.default_rng(0).integers(0, cardinality, (books, known)).astype(np.int16)

    def kept(self, key: str) -> Mapping[str, Any]:
        return {"codes": self._known}

    def keep(self, key: str, arrays: object) -> None:
        pass

    def tell(self, words: str) -> None:
        self.told.append(words)

    def parent(self, index: int) -> None:
        return None

    def report(self, progress: object) -> None:
        pass

    def cancelled(self) -> bool:
        return False

    def unwanted(self) -> frozenset[int]:
        return frozenset()

    listened = unwanted


if __name__ == "__main__":
    sys.exit(main())
