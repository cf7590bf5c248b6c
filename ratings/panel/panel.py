"""A panel: from the choice of takes to one file that asks about them, and the library's own side of it."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from library.errors import AudioError, LibraryError
from library.files.durable import make_folder, write_durably
from library.locations import typed_path
from library.purging.restore import bring_back
from library.sound.file_bytes import StoppedError
from library.store.catalog import Catalog
from library.take import STEERING, Take, utc_now
from ratings.errors import ExportError
from ratings.export.formats import can_be_written
from ratings.export.placing import check_outside
from ratings.export.request import ExportRequest
from ratings.export.run import software
from ratings.export.select import select
from ratings.history import History
from ratings.model.schedule import Question
from ratings.panel.page import KIND, panel_page
from ratings.panel.planning import LEAST_S, cost_of, most_wanted, plan_orders
from ratings.panel.record import MOST_TAKES, Asked, PanelRecord, new_ids, write_record
from ratings.web.document import check_ours
from ratings.web.web_sound import web_sound

MOST = 20
"""Takes of a panel, if nobody says how many."""
BEST = 5
"""So many of them are to be found."""
MOST_BYTES = 200_000_000
MAILED_BYTES = 20_000_000
"""What most mail programs still send."""


@dataclass(frozen=True)
class Panel:
    """What was made."""

    files: list[Path] = field(default_factory=list)
    takes: int = 0
    questions: int = 0
    minutes: float = 0.0
    """So long it takes, about."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Ids of takes that could not be put in, and why."""
    cancelled: bool = False


def write_panel(
    catalog: Catalog,
    history: History,
    request: ExportRequest,
    minutes: float | None = None,
    *,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Panel:
    """Make a page that asks one friend about takes, blind, and keep in the library what it asks.

    Of the takes that meet the request those are taken of which most can be hoped; all takes meet one that names none,
    but rejected ones. The page is written last, and takes the place of one of ours; when cancelled there is none.
    Raises ExportError where the destination can't be used or it would be too large, RatingError.
    """
    if not can_be_written("mp3"):
        raise ExportError("The libsndfile of this machine can't write MP3.", "There's no other way to make a page.")
    target = typed_path(request.destination).absolute()
    if target.suffix.lower() not in (".html", ".htm"):
        target = target.with_name(f"{target.name}.html")
    check_outside(target.parent, catalog.library)
    check_ours(target, KIND)
    takes, judgements, seed = list(catalog), history.live(), secrets.randbits(31)
    wanted = wanted_takes(catalog, history, request, seed)
    sounds, failed, size = dict[str, str](), list[tuple[str, str]](), 0
    bring_back(catalog, map(catalog.find, wanted), stopped=cancelled)
    for number, take in enumerate(map(catalog.find, wanted)):
        progress(number, len(wanted) + 1)
        try:
            mp3 = web_sound(catalog, take, cancelled).mp3
        except StoppedError:
            return Panel(takes=len(sounds), failed=failed, cancelled=True)
        except AudioError as error:
            failed.append((take.id, str(error)))
            continue
        sounds[take.id] = f"data:audio/mpeg;base64,{base64.b64encode(mp3).decode()}"
        size += len(sounds[take.id])
        if size > MOST_BYTES:
            what = f"A page of {len(wanted)} takes would have over {MOST_BYTES // 1_000_000} MB."
            raise ExportError(what, "Choose fewer takes, or shorter ones.")
    if len(sounds) < 2:
        return Panel(failed=failed)
    progress(len(wanted), len(wanted) + 1)
    orders = plan_orders(takes, sounds, judgements, minutes=minutes, best=BEST, seed=seed)
    if cancelled():
        return Panel(takes=len(sounds), failed=failed, cancelled=True)
    ids = list(sounds)
    secrets.SystemRandom().shuffle(ids)  # where a sound stands in the page tells nothing of it
    record = PanelRecord(
        **new_ids(),
        created_at=utc_now(),
        takes=tuple(ids),
        orders=tuple(_asked(order, ids) for order in orders),
        least_s=LEAST_S,
    )
    page = panel_page(record, [sounds[one] for one in ids], software()).encode()
    write_record(catalog.library, record)
    try:
        make_folder(target.parent)
        write_durably(target, page)
    except LibraryError as error:
        raise ExportError(error.what, error.remedy) from error
    progress(len(wanted) + 1, len(wanted) + 1)
    return Panel([target], len(ids), len(record.orders[0]), _minutes(orders[0]), failed)


def wanted_takes(catalog: Catalog, history: History, request: ExportRequest, seed: int) -> list[str]:
    """The ids of the takes that a panel asks about. Raises RatingError."""
    count = min(request.count or MOST, MOST_TAKES)
    among = _candidates(catalog, history, request)
    return most_wanted(list(catalog), among, history.live(), count=count, seed=seed)


def _candidates(catalog: Catalog, history: History, request: ExportRequest) -> list[str]:
    """Ids of the takes that it may ask about."""
    if request.takes is None:
        open_to = (take for take in catalog if _may_be_asked(take, history))
        request = replace(request, takes=tuple(take.id for take in open_to))
    return [choice.take.id for choice in select(catalog, history, replace(request, count=None))]


def _may_be_asked(take: Take, history: History) -> bool:
    ratings = history.ratings(take.id)
    return take.generator not in STEERING and (ratings.picked or not ratings.rejected)


def _asked(questions: Sequence[Question], ids: Sequence[str]) -> tuple[Asked, ...]:
    """As the page asks them: A on the left."""
    asked = []
    for one in questions:
        if one.other is None:
            asked.append(Asked(ids.index(one.take)))
            continue
        a, b = (one.take, one.other) if one.side == "a" else (one.other, one.take)
        first = "a" if (one.take if one.first == "take" else one.other) == a else "b"
        asked.append(Asked(ids.index(a), ids.index(b), first))  # type: ignore[arg-type]
    return tuple(asked)


def _minutes(questions: Sequence[Question]) -> float:
    return sum(cost_of(one) for one in questions) / 60
