"""Importing: many files at once into one batch, durable as it goes."""

from __future__ import annotations

import contextlib
import itertools
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYetError
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

from library.errors import AudioError, EarmarkError, LibraryError, UnconfirmedError
from library.files.file_stamp import stamp_of
from library.files.reading import open_file
from library.files.reasons import unconfirmed
from library.importing.find_files import find_files
from library.importing.inspect_file import InspectedFile, inspect_file
from library.importing.known_sounds import KnownSounds
from library.importing.measuring.measured_sound import Measure, measure_sound
from library.importing.measuring.process import NO_MEMORY
from library.importing.measuring.side_by_side import SideBySide
from library.importing.origin import Origin, OriginError
from library.importing.request import ImportReport, ImportRequest
from library.importing.sources.file_names import Pattern, compile_pattern
from library.importing.sources.sheet import Sheet, read_sheet
from library.importing.sources.sidecar import Folders
from library.library import Library
from library.locations import typed_path
from library.sound.file_bytes import Stop, StoppedError, check
from library.sound.loudness_meter import with_measures
from library.store.catalog import BatchWriter, Catalog
from library.take import METER, WORDS, Take, just_after, merge, source_of, utc_now

FLUSH_EVERY_S = 0.5
"""How long a take may wait to become durable …"""
MANY = 16
"""So many files pay for the start of processes to measure them."""
WRITING_SHARE = 20
"""… unless writing the batch takes long: at most one part in this many of the time goes into it."""
_POLL_S = 0.1
"""How often a long file is interrupted to ask whether to stop."""
_COPY_BYTES = 1 << 20
"""Copied at a time."""

OnProgress = Callable[[int, int], None]
OnSaved = Callable[[Sequence[Take]], None]
IsCancelled = Callable[[], bool]


def run_import(
    catalog: Catalog,
    request: ImportRequest,
    *,
    progress: OnProgress = lambda _done, _of: None,
    on_saved: OnSaved = lambda _takes: None,
    cancelled: IsCancelled = lambda: False,
    sheet: Sheet | None = None,
    known: KnownSounds | None = None,
) -> ImportReport:
    """Load what `request` names into the library; the catalog knows the takes on return.

    `sheet` stands in for the one the request names; `known` spares reading what was read before. The others are called
    on the calling thread: `progress(done, of)` after each file, `on_saved(takes)` when takes are durable, `cancelled()`
    at least ten times a second. One bad file stops nothing else. Raises ImportingError where nothing can start,
    LibraryError where the library can't be written; what had landed stays in either case.
    """
    pattern = compile_pattern(request.pattern) if request.pattern else None
    if sheet is None and request.sheet:
        try:
            sheet = read_sheet(typed_path(request.sheet), cancelled)
        except StoppedError:
            return ImportReport(cancelled=True)
    return _Import(catalog, request, pattern, sheet, known, progress, on_saved, cancelled).run()


@dataclass
class _Import:
    _catalog: Catalog
    _request: ImportRequest
    _pattern: Pattern | None
    _sheet: Sheet | None
    _known: KnownSounds | None
    _progress: OnProgress
    _on_saved: OnSaved
    _cancelled: IsCancelled
    _report: ImportReport = field(default_factory=ImportReport)
    _stop: threading.Event = field(default_factory=threading.Event)
    _batch: BatchWriter | None = None
    _seen: dict[str, Take] = field(default_factory=dict)
    """The sounds of this import's files, by id: what is known of them by now, durable or not yet."""
    _unsaved: list[Take] = field(default_factory=list)
    _updates: list[Take] = field(default_factory=list)
    """Documents about takes that were known before."""
    _known_before: dict[str, Take] = field(default_factory=dict)
    """Those of them that the library had, as it knew them."""
    _copies: list[Path] = field(default_factory=list)
    _flushed_at: float = field(default_factory=time.monotonic)
    _writing_s: float = 0.0
    _folders: Folders = field(default_factory=Folders)
    _measure: Measure = measure_sound

    def run(self) -> ImportReport:
        self._catalog.refresh()
        files = list(find_files(self._request.paths, self._fail, self._should_stop, self._leave_out))
        if self._sheet:
            self._sheet.resolve_paths(folders_of(self._request.paths))
        threads = min(len(files), os.cpu_count() or 1)
        if files and not self._stop.is_set():
            side_by_side = SideBySide(threads)
            if len(files) >= MANY:
                self._measure = side_by_side.measure
            with ThreadPoolExecutor(2 * threads, thread_name_prefix="import") as pool:
                try:
                    self._work(files, pool, 4 * threads)
                finally:
                    self._stop.set()
                    side_by_side.close()
                    pool.shutdown(wait=False, cancel_futures=True)
        # Whoever wrote what is known already may have been killed before it was durable.
        for batch in () if self._request.dry_run else {take.batch for take in self._known_before.values()}:
            self._catalog.library.sync(self._catalog.library.batches / batch)
        if self._request.dry_run:
            self._report.takes = [self._seen[take.id] for take in self._report.takes]
        for known in self._known_before.values():
            now = self._seen.get(known.id, known)
            if any(getattr(now, word) != getattr(known, word) for word in WORDS):
                self._report.corrected.append(now)
        if self._sheet and not self._report.cancelled:
            self._report.failed.extend((self._sheet.path, problem) for problem in self._sheet.problems)
            not_found = f"of {self._sheet.path.name} lists it, but it isn't among the imported files."
            self._report.failed.extend((Path(row.file), f"Line {row.line} {not_found}") for row in self._sheet.unused())
        return self._report

    def _work(self, files: list[Path], pool: ThreadPoolExecutor, ahead: int) -> None:
        try:
            for done, (path, result) in enumerate(self._results(files, pool, ahead), start=1):
                self._handle_result(path, result)
                if self._is_due():
                    self._flush()
                self._progress(done, len(files))
        finally:
            self._flush()
            if self._known and not self._request.dry_run:
                self._known.save()

    def _results(
        self, files: list[Path], pool: ThreadPoolExecutor, ahead: int
    ) -> Iterator[tuple[Path, Future[InspectedFile]]]:
        """What the workers found, in the order of the files; ends early when it is to stop."""
        remaining = iter(files)
        queue = deque((path, self._submit(path, pool)) for path in itertools.islice(remaining, ahead))
        while queue:
            path, future = queue.popleft()
            while not future.done():
                if self._should_stop():
                    return
                try:
                    future.exception(timeout=_POLL_S)
                except NotYetError:
                    if self._is_due():
                        self._flush()
            queue.extend((following, self._submit(following, pool)) for following in itertools.islice(remaining, 1))
            yield path, future
            if self._should_stop() and queue:
                return

    def _submit(self, path: Path, pool: ThreadPoolExecutor) -> Future[InspectedFile]:
        sheet_origin = self._sheet.find(path) if self._sheet else Origin()
        sound = self._known.find(path) if self._known else None
        take = self._catalog.get(sound) if sound else None
        if take is not None and take.meter < METER:
            take = None
        inspect = partial(inspect_file, folders=self._folders, measure=self._measure)
        return pool.submit(inspect, path, sheet_origin, self._pattern, self._stop.is_set, take)

    def _should_stop(self) -> bool:
        if not self._stop.is_set() and self._cancelled():
            self._stop.set()
            self._report.cancelled = True
        return self._stop.is_set()

    def _fail(self, path: Path, reason: str) -> None:
        self._report.failed.append((path, reason))

    def _leave_out(self, path: Path, reason: str) -> None:
        self._report.left_out.append((path, reason))

    def _handle_result(self, path: Path, result: Future[InspectedFile]) -> None:
        try:
            found = result.result()
            if self._known:
                self._known.remember(path, found.measured.stamp, found.measured.sound.id)
            self._report.unmatched += not found.words.fits
            self._report.add_problems(found.words)
            self._add_or_update(found)
            if found.measured.sound.partial:
                self._report.partial.append((path, found.measured.sound.partial))
        except (AudioError, OriginError) as error:
            self._fail(path, str(error))
        except StoppedError:
            return
        except MemoryError:
            self._fail(path, NO_MEMORY)

    def _add_or_update(self, found: InspectedFile) -> None:
        seen = self._seen.get(found.measured.sound.id)
        known = seen or self._catalog.get(found.measured.sound.id)
        if known is None:
            take = self._seen[found.measured.sound.id] = self._make_document(found)
            self._unsaved.append(take)
            return
        self._report.duplicates.append(found.path)
        if seen is None:
            self._known_before[known.id] = known
        take = self._describe_take(found, known.batch, known.file, known)
        lost = seen is None and not self._catalog.has_sound(known)
        # Who asks for copies may mean to delete the files afterwards.
        outside = seen is None and self._request.copy and not self._catalog.owns_sound(known)
        if lost or outside or _adds_to(known, take, surer=seen is not None):
            # A sound of this import has its place already, and at most one copy.
            take = self._make_document(found, known) if seen is None else take
            self._report.updated.append(found.path)
            self._updates.append(take)
            known = merge([known, take])
        self._seen[take.id] = known

    def _make_document(self, found: InspectedFile, known: Take | None = None) -> Take:
        """The take's document, its sound in place."""
        if self._request.dry_run:
            return self._describe_take(found, "", str(found.path), known)
        batch = self._batch = self._batch or BatchWriter(self._catalog.library)
        file = str(found.path)
        if self._request.copy:
            file = f"{found.measured.sound.id}{found.path.suffix.lower()}"
            self._copies.append(_copy_durably(found.path, batch.library, batch.folder / file, self._should_stop))
        if found.measured.stamp is not None and stamp_of(found.path) != found.measured.stamp:
            _remove_copies(batch.library, self._copies[-1:] if self._request.copy else ())
            raise AudioError("It changed while it was being read.", "Import it again once nothing is writing to it.")
        return self._describe_take(found, batch.name, file, known)

    def _describe_take(self, found: InspectedFile, batch: str, file: str, known: Take | None = None) -> Take:
        # The newest word counts, also when the clock was set back since the one before.
        now = utc_now()
        earlier = max(now, *(document.created_at for document in self._catalog.documents_of(known))) if known else now
        info, origin = found.measured.sound.info, found.words.origin
        take = Take(
            id=found.measured.sound.id,
            batch=batch,
            file=file,
            duration_s=info.duration_s,
            sample_rate=info.sample_rate,
            channels=info.channels,
            created_at=now if earlier == now else just_after(earlier),
            prompt=origin.prompt,
            seed=origin.seed,
            generator=origin.generator or (None if known else self._request.generator),
            model=origin.model,
            flags=found.measured.measurement.flags,
            recipe=origin.recipe,
            told_by=found.words.told_by,
        )
        return with_measures(take, found.measured.measurement)

    def _is_due(self) -> bool:
        since = time.monotonic() - self._flushed_at
        return bool(self._unsaved or self._updates) and since >= max(FLUSH_EVERY_S, WRITING_SHARE * self._writing_s)

    def _flush(self) -> None:
        """Make what is waiting durable, and tell of it."""
        if self._request.dry_run:
            self._report.takes.extend(self._unsaved)
            self._unsaved, self._updates = [], []
        if self._batch is None or not (self._unsaved or self._updates):
            return
        started = time.monotonic()
        takes, updates, copies = self._unsaved, self._updates, self._copies
        self._unsaved, self._updates, self._copies = [], [], []
        documented = False
        try:
            if copies:
                self._batch.library.sync(self._batch.folder)
            documented = True
            self._batch.add([*takes, *updates])
        except EarmarkError as error:
            if documented and isinstance(error, UnconfirmedError):
                raise
            _remove_copies(self._batch.library, copies)
            if isinstance(error, UnconfirmedError):
                raise unconfirmed(self._batch.folder, error) from error
            raise
        self._catalog.refresh()
        self._flushed_at = time.monotonic()
        self._writing_s = self._flushed_at - started
        self._report.takes.extend(takes)
        if takes:
            self._on_saved(takes)


def _adds_to(known: Take, take: Take, *, surer: bool) -> bool:
    """Whether `take` adds to or changes the words of `known`, or makes them surer, or was measured by a newer meter.

    With `surer` it must make one surer: two files of one sound that differ in their tags would else correct each
    other for ever, import after import.
    """
    both = merge([known, take])
    gained = any(
        getattr(both, word) is not None
        and (getattr(known, word) is None or source_of(both, word) != source_of(known, word))
        for word in WORDS
    )
    return (
        gained
        or take.meter > known.meter
        or (not surer and any(getattr(both, part) != getattr(known, part) for part in (*WORDS, "recipe")))
    )


def folders_of(paths: Sequence[Path]) -> list[Path]:
    """The folders that a sheet's files are relative to: those that were named, and those of the files that were."""
    absolute = [Path(os.path.abspath(typed_path(path))) for path in paths]  # noqa: PTH100 - keeps symbolic links
    return [path if path.is_dir() else path.parent for path in absolute]


def _copy_durably(source: Path, library: Library, target: Path, stop: Stop) -> Path:
    """Copy `source` to `target` in the library; the folder is the caller's to sync, once for many.

    Raises AudioError where the source can't be read (any more), LibraryError where the target can't be written,
    StoppedError when `stop` says so.
    """
    try:
        reading = open_file(source)
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error
    with reading, library.folder(target.parent) as folder, folder.replacing(target.name, sync=False) as writing:
        while data := _read_chunk(reading):
            check(stop)
            writing.write(data)
    return target


def _read_chunk(file: BinaryIO) -> bytes:
    try:
        return file.read(_COPY_BYTES)
    except OSError as error:
        raise AudioError(f"It can't be read: {error.strerror or error}.") from error


def _remove_copies(library: Library, copies: Iterable[Path]) -> None:
    """Take away copies whose takes never came to be."""
    for copy in copies:
        with contextlib.suppress(LibraryError):
            library.remove(copy)
