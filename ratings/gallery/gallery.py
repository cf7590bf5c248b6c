"""A gallery: from the choice of takes to a page, in one file or in a folder with its sounds."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from library.errors import AudioError, LibraryError
from library.files.durable import make_folder, write_durably
from library.locations import typed_path
from library.purging.restore import bring_back
from library.sound.file_bytes import StoppedError
from library.store.catalog import Catalog
from library.take import utc_now
from ratings.errors import ExportError
from ratings.export.formats import can_be_written
from ratings.export.names import words_for_name
from ratings.export.placing import check_outside
from ratings.export.redaction import public_take
from ratings.export.request import ExportRequest
from ratings.export.run import software
from ratings.export.select import Choice, select
from ratings.gallery.page import KIND, Entry, page
from ratings.history import History
from ratings.web.document import check_ours
from ratings.web.web_sound import WebSound, web_sound

PAGE, SOUNDS = "index.html", "audio"
MOST = 20
"""Takes of a gallery, if nobody says how many."""


@dataclass(frozen=True)
class Gallery:
    """What was written."""

    files: list[Path] = field(default_factory=list)
    takes: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Ids of takes that could not be shown, and why."""
    cancelled: bool = False


def write_gallery(
    catalog: Catalog,
    history: History,
    request: ExportRequest,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Gallery:
    """Write a page of the takes that `request` names: one file where its destination ends in .html, else a folder.

    The page is written last, and takes the place of one of ours; when cancelled there is none. Of the request only the
    choice of takes counts. Raises ExportError where the destination can't be used, as for somebody else's page.
    """
    if not can_be_written("mp3"):
        raise ExportError("The libsndfile of this machine can't write MP3.", "Export WAVs instead.")
    target = typed_path(request.destination).absolute()
    alone = target.suffix.lower() in (".html", ".htm")
    folder, document = (target.parent, target) if alone else (target, target / PAGE)
    check_outside(folder, catalog.library)
    check_ours(document, KIND)
    choices = select(catalog, history, request)
    entries, files, failed = list[Entry](), list[Path](), list[tuple[str, str]]()
    try:
        if choices:
            make_folder(folder if alone else folder / SOUNDS)
        bring_back(catalog, (one.take for one in choices), stopped=cancelled)
        for rank, choice in enumerate(choices, 1):
            progress(rank - 1, len(choices))
            try:
                sound = web_sound(catalog, choice.take, cancelled)
            except StoppedError:
                return Gallery(files, len(entries), failed, cancelled=True)
            except AudioError as error:
                failed.append((choice.take.id, str(error)))
                continue
            if alone:
                source = f"data:audio/mpeg;base64,{base64.b64encode(sound.mp3).decode()}"
            else:
                source = f"{SOUNDS}/{words_for_name(choice.take.prompt or '')}_{choice.take.id[:8]}.mp3"
                write_durably(folder / source, sound.mp3)
                files.append(folder / source)
            entries.append(_entry(rank, choice, sound, source))
        progress(len(choices), len(choices))
        if entries:
            write_durably(document, page("The best takes", _subtitle(choices, history), entries, software()).encode())
            files.append(document)
    except LibraryError as error:
        raise ExportError(error.what, error.remedy) from error
    return Gallery(files, len(entries), failed)


def _entry(rank: int, choice: Choice, sound: WebSound, source: str) -> Entry:
    take, row = public_take(choice.take), choice.row
    licence = take.recipe.licence if take.recipe else None
    about = (take.seed is not None and f"seed {take.seed}", take.generator, take.model, licence)
    return Entry(
        rank=rank,
        prompt=take.prompt,
        about=[word for word in about if word],
        score=(row.score, row.low, row.high) if row else None,
        marks=[position for position, _ in choice.ratings.marks],
        notes=[text for text, _ in choice.ratings.notes],
        duration_s=sound.duration_s,
        outline=sound.outline,
        source=source,
    )


def _subtitle(choices: list[Choice], history: History) -> str:
    answers = sum(choice.ratings.judgements for choice in choices)
    listeners = len(history.listeners())
    by = f"{listeners} listeners" if listeners > 1 else "one listener"
    of = f"{len(choices)} of {len(history.rated())} judged takes"
    return f"{of}, best first, by {answers:,} answers of {by}. {utc_now()[:10]}."
