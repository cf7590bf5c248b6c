"""An export from the choice of takes to the last checksum."""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from library.errors import AudioError, LibraryError
from library.files.durable import make_folder, remove_file
from library.files.reading import open_file
from library.locations import typed_path
from library.purging.restore import bring_back
from library.sound.audio import probe
from library.sound.file_bytes import StoppedError
from library.sound.opened_sound import SoundInfo
from library.sound.playback_gain import as_heard
from library.sound.samples import Samples
from library.store.catalog import Catalog
from library.take import Take
from ratings.errors import ExportError
from ratings.export.copies import copy_subtype, peak_of, write_copy
from ratings.export.formats import KINDS, can_be_written
from ratings.export.names import Named, NamePattern, names_of, usual_name
from ratings.export.placing import check_outside, check_writable, exporting_to, place, temporary_in
from ratings.export.redaction import PublicTake, public_reason, public_take
from ratings.export.request import ExportedFile, ExportReport, ExportRequest, Failure
from ratings.export.select import Choice, select
from ratings.export.sheets import write_sheets
from ratings.export.source import Listen, find_sound
from ratings.export.wav import Tags, gain_for, gain_to_fit, may_clip, own_subtype, same_sound, tags_of, write_wav
from ratings.history import History
from ratings.labels.names import in_order

if TYPE_CHECKING:
    from library.sound.loudness_meter import Meter


def run_export(
    catalog: Catalog,
    history: History,
    request: ExportRequest,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
    sheets: bool = True,
) -> ExportReport:
    """Write the best takes, or those named, and the `sheets` beside them. `progress` hears of takes done and how many.

    Nothing that is in the destination is changed: a WAV that is there already with the same sound is kept, another
    gets a new name, and the sheets of a further export are numbered (manifest-2.json …). A take whose sound is
    missing or has changed is among the failures. When cancelled, what is done stays, with its sheets.

    Raises ExportError where the destination can't be used, as for one in the library, the sheets can't be written, or
    this machine has nothing that writes the format.
    """
    if not can_be_written(request.format):
        raise ExportError(
            f"The libsndfile of this machine can't write {request.format.upper()}.", "Export WAV or FLAC instead."
        )
    folder = typed_path(request.destination).absolute()
    check_outside(folder, catalog.library)
    choices = select(catalog, history, request)
    report = ExportReport()
    if not choices:
        return report
    if os.path.exists(folder) and not os.path.isdir(folder):  # noqa: PTH110, PTH112 - which raise nothing
        raise ExportError(f"{folder} is a file, not a folder.", "Choose a folder to export to.")
    run = _Run(catalog, request, folder, len(choices), software(), cancelled, _pattern(request))
    stopped = False
    try:
        make_folder(folder)
        with exporting_to(folder):
            check_writable(folder)
            bring_back(catalog, (one.take for one in choices), stopped=cancelled)
            for rank, choice in enumerate(choices, 1):
                progress(rank - 1, len(choices))
                if stopped := cancelled():
                    break
                try:
                    report.files.append(run.write(rank, choice))
                except StoppedError:
                    stopped = True
                    break
                except (AudioError, LibraryError) as error:
                    report.failed.append(run.failure(choice.take, str(error)))
            progress(len(report.files) + len(report.failed), len(choices))
            if report.files and sheets:
                report.sheets.extend(write_sheets(folder, report.files, report.failed, request, run.software))
    except LibraryError as error:
        raise ExportError(
            error.what, error.remedy.replace("choose another library with --library", "choose another folder")
        ) from error
    return ExportReport(report.files, report.failed, report.sheets, stopped)


SPARE_DB = (0.1, 0.3, 1.0, 3.0)
"""A lossy copy whose peaks don't fit is made again, quieter by what they are over and by so much more each time."""


@dataclass(frozen=True)
class _Run:
    """What all files of an export share."""

    catalog: Catalog
    request: ExportRequest
    folder: Path
    of: int
    software: str
    cancelled: Callable[[], bool]
    pattern: NamePattern | None

    def write(self, rank: int, choice: Choice) -> ExportedFile:
        """Write one WAV. Raises AudioError, LibraryError, StoppedError."""
        take, row, ratings = public_take(choice.take), choice.row, choice.ratings
        source, info, level = self._source(choice.take)
        subtype = self._subtype(info)
        wanted_gain, lufs, peak_db = level.matched()
        gain = gain_to_fit(level.peak, wanted_gain)
        tags = tags_of(take, self.software)
        labels = in_order(ratings.labels)
        with temporary_in(self.folder) as temporary:
            try:
                frames, gain = self._write_sound(source, temporary, info, subtype, tags, gain_db=gain)
            except AudioError as error:
                raise AudioError(f"{source}: {error.what}", error.remedy) from error
            if lufs is not None and peak_db is not None:
                lufs, peak_db = round(lufs + gain, 2), round(peak_db + gain, 2)
            wanted = self.folder / self._name(named_of(choice, take, rank, self.of))
            path, kept = place(temporary, wanted, lambda there: same_sound(there, temporary))
            sha256 = _sha256(path)
        return ExportedFile(
            path=path,
            take=take.id,
            rank=rank,
            prompt=take.prompt,
            seed=take.seed,
            generator=take.generator,
            model=take.model,
            licence=tags.licence,
            stars=ratings.stars,
            sound=ratings.sound,
            judgements=ratings.judgements,
            score=row.score if row else None,
            low=row.low if row else None,
            high=row.high if row else None,
            p_top=row.p_top if row else None,
            picked=ratings.picked,
            labels=labels,
            notes=tuple(text for text, _ in ratings.notes),
            marks=tuple(position for position, _ in ratings.marks),
            duration_s=frames / info.sample_rate,
            sample_rate=KINDS[self.request.format].rate_for(info.sample_rate),
            channels=info.channels,
            format=self.request.format,
            subtype=subtype,
            gain_db=gain,
            turned_down=gain < wanted_gain,
            heard_lufs=lufs,
            heard_peak_db=peak_db,
            short_lu=0.0 if lufs is None or level.target_lufs is None else round(max(0.0, level.target_lufs - lufs), 2),
            sha256=sha256,
            kept=kept,
            recipe=msgspec.to_builtins(take.recipe) if take.recipe else None,
        )

    def _write_sound(
        self, source: Path, target: Path, info: SoundInfo, subtype: str, tags: Tags, *, gain_db: float
    ) -> tuple[int, float]:
        """How many frames were written, and with how many decibels: fewer where a lossy copy's peaks would clip."""
        if self.request.format == "wav":
            return write_wav(source, target, info, subtype, gain_db=gain_db, tags=tags, stop=self.cancelled), gain_db
        kind, spare = KINDS[self.request.format], iter(SPARE_DB)
        while True:
            frames = write_copy(source, target, info, kind, subtype, gain_db=gain_db, tags=tags, stop=self.cancelled)
            peak = 0.0 if kind.lossy is None else peak_of(target, self.cancelled)
            if peak <= 1 or (left := next(spare, None)) is None:
                return frames, gain_db
            remove_file(target)
            gain_db -= 20 * math.log10(peak) + left

    def _subtype(self, info: SoundInfo) -> str:
        if self.request.subtype is not None:
            return self.request.subtype
        return own_subtype(info) if self.request.format == "wav" else copy_subtype(info, KINDS[self.request.format])

    def _name(self, named: Named) -> str:
        suffix = f".{self.request.format}"
        return usual_name(named, suffix) if self.pattern is None else self.pattern.name(named, suffix)

    def failure(self, take: Take, reason: str) -> Failure:
        """That `take` could not be written, for that reason."""
        places = [self.catalog.path_of(take), *self.catalog.places_of(take)]
        names = {self.folder: "the folder of the export", self.catalog.library.root: "the library"}
        names |= {path.parent: "its folder" for path in places} | {path: path.name for path in places}
        public = public_reason(reason, names)
        return Failure(take=take.id, path=places[0], reason=reason, public_reason=public)

    def _source(self, take: Take) -> tuple[Path, SoundInfo, _Level]:
        """The file that holds the take's sound now; its level where that matters."""
        levels = dict[Path, _Level]()

        def level_of(path: Path) -> Listen | None:
            clips = self.request.format != "wav" or self.request.subtype is not None
            if clips:
                info = probe(path)
                clips = KINDS[self.request.format].lossy is not None or may_clip(info, self._subtype(info))
            level = levels[path] = _Level(self.request.normalize, clips)
            return level.add if level.matters else None

        path, found = find_sound(self.catalog, take, level_of, self.cancelled)
        return path, found.info, levels[path]


@dataclass
class _Level:
    """How loud a sound is, as far as that matters to its WAV."""

    target_lufs: float | None
    clips: bool
    """Whether samples over full scale would be clipped."""
    peak: float = 0.0
    """The greatest sample's magnitude, where they would be."""
    meter: Meter | None = None

    @property
    def matters(self) -> bool:
        """Whether the sound must be listened to at all."""
        return self.clips or self.target_lufs is not None

    def add(self, chunk: Samples, info: SoundInfo) -> None:
        """Listen to the next samples."""
        if self.clips:
            self.peak = max(self.peak, float(chunk.max()), -float(chunk.min()))
        if self.target_lufs is not None:
            if self.meter is None:
                from library.sound.loudness_meter import Meter

                self.meter = Meter()
            self.meter.listen(chunk, info)

    def matched(self) -> tuple[float, float | None, float | None]:
        """Decibels to the loudness that was asked for; loudness and true peak from two loudspeakers without them."""
        if self.target_lufs is None or self.meter is None:
            return 0.0, None, None
        measured = self.meter.result()
        return gain_for(measured, self.target_lufs), *as_heard(measured)


def named_of(choice: Choice, take: PublicTake, rank: int, of: int) -> Named:
    """What the name of that choice's file can tell."""
    return Named(
        take=take,
        rank=rank,
        of=of,
        stars=choice.ratings.stars,
        score=choice.row.score if choice.row else None,
        labels=in_order(choice.ratings.labels),
        duration_s=choice.take.duration_s,
    )


def names_in(choices: Sequence[Choice], request: ExportRequest) -> list[str]:
    """The names that files of these choices get in an empty folder. Raises ExportError."""
    files = [named_of(one, public_take(one.take), rank, len(choices)) for rank, one in enumerate(choices, 1)]
    return names_of(files, _pattern(request), f".{request.format}")


def _pattern(request: ExportRequest) -> NamePattern | None:
    return None if request.name is None else NamePattern(request.name)


def _sha256(path: Path) -> str:
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def software() -> str:
    """What wrote the files, with its version."""
    try:
        return f"Earmark {version('earmark')}"
    except PackageNotFoundError:
        return "Earmark (development)"
