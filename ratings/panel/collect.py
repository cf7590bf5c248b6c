"""What came back from panels, taken into the library: each friend a listener of their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from library.files.reading import read_file
from library.library import Library
from library.spelling import fold
from library.take import time_text
from ratings.errors import ListenerError, PanelError
from ratings.history import History
from ratings.journal import LABELS, TABLE, Journal
from ratings.judgement import AnyJudgement, Duel, Stars
from ratings.logs.foreign import confirm, write_foreign
from ratings.logs.listeners import listener_name
from ratings.panel.answers import MOST_BYTES, Answer, Sealed, Submission, find_sealed
from ratings.panel.record import Asked, PanelRecord, read_record
from ratings.panel.webmushra_results import Sheet, read_results

PREFIX = "panel-"
"""Of the sessions of friends."""


@dataclass
class Collected:
    """What came of it."""

    judgements: int = 0
    """New ones, which are durable."""
    known: int = 0
    """Those that were here already."""
    listeners: list[str] = field(default_factory=list)
    """Who has said something new, by the names that they have here."""
    failed: list[tuple[str, str]] = field(default_factory=list)
    """Files, or what is in them, that were not taken in, and why."""


def collect(journal: Journal, files: Iterable[tuple[str, bytes | Path]]) -> Collected:
    """Take in files, or texts that were pasted, by what they are called. Raises LibraryError where one can't be kept.

    A file that came before adds nothing, and one of somebody who has gone on adds what is new. Junk is among the
    failures and stops nothing else.
    """
    done, records = Collected(), dict[str, PanelRecord]()
    for name, source in files:
        try:
            data = read_file(source, MOST_BYTES) if isinstance(source, Path) else source
        except (OSError, ValueError) as error:
            done.failed.append((name, f"It can't be read: {getattr(error, 'strerror', None) or error}."))
            continue
        found = False
        for what in (*find_sealed(data), *(read_results(data) or ())):
            found = True
            try:
                submission, record = _checked(journal.library, what, records)
            except PanelError as error:
                done.failed.append((name, str(error)))
            else:
                _take_in(journal, submission, record, done)
        if not found:
            done.failed.append((name, "There are no answers in it."))
    return done


def _checked(
    library: Library, what: Sealed | Sheet | PanelError, records: dict[str, PanelRecord]
) -> tuple[Submission, PanelRecord]:
    """What was answered, and to what. A page's answers are signed; webMUSHRA's are nobody's in particular."""
    if isinstance(what, PanelError):
        raise what
    panel = what.submission.panel if isinstance(what, Sealed) else what.panel
    if panel not in records:
        records[panel] = read_record(library, panel)
    record = records[panel]
    if isinstance(what, Sheet):
        return what.submission(record), record
    what.check(record)
    return what.submission, record


def _take_in(journal: Journal, submission: Submission, record: PanelRecord, done: Collected) -> None:
    session = f"{PREFIX}{record.id}-{submission.run}"
    listener = _listener_of(journal.history, session, submission)
    began = _began(submission, record)
    asked = record.orders[submission.order]
    events = [
        _judgement(one, asked[one.question], record, listener=listener, session=session, began=began)
        for one in sorted(submission.answers, key=lambda one: one.question)
    ]
    fresh = [one for one in events if not journal.history.knows(one.id)]
    if len(fresh) < len(events):
        confirm(journal.library, listener, labels=LABELS)
    done.known += len(events) - len(fresh)
    if not fresh:
        return
    write_foreign(journal.library, fresh, table=TABLE, labels=LABELS, source="panel")
    journal.history.add(fresh)
    done.judgements += len(fresh)
    if listener not in done.listeners:
        done.listeners.append(listener)


def _listener_of(history: History, session: str, submission: Submission) -> str:
    """Whose judgements they are: of the name that was typed, but nobody else's.

    One who is here already otherwise than by panels, or by another run of this one, is somebody else.
    """
    taken = set[str]()
    for one in history.live():
        if one.session == session:
            return one.listener
        if not one.session.startswith(PREFIX) or one.session.rpartition("-")[0] == session.rpartition("-")[0]:
            taken.add(fold(one.listener))
    try:
        name = listener_name(" ".join(submission.name.split())[:60])
    except ListenerError:
        name = "guest"
    number, tried = 1, name
    while fold(tried) in taken:
        number += 1
        tried = f"{name} {number}"
    return tried


def _began(submission: Submission, record: PanelRecord) -> datetime:
    """When the first question came: never before the panel was made, and so that nothing was answered after now."""
    made, now = datetime.fromisoformat(record.created_at), datetime.now(UTC)
    longest = timedelta(seconds=min(max((one.at_s for one in submission.answers), default=0.0), 3e7))
    try:
        said = datetime.fromisoformat(submission.began)
    except ValueError:
        said = made
    return max(min(said, now - longest), min(made, now - longest))


def _judgement(
    answer: Answer, asked: Asked, record: PanelRecord, *, listener: str, session: str, began: datetime
) -> AnyJudgement:
    at = began + timedelta(seconds=min(answer.at_s, 3e7), microseconds=answer.question)
    about: dict[str, Any] = {
        "id": f"{session}-{answer.question:04d}",
        "take": record.takes[asked.a],
        "listener": listener,
        "session": session,
        "at": time_text(at),
        "heard_s": answer.heard_s,
        "spent_s": answer.spent_s,
        "blind": True,
    }
    if asked.b is None:
        return Stars(stars=int(answer.said), **about)
    winner = {"a": "take", "b": "other"}.get(answer.said, "tie")
    first = "take" if asked.first == "a" else "other"
    sides: dict[str, Any] = {"other": record.takes[asked.b], "winner": winner, "side": "a", "first": first}
    return Duel(neither=answer.said == "o", **sides, **about)
