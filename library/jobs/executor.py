"""Carries out an order in the worker process: runs the generator, saves what it makes, reports how it goes."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from library.errors import AudioError, EarmarkError, GenerationError, LibraryError, SameTakeError
from library.files.durable import remove_file, remove_folder
from library.generators.api import Context, Failed, Generator, Progress, Rendered
from library.generators.registry import make_generator
from library.jobs import events
from library.jobs.events import Event, Order
from library.jobs.inbox import Inbox
from library.jobs.kept_arrays import KeptArrays
from library.jobs.saving import read_tokens, save, write_scratch
from library.library import Library
from library.sound import audio
from library.sound.loudness_meter import measure
from library.sound.samples import Samples
from library.spelling import one_spelling
from library.store.catalog import BatchWriter, Catalog
from library.take import Recipe, Take, TakeId

REPORT_EVERY_S = 0.05
_SHOWN = 60
"""Characters of a prompt in a sentence."""

Notify = Callable[[Event], None]


class WorkerContext(Context):
    """What a running generator is offered: the library's drafts, and a way to report and to be stopped."""

    def __init__(self, catalog: Catalog, order: Order, notify: Notify, inbox: Inbox) -> None:
        self._catalog = catalog
        self._order = order
        self._notify = notify
        self._inbox = inbox
        self._group = (0, 1)
        self._indices: Sequence[int] = ()
        self._reported_at = -1.0
        self._previews_written = Counter[int]()
        self._told: set[str] = set()
        self._kept = KeptArrays(Path(order.kept) if order.kept is not None else None)
        self._kept.sweep()
        self.previews = order.previews is not None
        self.device = order.device

    def serve_group(self, part: int, parts: int, indices: Sequence[int]) -> None:
        """From here on it serves that part of the job, of so many: the recipes of those indices."""
        self._group = (part, parts)
        self._indices = indices

    def parent(self, index: int) -> str | None:
        return self._order.parent_of(self._indices[index])

    def tell(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self._notify(events.JobRemark(job=self._order.job, words=words))

    def report(self, progress: Progress) -> None:
        """Tell how far the run is; more than twenty reports a second are dropped."""
        now = time.monotonic()
        if now - self._reported_at < REPORT_EVERY_S and progress.done < progress.of:
            return
        self._reported_at = now
        part, parts = self._group
        done, of = part * progress.of + progress.done, parts * progress.of
        seconds = {self._indices[index]: round(length, 2) for index, length in progress.seconds.items()}
        self._notify(events.JobProgress(job=self._order.job, done=done, of=of, note=progress.note, seconds=seconds))

    def cancelled(self) -> bool:
        return self._inbox.cancelled(self._order.job)

    def draft(self, sound: str) -> tuple[Samples, int]:
        take = self._find_take(sound)
        if take is None:
            raise GenerationError(f"The draft {sound[:8]} isn't in the library.", "Import it, then try again.")
        try:
            return audio.read(self._catalog.path_of(take))
        except EarmarkError as error:
            raise GenerationError(f"The draft {sound[:8]} can't be used: {error.what}", error.remedy) from error

    def tokens(self, sound: str) -> Mapping[str, NDArray[np.generic]] | None:
        take = self._find_take(sound)
        path = self._catalog.tokens_of(take) if take is not None else None
        return read_tokens(path) if path is not None else None

    def kept(self, key: str) -> Mapping[str, NDArray[np.generic]] | None:
        return self._kept.read(key)

    def keep(self, key: str, arrays: Mapping[str, NDArray[np.generic]]) -> None:
        self._kept.keep(key, arrays)

    def forget(self, key: str) -> None:
        """What was kept under that name is needed no more."""
        self._kept.forget(key)

    def unwanted(self) -> frozenset[int]:
        return self._indices_here(self._inbox.unwanted[self._order.job])

    def listened(self) -> frozenset[int]:
        return self._indices_here(self._inbox.listened[self._order.job])

    def preview(self, index: int, samples: Samples, sample_rate: int) -> None:
        """Report the first seconds of a take, on any thread. A disk that won't hold them costs only the preview."""
        if self._order.previews is None:
            return
        folder, recipe_index = Path(self._order.previews), self._indices[index]
        self._previews_written[recipe_index] += 1
        number = self._previews_written[recipe_index]
        sound = folder / f"{recipe_index}-{number}.flac"
        try:
            audio.write_flac(sound, samples, sample_rate)
        except EarmarkError:
            return
        with suppress(OSError):  # The one before may just be being opened.
            remove_file(folder / f"{recipe_index}-{number - 2}.flac")
        measured = measure(samples, sample_rate)
        self._notify(
            events.PreviewReady(
                job=self._order.job,
                index=recipe_index,
                sound=str(sound),
                duration_s=len(samples) / sample_rate,
                sample_rate=sample_rate,
                channels=samples.shape[1],
                lufs=measured.lufs,
                true_peak_db=measured.true_peak_db,
            )
        )

    def _indices_here(self, asked: frozenset[int]) -> frozenset[int]:
        """`asked`, as indices of the group's recipes."""
        return frozenset(self._indices.index(index) for index in asked if index in self._indices)

    def _find_take(self, sound: str) -> Take | None:
        if sound not in self._catalog:
            self._catalog.refresh()
        return self._catalog.get(sound)


class OrderExecutor:
    """Carries out orders one after the other. Generators stay loaded between them."""

    def __init__(self) -> None:
        self._generators: dict[str, Generator] = {}

    def carry_out(self, order: Order, notify: Notify, inbox: Inbox) -> None:
        """Make the takes of `order`; every recipe lands, stumbles, is dropped or cancelled when this returns."""
        library = Library(Path(order.library))
        library.founded = order.founded
        state = _OrderState(library, order, notify, inbox)
        try:
            if order.scratch is None:
                library.check_still_there()
            context = WorkerContext(state.catalog, order, notify, inbox)
            wanted = sorted(state.missing)
            names = list(dict.fromkeys(order.recipes[index].generator for index in wanted))
            for part, name in enumerate(names):
                indices = [index for index in wanted if order.recipes[index].generator == name]
                context.serve_group(part, len(names), indices)
                self._make(name, indices, context, state)
                if context.cancelled():
                    break
        except LibraryError as error:
            # A library that can't be written won't take the rest either: don't spend hours to find out.
            state.fail_all(range(len(order.recipes)), error, stays=True)
        except MemoryError:
            full = GenerationError("The machine ran out of memory.", "Close other programs, or make shorter takes.")
            state.fail_all(range(len(order.recipes)), full, stays=True)
        finally:
            if order.previews is not None:
                remove_folder(Path(order.previews))
        notify(events.JobEnded(job=order.job, cancelled=inbox.cancelled(order.job) and bool(state.missing)))

    def _make(self, name: str, indices: Sequence[int], context: WorkerContext, state: _OrderState) -> None:
        try:
            if name not in self._generators:
                self._generators[name] = make_generator(name)
            recipes = [state.order.recipes[index] for index in indices]
            for result in self._generators[name].generate(recipes, context):
                state.handle_result(result, indices[result.index])
                if isinstance(result, Rendered) and result.kept_as:
                    context.forget(result.kept_as)
                if context.cancelled():
                    return
        except GenerationError as error:
            state.fail_all(indices, error, stays=True)


class _OrderState:
    """What became of the recipes of one order."""

    def __init__(self, library: Library, order: Order, notify: Notify, inbox: Inbox) -> None:
        self.order = order
        self._inbox = inbox
        self.missing = set(range(len(order.recipes))).difference(order.done)
        self._library = library
        self.catalog = Catalog(library)
        self._notify = notify
        self._batch: BatchWriter | None = None
        self._saved: dict[str, Take] = {}

    def handle_result(self, result: Rendered | Failed, index: int) -> None:
        """Save a finished take, or report why there is none. Raises LibraryError when the library can't be written."""
        job = self.order.job
        if index in self._inbox.unwanted[job]:
            self._end(index, events.TakeDropped(job=job, index=index))
        elif isinstance(result, Failed):
            self.fail_all([index], result.error)
        elif self.order.scratch is not None:
            sound, tokens = write_scratch(Path(self.order.scratch), str(index), result)
            kept = str(tokens) if tokens is not None else None
            remade = events.TakeRemade(job=job, index=index, recipe=result.recipe, sound=str(sound), tokens=kept)
            self._end(index, remade)
        else:
            if self._batch is None:
                self._batch = BatchWriter(self._library)
            try:
                take = save(
                    self._batch,
                    result,
                    parent=self.order.parent_of(index),
                    before_commit=lambda take: self._notify(events.SavingTake(job=job, index=index, take=take)),
                    check_id=partial(self._check_new, result.recipe),
                    wish=self.order.wish_of(index),
                )
            except (AudioError, SameTakeError) as error:
                self.fail_all([index], error)
            else:
                self._saved[take.id] = take
                self._end(index, events.TakeSaved(job=job, index=index, take=take))

    def _check_new(self, recipe: Recipe, sound: TakeId) -> None:
        """Raise SameTakeError where that sound is another recipe's take: there would be none of this one."""
        if not self._saved:
            self.catalog.refresh()
        known = self._saved.get(sound) or self.catalog.get(sound)
        if known is None or known.recipe is None or not (known.id in self._saved or self.catalog.has_sound(known)):
            return
        made_by = known.recipe
        if (one_spelling(made_by.prompt), made_by.seed) != (one_spelling(recipe.prompt), recipe.seed):
            raise SameTakeError(
                f"“{recipe.prompt[:_SHOWN]}”, seed {recipe.seed}, sounds exactly like take {sound[:8]} "
                f"(“{made_by.prompt[:_SHOWN]}”, seed {made_by.seed}).",
                "Use other words, or another seed.",
            )

    def fail_all(self, indices: Iterable[int], error: EarmarkError, *, stays: bool = False) -> None:
        """Report that these recipes came to nothing, but for those whose end is known; with `stays`, for now."""
        for index in indices:
            self._end(index, events.TakeFailed.over(error, job=self.order.job, index=index, stays=stays))

    def _end(self, index: int, event: Event) -> None:
        """Report what became of a recipe, unless that is known."""
        if index in self.missing:
            self.missing.discard(index)
            self._notify(event)
