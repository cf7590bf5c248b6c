"""A dataset in a folder: the sounds, a sheet that a trainer reads, and a card that says what it is."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args

from library.errors import LibraryError
from library.files.durable import write_durably
from library.files.reading import read_file
from library.locations import typed_path
from library.store.catalog import Catalog
from ratings.errors import ExportError
from ratings.export.request import ExportedFile, ExportRequest, Failure
from ratings.export.run import run_export, software
from ratings.export.sheets import OBEYED, cell
from ratings.history import History
from ratings.training_data.card import MADE_BY, Contents, card
from ratings.training_data.pairs import Pair, find_pairs

DatasetFormat: TypeAlias = Literal["pairs", "lora", "audiofolder"]
FORMATS: tuple[DatasetFormat, ...] = get_args(DatasetFormat)
SOUNDS, CARD = "audio", "README.md"
SHEETS: dict[DatasetFormat, str] = {"pairs": "pairs.csv", "lora": "metadata.csv", "audiofolder": "metadata.csv"}
_MOST_OF_A_CARD = 1 << 20
_PAIR_COLUMNS = ("prompt", "chosen_file_name", "rejected_file_name", "strategy", "margin", "certainty")
_LORA_COLUMNS = ("file", "caption", "bpm", "key")
_TAKE_COLUMNS = (
    *("file_name", "prompt", "seed", "generator", "model", "licence", "stars", "score", "low", "high"),
    *("judgements", "picked", "rejected", "labels", "duration_s", "take"),
)


@dataclass(frozen=True, kw_only=True)
class DatasetRequest:
    """Which takes, for what kind of training, and where to."""

    destination: Path
    format: DatasetFormat
    takes: tuple[str, ...] | None = None
    """Ids: of these takes only. None for all that were judged; for `lora` none that were rejected and not picked."""
    count: int | None = None
    """At most so many takes, the best ones; for `pairs` so many pairs, the surest ones."""
    min_stars: float | None = None
    """Only takes of so many stars; no condition for `pairs`, as the next two."""
    picks: bool = False
    """Picked takes only."""
    per_prompt: int | None = None
    """At most so many takes of each prompt."""
    certainty: float = 0.8
    """How sure the model must be of a pair that nobody heard as a duel: over 0.5."""

    def __post_init__(self) -> None:
        """Raises ExportError for what makes no sense."""
        if not 0.5 < self.certainty < 1:
            raise ExportError(f"A certainty of {self.certainty:g} makes no sense.", "Use one between 0.5 and 1.")


@dataclass(frozen=True)
class Dataset:
    """What was written."""

    files: list[Path] = field(default_factory=list)
    """The sounds, the sheet, the card."""
    rows: int = 0
    """Pairs, or takes, that the sheet lists."""
    failed: list[Failure] = field(default_factory=list)
    cancelled: bool = False


def write_dataset(
    catalog: Catalog,
    history: History,
    request: DatasetRequest,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Dataset:
    """Write sounds as WAVs into `audio` under the destination, then the card, and the sheet last.

    A take whose sound can't be written is among the failures and in no row. When cancelled, the sounds that are done
    stay, and the next run keeps them. Where the folder holds a dataset of ours, its sheet and card are written anew.
    Raises ExportError where the destination can't be used, as for one that holds somebody else's; RatingError.
    """
    folder = typed_path(request.destination).absolute()
    _check_ours(folder, SHEETS[request.format])
    pairs = list[Pair]()
    if request.format == "pairs":
        chosen = catalog if request.takes is None else filter(None, map(catalog.get, request.takes))
        pairs = find_pairs(chosen, history, request.certainty)[: request.count]
        if not pairs:
            return Dataset()
    sounds = ExportRequest(
        destination=folder / SOUNDS,
        name="{prompt} {id}",  # whatever its rank is by the next run
        takes=_ids(catalog, history, request, pairs),
        count=None if pairs else request.count,
        min_stars=None if pairs else request.min_stars,
        picks=request.picks and not pairs,
        per_prompt=None if pairs else request.per_prompt,
    )
    done = run_export(catalog, history, sounds, progress=progress, cancelled=cancelled, sheets=False)
    files = [file.path for file in done.files]
    if done.cancelled or not done.files:
        return Dataset(files, 0, done.failed, done.cancelled)
    by_take = {file.take: file for file in done.files}
    if pairs:
        pairs = [pair for pair in pairs if pair.chosen in by_take and pair.rejected in by_take]
        rows = [_pair_row(pair, by_take) for pair in pairs]
        columns: Sequence[str] = _PAIR_COLUMNS
    elif request.format == "lora":
        rows = [{"file": _name(file), "caption": file.prompt} for file in done.files]
        columns = _LORA_COLUMNS
    else:
        rows = [_take_row(file, rejected=history.ratings(file.take).rejected) for file in done.files]
        columns = _TAKE_COLUMNS
    contents = Contents(request.format, SHEETS[request.format], done.files, pairs, request.certainty, software())
    for name, data in ((CARD, card(contents, history).encode()), (SHEETS[request.format], _csv(columns, rows))):
        try:
            write_durably(folder / name, data)
        except LibraryError as error:
            raise ExportError(error.what, error.remedy) from error
        files.append(folder / name)
    return Dataset(files, len(rows), done.failed)


def _check_ours(folder: Path, sheet: str) -> None:
    """Raise ExportError where a card or a sheet is there that no dataset of ours has, or one of another format."""
    there = {name for name in {*SHEETS.values(), CARD} if os.path.lexists(folder / name)}
    text = b""
    with contextlib.suppress(OSError):
        text = read_file(folder / CARD, _MOST_OF_A_CARD)
    if there and (MADE_BY.encode() not in text or there - {CARD, sheet}):
        raise ExportError(f"{folder} has a {min(there)} already.", "Choose a new folder.")


def _ids(catalog: Catalog, history: History, request: DatasetRequest, pairs: Sequence[Pair]) -> tuple[str, ...] | None:
    """The takes whose sounds are wanted; None for those that an export takes of itself."""
    if pairs:
        return tuple(dict.fromkeys(take for pair in pairs for take in (pair.chosen, pair.rejected)))
    if request.takes is not None or request.format == "lora":
        return request.takes
    return tuple(take for take in history.rated() if catalog.get(take) is not None)


def _pair_row(pair: Pair, files: dict[str, ExportedFile]) -> dict[str, Any]:
    return {
        "prompt": pair.prompt,
        "chosen_file_name": _name(files[pair.chosen]),
        "rejected_file_name": _name(files[pair.rejected]),
        "strategy": pair.strategy,
        "margin": round(pair.margin, 3),
        "certainty": round(pair.certainty, 4),
    }


def _take_row(file: ExportedFile, *, rejected: bool) -> dict[str, Any]:
    known = file.__dict__ | {"file_name": _name(file), "labels": ", ".join(file.labels), "rejected": rejected}
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in known.items()}


def _name(file: ExportedFile) -> str:
    """As the sheets name a sound: from the dataset's folder on."""
    return f"{SOUNDS}/{file.path.name}"


def _csv(columns: Sequence[str], rows: Iterable[dict[str, Any]]) -> bytes:
    """As trainers read it: UTF-8 without a mark, and texts as they are as far as that is safe."""
    text = io.StringIO()
    table = csv.DictWriter(text, columns, extrasaction="ignore", restval="", lineterminator="\n")
    table.writeheader()
    table.writerows({key: _safe(value) for key, value in row.items()} for row in rows)
    return text.getvalue().encode()


def _safe(value: object) -> object:
    """A caption keeps the dash that it begins with; one with what a formula needs to do anything is told as text."""
    if not isinstance(value, str):
        return value
    return cell(value) if any(mark in value for mark in "(|!") else OBEYED.sub(" ", value)
