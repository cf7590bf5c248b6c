"""Whether a seed means something: the same one alone, again, among others and after a restart, and another one."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue

import numpy as np

from library.errors import GenerationError
from library.files.durable import make_folder
from library.files.temporary import TemporaryFolder
from library.generators.probed import Grade, Probe
from library.generators.recipes import NOTHING, grid
from library.generators.spec import Spec
from library.jobs.events import Event, JobEnded, TakeFailed, TakeRemade
from library.jobs.queue import GenerationQueue
from library.jobs.verification import compare
from library.library import Library
from library.sound import audio
from library.sound.samples import Samples
from library.take import Recipe, SettingValue, utc_now

PROMPT = "slow piano and warm strings, minor"
USUAL_S = 5.0
CLOSE_DB = -20.0
"""Up to this difference beside the take itself it is the same song: other bits, a lossy file, some noise."""
POLL_S = 0.1
_SEED, _OTHERS = 411, (412, 413)
_STEPS = 4

Progress = Callable[[int, int, str], None]
"""Takes how much is done, of how much, and what is tried."""


@dataclass(frozen=True)
class _Sound:
    """A take that was made, outside any library."""

    recipe: Recipe
    samples: Samples
    rate: int


@dataclass(frozen=True)
class _Difference:
    """Between two takes of one recipe."""

    same: bool
    """To the bit."""
    close: bool
    at_s: float | None = None
    db: float | None = None


def probe(
    spec: Spec,
    *,
    model: str | None = None,
    prompt: str = PROMPT,
    settings: Mapping[str, SettingValue] = NOTHING,
    duration_s: float | None = None,
    on_progress: Progress = lambda _done, _of, _what: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Probe:
    """Make short takes with that generator and compare them. Touches no library; keeps nothing.

    Raises GenerationError where it makes none, and where it is `stopped`.
    """
    spec.check_available()
    length_s = duration_s if duration_s is not None else max(USUAL_S, spec.shortest_s)
    recipes = grid(
        [prompt], (_SEED, *_OTHERS), generator=spec.name, duration_s=min(length_s, spec.longest_s), model=model,
        settings=settings,
    )  # fmt: skip
    asked, others = recipes[0], recipes[1:]
    with TemporaryFolder("probe") as folder:
        bench = _Bench(folder.path, stopped)
        try:
            on_progress(0, _STEPS, "one take")
            (first,) = bench.make([asked])
            if isinstance(first, GenerationError):
                raise first
            on_progress(1, _STEPS, "the same once more")
            (again,) = bench.make([asked])
            on_progress(2, _STEPS, "the same among others")
            other, batched, _ = bench.make([others[0], asked, *others[1:]])
            restarted: _Sound | GenerationError | None = None
            if not spec.remote:
                on_progress(3, _STEPS, "the same after a restart")
                bench.restart()
                (restarted,) = bench.make([asked])
        finally:
            bench.close()
    tries = {name: _difference(first, sound)
             for name, sound in (("again", again), ("batched", batched), ("restarted", restarted))}  # fmt: skip
    if tries["again"] is None:
        raise again if isinstance(again, GenerationError) else GenerationError("The take couldn't be made again.")
    known = [found for found in tries.values() if found is not None]
    beside = _difference(first, other)
    other_seed = None if beside is None else not beside.close
    times = [found.at_s for found in known if found.at_s is not None]
    levels = [found.db for found in known if found.db is not None]
    return Probe(
        generator=spec.name,
        model=spec.full_model(model),
        **{name: None if found is None else found.same for name, found in tries.items()},
        other_seed=other_seed,
        diverges_at_s=min(times, default=None),
        difference_db=max(levels, default=None),
        grade=_grade(tries["again"], known, other_seed),
        at=utc_now(),
        revision=first.recipe.revision,
    )


def _grade(again: _Difference, known: list[_Difference], other_seed: bool | None) -> Grade:
    if other_seed is False or not again.close:
        return "unseeded"
    if all(found.same for found in known):
        return "exact"
    return "close" if all(found.close for found in known) else "other song"


def _difference(first: _Sound, other: _Sound | GenerationError | None) -> _Difference | None:
    """Where and by how much `other` differs from `first`; None where there is no other."""
    if other is None or isinstance(other, GenerationError):
        return None
    if other.rate != first.rate:
        return _Difference(same=False, close=False, at_s=0.0)
    at_s, residue_db = compare(first.samples, other.samples, first.rate)
    if at_s is None:
        return _Difference(same=True, close=True)
    lengths = sorted((len(first.samples), len(other.samples)))
    loudness = float(np.sqrt(np.mean(np.square(first.samples, dtype=np.float64)))) if first.samples.size else 0.0
    if residue_db is None:  # one is longer and begins with the other, or the channels are others
        same_channels = first.samples.shape[1] == other.samples.shape[1]
        return _Difference(same=False, close=same_channels and lengths[0] >= 0.95 * lengths[1], at_s=at_s)
    db = residue_db - 20 * math.log10(loudness) if loudness > 0 else math.inf
    close = db <= CLOSE_DB and lengths[0] >= 0.95 * lengths[1]
    return _Difference(same=False, close=close, at_s=at_s, db=db if math.isfinite(db) else None)


class _Bench:
    """A worker process that makes takes into a folder."""

    def __init__(self, folder: Path, stopped: Callable[[], bool]) -> None:
        self._folder = folder
        self._stopped = stopped
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._number = 0
        self._queue = self._start()

    def restart(self) -> None:
        """End the worker process, and with it the generator; the next take starts another."""
        self._queue.close()
        self._queue = self._start()

    def close(self) -> None:
        self._queue.close()

    def make(self, recipes: list[Recipe]) -> list[_Sound | GenerationError]:
        """A take of each recipe, or why there is none. Raises GenerationError when stopped."""
        self._number += 1
        scratch = self._folder / f"made-{self._number}"
        make_folder(scratch)
        job = self._queue.submit(recipes, scratch=scratch)
        made: dict[int, _Sound | GenerationError] = {}
        while True:
            try:
                event = self._events.get(timeout=POLL_S)
            except Empty:
                if self._stopped():
                    raise GenerationError("The probe was stopped.") from None
                continue
            match event:
                case TakeRemade(index=index, recipe=recipe, sound=sound):
                    made[index] = _Sound(recipe, *audio.read(Path(sound)))
                case TakeFailed(index=index, what=what, remedy=remedy):
                    made[index] = GenerationError(what, remedy)
                case JobEnded() if event.job == job:
                    missing = GenerationError("The take wasn't made.")
                    return [made.get(index, missing) for index in range(len(recipes))]

    def _start(self) -> GenerationQueue:
        return GenerationQueue(Library(self._folder), self._events.put)
