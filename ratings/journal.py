"""The judgements of a library on disk: everybody's to read, this process's own logs to write."""

from __future__ import annotations

import getpass
import hashlib
import os
import re
import secrets
import threading
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal, TypeVar

import msgspec

from library.files.decoding import NotJsonError, decode_json
from library.library import Library
from library.store.shards import Damage, ShardReader, ShardWriter, list_nested
from library.take import time_text
from ratings.errors import JudgementError, ListenerError
from ratings.history import History, takes_of
from ratings.judgement import AnyJudgement, Duel, Mark, Note, Pick, Reject, Retraction, Sound, Stars, Winner

LISTENER_VARIABLE = "EARMARK_LISTENER"
TABLE = "judgements"
MAX_NAME = 100
SHARD_EVENTS = 500
"""A log goes on in a new file after so many judgements, or SHARD_BYTES, so that a write stays quick."""
SHARD_BYTES = 200_000

_JUDGEMENTS = msgspec.json.Decoder(dict[str, dict[str, AnyJudgement]])
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
    """The folder of a listener: the name itself where it is a plain one, else what is plain in it and a hash of it."""
    plain = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40].strip("-") or "untitled"
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


class Journal:
    """A library's judgements: the union of its session files. Safe to use from several threads."""

    def __init__(self, library: Library) -> None:
        """The library need not be there yet. Reads its format alone: see `refresh`. Raises LibraryError."""
        self.library = library
        library.check()
        self.history = History()
        self._reader: ShardReader[AnyJudgement] = ShardReader(
            self.library, lambda: list_nested(self.library, self.library.sessions), TABLE, AnyJudgement
        )
        self._logs: dict[str, JudgementLog] = {}
        self._refreshing = threading.Lock()
        self._beginning = threading.Lock()

    @classmethod
    def load(cls, library: Library) -> Journal:
        journal = cls(library)
        journal.refresh()
        return journal

    def refresh(self) -> list[AnyJudgement]:
        """Read what others have written since the last call; those judgements, now in the history too.

        What this process's own logs wrote is in the history already and not among them. Raises LibraryError.
        """
        with self._refreshing:
            return [event for _, events in self._reader.changed() for event in self.history.add(events)]

    @property
    def damages(self) -> list[Damage]:
        return self._reader.damages

    def log(self, listener: str) -> JudgementLog:
        """This process's log of that listener; the same one each time. Raises ListenerError."""
        name = listener_name(listener)
        with self._beginning:
            if name not in self._logs:
                self._logs[name] = JudgementLog(self.library, name, self.history)
            return self._logs[name]

    def log_of_commands(self, listener: str, machine: str) -> JudgementLog:
        """The log that the commands of a machine share for a day, to go on with: see `ratings.cli_log`.

        For one process at a time, which has read the journal since its turn began. Raises ListenerError.
        """
        log = JudgementLog(self.library, listener_name(listener), self.history, own_name=f"commands-{machine}")
        log.go_on()
        return log


class JudgementLog:
    """What one listener says to this process, in files that no other process writes.

    `stars` and the others make a judgement, with its id and time; it is in no file yet. Whoever had it made gives it to
    `write`, in the order of the making. What is being written already counts for `toggle_pick`, `clear` and `undo`, but
    in the history only once it is durable. All of them raise JudgementError for what makes no sense.
    Safe to use from several threads; all but `write` and `go_on` are quick.
    """

    def __init__(
        self,
        library: Library,
        listener: str,
        history: History,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        *,
        own_name: str = "",
    ) -> None:
        """`own_name` is for a log that several processes go on with in turn; else it gets a name of its own."""
        self.listener = listener
        self.name = f"{now():%Y%m%d}-{own_name}" if own_name else f"{now():%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"
        self._run = f"-{secrets.token_hex(4)}" if own_name else ""
        self._library = library
        self._history = history
        self._now = now
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._made = 0
        self._unwritten: dict[str, AnyJudgement] = {}
        self._withdrawn: set[str] = set()
        """Ids of what could not be written."""
        self._making = threading.RLock()
        self._shard: ShardWriter | None = None
        self._shards = 0
        self._room = (0, 0)
        """Judgements and bytes that the present file may still take."""
        self._writing = threading.Lock()

    # Making

    def stars(self, take: str, n: int, *, heard_s: float = 0.0, blind: bool = False, spent_s: float = 0.0) -> Stars:
        return self._make(Stars, take, stars=n, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def reject(self, take: str, *, heard_s: float = 0.0, blind: bool = False, spent_s: float = 0.0) -> Reject:
        """Not worth another hearing; ends a pick."""
        return self._make(Reject, take, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def pick(self, take: str, *, heard_s: float = 0.0, blind: bool = False) -> Pick:
        """One to take away; ends a reject."""
        return self._make(Pick, take, heard_s=heard_s, blind=blind)

    def sound(self, take: str, n: int, *, heard_s: float = 0.0, blind: bool = False) -> Sound:
        """One to five for how well produced it is."""
        return self._make(Sound, take, sound=n, heard_s=heard_s, blind=blind)

    def mark(self, take: str, position_s: float, *, heard_s: float = 0.0, blind: bool = False) -> Mark:
        """An earmark at a time in the take."""
        return self._make(Mark, take, position_s=position_s, heard_s=heard_s, blind=blind)

    def note(self, take: str, text: str, *, heard_s: float = 0.0, blind: bool = False) -> Note:
        return self._make(Note, take, text=text.strip(), heard_s=heard_s, blind=blind)

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
        fields = {"other": other, "winner": winner, "side": side, "first": first}
        return self._make(Duel, take, **fields, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def retract(self, judgement: AnyJudgement) -> Retraction:
        """Take back one of this listener's judgements, of this log or an earlier one, written yet or not."""
        if judgement.listener != self.listener:
            raise JudgementError(
                f"That was said by {judgement.listener}, not by {self.listener}.", "Only they can take it back."
            )
        with self._making:
            stands = judgement.id in self._history or judgement.id in self._unwritten
            if judgement.id in self._retracted or not stands:
                raise JudgementError("That judgement has been taken back already.")
            return self._make(Retraction, judgement.take, retracts=judgement.id)

    def clear(self, take: str) -> list[Retraction]:
        """Take back all of this listener's stars (for the sound too), picks and rejects of a take."""
        with self._making:
            worth = [one for one in self.standing(take) if isinstance(one, Stars | Pick | Reject | Sound)]
            return [self.retract(one) for one in worth]

    def toggle_pick(self, take: str, *, heard_s: float = 0.0, blind: bool = False) -> Pick | Retraction:
        """Pick it, or take this listener's pick of it back."""
        with self._making:
            stance = [one for one in self.standing(take) if isinstance(one, Pick | Reject)]
            if stance and isinstance(stance[-1], Pick):
                return self.retract(stance[-1])
            return self.pick(take, heard_s=heard_s, blind=blind)

    def undo(self) -> Retraction | None:
        """Take back the last judgement of this log that stands; None if there is none left."""
        with self._making:
            gone = self._retracted
            for one in reversed(self._unwritten.values()):
                if not isinstance(one, Retraction) and one.id not in gone:
                    return self.retract(one)
            last = self._history.last(self.listener, session=self.name, but=gone)
            return None if last is None else self.retract(last)

    def standing(self, take: str) -> list[AnyJudgement]:
        """This listener's judgements of a take that stand, oldest first; those that are being written included."""
        with self._making:
            gone = self._retracted
            written = [one for one in self._history.live(take) if one.listener == self.listener]
            unwritten = [one for one in self._unwritten.values() if take in takes_of(one)]
            return [one for one in (*written, *unwritten) if not isinstance(one, Retraction) and one.id not in gone]

    def moment(self) -> str:
        """Now, but after all that was made: a time as judgements have it."""
        with self._making:
            self._latest = self._later()
            return time_text(self._latest)

    @property
    def _retracted(self) -> set[str]:
        """Ids of what a retraction that is being written takes back."""
        return {one.retracts for one in self._unwritten.values() if isinstance(one, Retraction)}

    def _make(self, kind: type[_Kind], take: str, **fields: object) -> _Kind:
        """The judgement, checked exactly as it will be when it is read again."""
        with self._making:
            latest = self._time_for(take)
            document = {
                "kind": kind.__struct_config__.tag,
                "id": f"{self.name}-{self._made + 1:06d}{self._run}",
                "take": take,
                "listener": self.listener,
                "session": self.name,
                "at": time_text(latest),
                **fields,
            }
            try:
                judgement = msgspec.json.decode(msgspec.json.encode(document), type=kind)
            except (msgspec.MsgspecError, UnicodeEncodeError, TypeError) as error:
                raise JudgementError(f"A judgement of this kind can't be noted: {error}.") from error
            self._latest = latest
            self._made += 1
            self._unwritten[judgement.id] = judgement
            return judgement

    def _later(self) -> datetime:
        return max(self._now(), self._latest + timedelta(microseconds=1))

    def _time_for(self, take: str) -> datetime:
        """Now, but after all that this log made, and its listener said of this take, if the clock was set back."""
        time = self._later()
        earlier = self._history.last(self.listener, take=take)
        if earlier is not None and (before := _parse(earlier.at)) is not None and before >= time:
            time = before + timedelta(microseconds=1)
        return time

    # Writing

    def write(self, judgements: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Make judgements of this log durable and part of the history, all or none; those that were written.

        Left out are those written already, and retractions of what could not be written. Raises LibraryError: then
        they are withdrawn, and count as never made.
        """
        with self._writing:
            events = [one for one in judgements if one.id in self._unwritten and not self._takes_back_nothing(one)]
            try:
                self._append(events)
                with self._making:
                    self._history.add(events)
                    self._forget(judgements)
            finally:
                self.withdraw(judgements)  # of what was written nothing is left to withdraw
            return events

    def withdraw(self, judgements: Sequence[AnyJudgement]) -> None:
        """They will not be written, and count as never made."""
        with self._making:
            self._withdrawn.update(one.id for one in judgements if one.id in self._unwritten)
            self._forget(judgements)

    def _forget(self, judgements: Sequence[AnyJudgement]) -> None:
        for one in judgements:
            self._unwritten.pop(one.id, None)

    @property
    def writing(self) -> bool:
        """Whether there are judgements that are not on disk yet."""
        return bool(self._unwritten)

    def _takes_back_nothing(self, one: AnyJudgement) -> bool:
        """Whether it retracts what is not on disk. What the disk did not confirm may be there all the same."""
        return isinstance(one, Retraction) and one.retracts in self._withdrawn and one.retracts not in self._history

    def _append(self, events: Sequence[AnyJudgement]) -> None:
        if not events:
            return
        size = sum(len(msgspec.json.encode(event)) for event in events)
        if self._shard is None or self._room[0] < len(events) or self._room[1] < size:
            self._library.found()
            self._shard = ShardWriter(self._library, self._path(self._shards), TABLE)
            self._shards += 1
            self._room = (SHARD_EVENTS, SHARD_BYTES)
        self._shard.append(events)
        self._room = (self._room[0] - len(events), self._room[1] - size)

    def _path(self, shard: int) -> Path:
        suffix = f"-{shard + 1}" if shard else ""
        return self._library.sessions / listener_folder(self.listener) / f"{self.name}{suffix}.json"

    def go_on(self) -> None:
        """Go on where an earlier process left this log: in its last file if that is whole, else in a new one."""
        while os.path.lexists(self._path(self._shards)):  # links, too, which lead nowhere
            self._shards += 1
        path = self._path(max(0, self._shards - 1))
        self._made = SHARD_EVENTS * self._shards
        try:
            data = self._library.read(path)
            events = decode_json(data, _JUDGEMENTS).get(TABLE, {}).values()
        except (OSError, NotJsonError):
            return
        self._made += len(events) - SHARD_EVENTS
        self._latest = max((at for event in events if (at := _parse(event.at))), default=self._latest)
        self._room = (SHARD_EVENTS - len(events), SHARD_BYTES - len(data))
        self._shard = ShardWriter(self._library, path, TABLE)


def _parse(at: str) -> datetime | None:
    """A time as judgements write it; None for one that is malformed or too late to have a later one."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return time if time.tzinfo is not None and time.year < datetime.max.year else None
