"""The judgements of a library on disk: everybody's to read, this process's own sessions to write."""

from __future__ import annotations

import getpass
import hashlib
import os
import secrets
import threading
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from library import locations
from library.store.catalog import check_format, check_still_there, found_library
from library.store.shards import Damage, ShardReader, ShardWriter, check_no_links, list_nested
from library.take import slug
from ratings.errors import JudgementError, ListenerError
from ratings.history import History
from ratings.judgement import AnyJudgement, Duel, Mark, Note, Pick, Reject, Retraction, Sound, Stars, Winner

LISTENER_VARIABLE = "EARMARK_LISTENER"
TABLE = "judgements"
MAX_NAME = 100
SHARD_EVENTS = 500
"""A session goes on in a new file after so many judgements, or SHARD_BYTES, so that a write stays quick."""
SHARD_BYTES = 200_000

_Kind = TypeVar("_Kind", Stars, Reject, Pick, Sound, Mark, Note, Duel, Retraction)


def default_listener() -> str:
    """Who judges when nobody is named: $EARMARK_LISTENER, else the user's name. Raises ListenerError."""
    named = os.environ.get(LISTENER_VARIABLE)
    if named:
        return listener_name(named)
    try:
        return listener_name(getpass.getuser())
    except (OSError, KeyError, ImportError, ListenerError):  # no entry for this user, as in some containers
        return "listener"


def listener_name(text: str) -> str:
    """`text` as a listener's name: one line of printable characters, at most MAX_NAME. Raises ListenerError."""
    name = unicodedata.normalize("NFC", text).strip()
    if not name:
        raise ListenerError("A listener needs a name.", "Name one with --listener.")
    if len(name) > MAX_NAME:
        raise ListenerError(f"A listener's name of {len(name)} characters is too long.", f"Use at most {MAX_NAME}.")
    if not name.isprintable():
        raise ListenerError(f"The name {name!r} has characters that can't be shown.", "Use letters, digits, spaces.")
    return name


def listener_folder(name: str) -> str:
    """The folder of a listener: the name itself where it is a plain one, else its slug and a hash of it."""
    plain = slug(name)
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Journal:
    """A library's judgements: the union of its session files. Safe to use from several threads."""

    def __init__(self, root: Path) -> None:
        """Open the journal of the library at `root`, which need not exist yet. Reads nothing yet: see `refresh`.

        Raises NewerFormatError or LibraryError.
        """
        self.root = root.expanduser().absolute()
        self._founded = check_format(self.root)
        self.history = History()
        self._reader: ShardReader[AnyJudgement] = ShardReader(
            lambda: list_nested(locations.sessions_folder(self.root)), TABLE, AnyJudgement
        )
        self._sessions: dict[str, Session] = {}
        self._refreshing = threading.Lock()
        self._beginning = threading.Lock()

    @classmethod
    def load(cls, root: Path) -> Journal:
        """Open the journal of the library at `root` and read all of it."""
        journal = cls(root)
        journal.refresh()
        return journal

    def refresh(self) -> list[AnyJudgement]:
        """Read what others have written since the last call; those judgements, now in the history too.

        What this process's own sessions said is in the history already and not among them. Raises LibraryError.
        """
        with self._refreshing:
            return [event for _, events in self._reader.changed() for event in self.history.add(events)]

    @property
    def damages(self) -> list[Damage]:
        """Which session files are damaged now."""
        return self._reader.damages

    def session(self, listener: str) -> Session:
        """This process's session of that listener; the same one each time. Raises ListenerError."""
        name = listener_name(listener)
        with self._beginning:
            if name not in self._sessions:
                self._sessions[name] = Session(self.root, name, self.history)
                self._sessions[name].founded = self._founded
            return self._sessions[name]

    def session_of_commands(self, listener: str, machine: str) -> Session:
        """The session that the commands of a machine share for a day, to go on with: see `ratings.cli_session`.

        For one process at a time, which has read the journal since its turn began. Raises ListenerError.
        """
        session = Session(self.root, listener_name(listener), self.history, own_name=f"commands-{machine}")
        session.go_on()
        return session


class Session:
    """One sitting of one listener, written by this process alone.

    Each method notes one judgement: it is durable and in the history on return. Raises JudgementError for what makes
    no sense, LibraryError where it can't be written; nothing has been noted then.
    """

    def __init__(
        self,
        root: Path,
        listener: str,
        history: History,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        own_name: str = "",
    ) -> None:
        """`own_name` is for a session that several processes go on with in turn; else it gets a name of its own."""
        self.listener = listener
        self.name = f"{now():%Y%m%d}-{own_name}" if own_name else f"{now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        self._run = f"-{secrets.token_hex(4)}" if own_name else ""
        self._root = root
        self._history = history
        self._now = now
        self._last = datetime.min.replace(tzinfo=UTC)
        self._noted = 0
        self._shard: ShardWriter | None = None
        self._shards = 0
        self._room = (0, 0)
        """Judgements and bytes that the present file may still take."""
        self._lock = threading.Lock()
        self.founded = False
        """Whether there was a library at `root` before: then one that is gone is not begun anew."""

    def stars(self, take: str, n: int, *, heard_s: float = 0.0, blind: bool = False, spent_s: float = 0.0) -> Stars:
        """One to five stars."""
        return self._note(Stars, take, stars=n, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def reject(self, take: str, *, heard_s: float = 0.0, blind: bool = False, spent_s: float = 0.0) -> Reject:
        """Not worth another hearing; ends a pick."""
        return self._note(Reject, take, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def pick(self, take: str, *, heard_s: float = 0.0, blind: bool = False) -> Pick:
        """One to take away; ends a reject."""
        return self._note(Pick, take, heard_s=heard_s, blind=blind)

    def sound(self, take: str, n: int, *, heard_s: float = 0.0, blind: bool = False) -> Sound:
        """One to five for how well produced it is."""
        return self._note(Sound, take, sound=n, heard_s=heard_s, blind=blind)

    def mark(self, take: str, position_s: float, *, heard_s: float = 0.0, blind: bool = False) -> Mark:
        """An earmark at a time in the take."""
        return self._note(Mark, take, position_s=position_s, heard_s=heard_s, blind=blind)

    def note(self, take: str, text: str, *, heard_s: float = 0.0, blind: bool = False) -> Note:
        """Words about the take."""
        return self._note(Note, take, text=text.strip(), heard_s=heard_s, blind=blind)

    def duel(
        self,
        take: str,
        other: str,
        winner: Winner,
        *,
        side: Literal["a", "b"] = "a",
        first: Literal["take", "other"] = "take",
        heard_s: float = 0.0,
        blind: bool = False,
        spent_s: float = 0.0,
    ) -> Duel:
        """Which of two is better, `side` being where `take` stood and `first` which one was heard first."""
        if take == other:
            raise JudgementError("A take can't be compared with itself.", "Name two different takes.")
        said = {"other": other, "winner": winner, "side": side, "first": first}
        return self._note(Duel, take, **said, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def retract(self, judgement: AnyJudgement) -> Retraction:
        """Take back one of this listener's judgements, of this session or an earlier one."""
        return self._retract([judgement])[0]

    def clear(self, take: str) -> list[Retraction]:
        """Take back all of this listener's stars (for the sound too), picks and rejects of a take, at once."""
        said = [
            event
            for event in self._history.live(take)
            if event.listener == self.listener and isinstance(event, Stars | Pick | Reject | Sound)
        ]
        return self._retract(said)

    def _retract(self, judgements: Sequence[AnyJudgement]) -> list[Retraction]:
        with self._lock:
            for judgement in judgements:
                if judgement.listener != self.listener:
                    raise JudgementError(
                        f"That was said by {judgement.listener}, not by {self.listener}.", "Only they can take it back."
                    )
                if judgement.id not in self._history:
                    raise JudgementError("That judgement has been taken back already.")
            retractions = [self._make(Retraction, event.take, retracts=event.id) for event in judgements]
            self._write(retractions)
            return retractions

    def _note(self, kind: type[_Kind], take: str, **said: object) -> _Kind:
        with self._lock:
            event = self._make(kind, take, **said)
            self._write([event])
            return event

    def _make(self, kind: type[_Kind], take: str, **said: object) -> _Kind:
        """The event, checked exactly as it will be when it is read again."""
        self._last = self._moment(take)
        self._noted += 1
        document = {
            "kind": kind.__struct_config__.tag,
            "id": f"{self.name}-{self._noted:06d}{self._run}",
            "take": take,
            "listener": self.listener,
            "session": self.name,
            "at": self._last.isoformat(timespec="microseconds").replace("+00:00", "Z"),
            **said,
        }
        try:
            return msgspec.json.decode(msgspec.json.encode(document), type=kind)
        except (msgspec.MsgspecError, UnicodeEncodeError, TypeError) as error:
            raise JudgementError(f"A judgement of this kind can't be noted: {error}.") from error

    def _moment(self, take: str) -> datetime:
        """Now, but always after what this session has said, and what this listener has said of this take.

        So the latest word counts, also when the clock was set back since.
        """
        moment = max(self._now(), self._last + timedelta(microseconds=1)) if self._noted else self._now()
        earlier = self._history.last(self.listener, take=take)
        if earlier is not None and (before := _parse(earlier.at)) is not None and before >= moment:
            moment = before + timedelta(microseconds=1)
        return moment

    def _write(self, events: Sequence[AnyJudgement]) -> None:
        if not events:
            return
        if self.founded or self._shard is not None:
            check_still_there(self._root)
        size = sum(len(msgspec.json.encode(event)) for event in events)
        if self._shard is None or self._room[0] < len(events) or self._room[1] < size:
            found_library(self._root)
            path = self._path(self._shards)
            check_no_links(path.parent, self._root)
            self._shard = ShardWriter(path, TABLE)
            self._shards += 1
            self._room = (SHARD_EVENTS, SHARD_BYTES)
        self._shard.append(events)
        self._room = (self._room[0] - len(events), self._room[1] - size)
        self._history.add(events)

    def _path(self, shard: int) -> Path:
        suffix = f"-{shard + 1}" if shard else ""
        return locations.sessions_folder(self._root) / listener_folder(self.listener) / f"{self.name}{suffix}.json"

    def go_on(self) -> None:
        """Go on where an earlier process left this session: in its last file if that is whole, else in a new one."""
        while os.path.exists(self._path(self._shards)):  # noqa: PTH110 - which raises nothing where we may not look
            self._shards += 1
        path = self._path(max(0, self._shards - 1))
        self._noted = SHARD_EVENTS * self._shards
        try:
            check_no_links(path.parent, self._root)
            data = path.read_bytes()
            events = msgspec.json.decode(data, type=dict[str, dict[str, AnyJudgement]]).get(TABLE, {}).values()
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            return
        self._noted += len(events) - SHARD_EVENTS
        self._last = max((at for event in events if (at := _parse(event.at))), default=self._last)
        self._room = (SHARD_EVENTS - len(events), SHARD_BYTES - len(data))
        self._shard = ShardWriter(path, TABLE)


def _parse(at: str) -> datetime | None:
    """A time as judgements write it; None for one that is malformed or too late to have a later one."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return time if time.tzinfo is not None and time.year < datetime.max.year else None
