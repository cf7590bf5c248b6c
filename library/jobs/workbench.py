"""Carries out an order in the worker process: runs the generator, saves what it makes, tells how it goes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library import audio
from library.catalog import BatchWriter, Catalog
from library.errors import AudioError, EarmarkError, GenerationError, LibraryError
from library.generators.api import Failed, Generator, Progress, Rendered, Samples
from library.generators.registry import make_generator
from library.jobs.events import Ended, Event, Landed, Order, Remade, Stepped, Stumbled
from library.making import read_tokens, save, write_scratch
from library.take import Take

REPORT_EVERY_S = 0.05

Tell = Callable[[Event], None]


class Bench:
    """What a running generator is offered: the library's drafts, and a way to report and to be stopped."""

    def __init__(self, catalog: Catalog, order: Order, tell: Tell, cancelled: Callable[[int], bool]) -> None:
        self._catalog = catalog
        self._order = order
        self._tell = tell
        self._cancelled = cancelled
        self._part = (0, 1)
        self._told = -1.0
        self.parent = order.parent
        """The take that the recipes extend or continue."""

    def enter(self, part: int, parts: int) -> None:
        """From here on, progress counts for that part of the job, of so many."""
        self._part = (part, parts)

    def report(self, progress: Progress) -> None:
        """Tell how far the run is; more than twenty reports a second are dropped."""
        now = time.monotonic()
        if now - self._told < REPORT_EVERY_S and progress.done < progress.of:
            return
        self._told = now
        part, parts = self._part
        done, of = part * progress.of + progress.done, parts * progress.of
        self._tell(Stepped(job=self._order.job, done=done, of=of, note=progress.note))

    def cancelled(self) -> bool:
        """Whether the job is to stop."""
        return self._cancelled(self._order.job)

    def draft(self, sound: str) -> tuple[Samples, int]:
        """The sound of the draft of that id (samples, rate). Raises GenerationError."""
        take = self._find(sound)
        if take is None:
            raise GenerationError(f"The draft {sound[:8]} is not in the library.", "Import it, then try again.")
        try:
            return audio.read(self._catalog.path_of(take))
        except EarmarkError as error:
            raise GenerationError(f"The draft {sound[:8]} can't be used: {error.what}", error.remedy) from error

    def tokens(self, sound: str) -> Mapping[str, NDArray[np.generic]] | None:
        """The tokens kept with the take of that id, None if there are none (or they are damaged)."""
        take = self._find(sound)
        path = self._catalog.tokens_of(take) if take is not None else None
        return read_tokens(path) if path is not None else None

    def _find(self, sound: str) -> Take | None:
        if sound not in self._catalog:
            self._catalog.refresh()
        return self._catalog.get(sound)


class Workbench:
    """One library's orders, one after the other. Generators stay loaded between them."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._generators: dict[str, Generator] = {}

    def carry_out(self, order: Order, tell: Tell, cancelled: Callable[[int], bool]) -> None:
        """Make the takes of `order`; every recipe lands, stumbles, or was cancelled when this returns."""
        run = _Run(self.root, order, tell)
        try:
            bench = Bench(Catalog(self.root), order, tell, cancelled)
            groups = _by_generator(order)
            for part, (name, indices) in enumerate(groups.items()):
                bench.enter(part, len(groups))
                self._make(name, indices, bench, run)
                if bench.cancelled():
                    break
        except LibraryError as error:
            # A library that can't be written won't take the rest either: don't spend hours to find out.
            run.stumble_rest(error.title, error.what, error.remedy)
        except MemoryError:
            run.stumble_rest(
                GenerationError.title, "The machine ran out of memory.", "Close other programs, or make shorter takes."
            )
        tell(Ended(job=order.job, cancelled=cancelled(order.job) and bool(run.missing)))

    def _make(self, name: str, indices: Sequence[int], bench: Bench, run: _Run) -> None:
        try:
            if name not in self._generators:
                self._generators[name] = make_generator(name)
            recipes = [run.order.recipes[index] for index in indices]
            for result in self._generators[name].generate(recipes, bench):
                run.take_in(result, indices[result.index])
                if bench.cancelled():
                    return
        except GenerationError as error:
            for index in indices:
                run.stumble(index, error.title, error.what, error.remedy)


class _Run:
    """What became of the recipes of one order."""

    def __init__(self, root: Path, order: Order, tell: Tell) -> None:
        self.order = order
        self.missing = set(range(len(order.recipes)))
        self._root = root
        self._tell = tell
        self._batch: BatchWriter | None = None

    def take_in(self, result: Rendered | Failed, index: int) -> None:
        """Save a finished take, or tell that it failed. Raises LibraryError when the library can't be written."""
        job = self.order.job
        if isinstance(result, Failed):
            self.stumble(index, result.error.title, result.error.what, result.error.remedy)
        elif self.order.scratch is not None:
            sound, tokens = write_scratch(Path(self.order.scratch), str(index), result)
            self.missing.discard(index)
            self._tell(
                Remade(
                    job=job,
                    index=index,
                    recipe=result.recipe,
                    sound=str(sound),
                    tokens=str(tokens) if tokens is not None else None,
                )
            )
        else:
            if self._batch is None:
                self._batch = BatchWriter(self._root)
            try:
                take = save(self._batch, result, parent=self.order.parent)
            except AudioError as error:
                self.stumble(index, error.title, error.what, error.remedy)
                return
            self.missing.discard(index)
            self._tell(Landed(job=job, index=index, take=take))

    def stumble(self, index: int, title: str, what: str, remedy: str) -> None:
        """Tell that one recipe came to nothing, unless its fate is known."""
        if index in self.missing:
            self.missing.discard(index)
            self._tell(Stumbled(job=self.order.job, index=index, title=title, what=what, remedy=remedy))

    def stumble_rest(self, title: str, what: str, remedy: str) -> None:
        """Tell the same of all that are missing."""
        for index in sorted(self.missing):
            self.stumble(index, title, what, remedy)


def _by_generator(order: Order) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = {}
    for index, recipe in enumerate(order.recipes):
        groups.setdefault(recipe.generator, []).append(index)
    return groups
