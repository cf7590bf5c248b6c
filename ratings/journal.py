"""The judgements of a library on disk: everybody's to read, this process's own logs to write."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeVar, cast

import msgspec

from library.library import Library
from library.spelling import fold
from library.store.shards import Damage, ShardReader, list_below, list_nested
from library.take import time_text
from ratings.errors import JudgementError
from ratings.history import History, standing_labels, takes_of
from ratings.judgement import AnyJudgement, Duel, Label, Mark, Note, Pick, Reject, Retraction, Sound, Stars, Winner
from ratings.labels.names import label_name
from ratings.logs.listeners import listener_folder, listener_name
from ratings.logs.own_files import OwnFiles

TABLE = "judgements"
LABELS = "labels"
"""The table of words on labels, and the folder beside a listener's judgements that their files are in."""
AT_ONCE = 2000
"""So many retractions are made before another thread may make judgements."""
_Kind = TypeVar("_Kind", Stars, Reject, Pick, Sound, Mark, Note, Duel, Label, Retraction)


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
        self._label_reader: ShardReader[AnyJudgement] = ShardReader(
            self.library, lambda: list_below(self.library, self.library.sessions, LABELS), LABELS, Label | Retraction
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
            return [
                event
                for reader in (self._reader, self._label_reader)
                for _, events in reader.changed()
                for event in self.history.add(events)
            ]

    @property
    def damages(self) -> list[Damage]:
        return [*self._reader.damages, *self._label_reader.damages]

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
        self._history = history
        self._now = now
        self._latest = datetime.min.replace(tzinfo=UTC)
        self._made = 0
        self._unwritten: dict[str, AnyJudgement] = {}
        self._taken_back: dict[str, AnyJudgement] = {}
        """By the ids of the retractions made here."""
        self._withdrawn: set[str] = set()
        """Ids of what could not be written."""
        self._acts: dict[str, Sequence[AnyJudgement]] = {}
        """Per judgement that was made as one with others, all of them."""
        self._of_labels: set[str] = set()
        """Ids of retractions of labels."""
        self._making = threading.RLock()
        folder = library.sessions / listener_folder(listener)
        self._files = OwnFiles(library, folder, self.name, TABLE)
        self._label_files = OwnFiles(library, folder / LABELS, self.name, LABELS)
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
        neither: bool = False,
        heard_s: float = 0.0,
        blind: bool = False,
        spent_s: float = 0.0,
    ) -> Duel:
        """Which of two is better, `side` being where `take` stood and `first` which one was heard first.

        Where `neither` is good, the winner is a "tie".
        """
        if take == other:
            raise JudgementError("A take can't be compared with itself.", "Choose two different takes.")
        fields = {"other": other, "winner": winner, "side": side, "first": first, "neither": neither}
        return self._make(Duel, take, **fields, heard_s=heard_s, blind=blind, spent_s=spent_s)

    def label(self, takes: Iterable[str], *, add: Iterable[str] = (), remove: Iterable[str] = ()) -> list[Label]:
        """Put labels on takes and take others off them, as one act: what that changes. Raises LabelError.

        A label is told by its letters, whatever their case, and spelled as it is on other takes.
        """
        wanted = {fold(name): (name, False) for name in map(label_name, add)}
        wanted |= {fold(name): (name, True) for name in map(label_name, remove)}
        spelled = {fold(name): name for name in self._history.known_labels()}
        with self._making:
            made: list[Label] = []
            for take in dict.fromkeys(takes):
                on = {fold(name) for name in self.labels_on(take)}
                for key, (name, removed) in wanted.items():
                    if (key in on) == removed:
                        made.append(self._make(Label, take, name=spelled.get(key, name), removed=removed))
            self.as_one(made)
            return made

    def labels_on(self, take: str) -> tuple[str, ...]:
        """The labels that are on a take, anybody's; those that are being written included."""
        with self._making:
            gone = self._retracted
            unwritten = [one for one in self._unwritten.values() if isinstance(one, Label) and one.take == take]
            words = [one for one in (*self._history.labels(take), *unwritten) if one.id not in gone]
            return tuple(standing_labels(words).values())

    def retract(self, judgement: AnyJudgement) -> Retraction:
        """Take back one of this listener's judgements, of this log or an earlier one, written yet or not."""
        if judgement.listener != self.listener:
            raise JudgementError(
                f"That judgement is by {judgement.listener}, not by {self.listener}.", "Only they can undo it."
            )
        with self._making:
            stands = judgement.id in self._history or judgement.id in self._unwritten
            if judgement.id in self._retracted or not stands:
                raise JudgementError("That judgement has already been undone.")
            return self._retraction(judgement)

    def clear(self, *takes: str) -> list[Retraction]:
        """Take back all of this listener's stars (for the sound too), picks and rejects of takes."""
        with self._making:
            said = [one for take in takes for one in self.standing(take)]
            return self._retract_all([one for one in said if isinstance(one, Stars | Pick | Reject | Sound)])

    def as_one(self, judgements: Sequence[AnyJudgement]) -> None:
        """They are one act: see `rest_of`."""
        self._acts.update((one.id, judgements) for one in judgements)

    def rest_of(self, undone: Retraction) -> list[Retraction]:
        """What is to be taken back with that: the others of the same act. Of many, other keys' come in between."""
        others, made = self._acts.get(undone.retracts, ()), list[Retraction]()
        for start in range(0, len(others), AT_ONCE):
            with self._making:
                made += self._retract_all(others[start : start + AT_ONCE])
        return made

    def made_with(self, judgement: AnyJudgement) -> int:
        """How many judgements the act is of that it was made in."""
        return max(1, len(self._acts.get(judgement.id, ())))

    def _retract_all(self, judgements: Iterable[AnyJudgement]) -> list[Retraction]:
        gone = self._retracted
        stand = [one for one in judgements if one.id in self._history or one.id in self._unwritten]
        return [self._retraction(one) for one in stand if one.id not in gone]

    def _retraction(self, judgement: AnyJudgement) -> Retraction:
        retraction = self._make(Retraction, judgement.take, retracts=judgement.id)
        self._taken_back[retraction.id] = judgement
        if isinstance(judgement, Label):
            self._of_labels.add(retraction.id)
        return retraction

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
            last = self.undoable()
            return None if last is None else self.retract(last)

    def undoable(self) -> AnyJudgement | None:
        """What `undo` would take back."""
        with self._making:
            gone = self._retracted
            for one in reversed(self._unwritten.values()):
                if not isinstance(one, Retraction) and one.id not in gone:
                    return one
            return self._history.last(self.listener, session=self.name, but=gone)

    def taken_back(self, judgements: Iterable[AnyJudgement]) -> list[AnyJudgement]:
        """What retractions of this log among these take back."""
        return [self._taken_back[one.id] for one in judgements if one.id in self._taken_back]

    def again(self, judgement: AnyJudgement) -> AnyJudgement:
        """The same once more, after it was taken back."""
        own = ("id", "take", "listener", "session", "at", "spent_s")
        fields = {name: value for name, value in msgspec.structs.asdict(judgement).items() if name not in own}
        kind = cast("type[Stars]", type(judgement))  # whichever it is
        return self._make(kind, judgement.take, **fields)

    def standing(self, take: str) -> list[AnyJudgement]:
        """This listener's judgements of a take that stand, oldest first; those that are being written included."""
        with self._making:
            gone = self._retracted
            written = [one for one in self._history.live(take) if one.listener == self.listener]
            unwritten = [one for one in self._unwritten.values() if take in takes_of(one)]
            none = Retraction | Label
            return [one for one in (*written, *unwritten) if not isinstance(one, none) and one.id not in gone]

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
            latest = self._time_for(take, labels=kind is Label)
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
                raise JudgementError(f"This judgement can't be saved: {error}.") from error
            self._latest = latest
            self._made += 1
            self._unwritten[judgement.id] = judgement
            return judgement

    def _later(self) -> datetime:
        return max(self._now(), self._latest + timedelta(microseconds=1))

    def _time_for(self, take: str, *, labels: bool) -> datetime:
        """Now, but after all that this log made and its listener said of this take, if the clock was set back.

        `labels` are anybody's: a word on one comes after all there are, whatever the clocks of other machines said.
        """
        time = self._later()
        earlier = [self._history.last(self.listener, take=take), *(self._history.labels(take) if labels else ())]
        for before in (_parse(one.at) for one in earlier if one is not None):
            if before is not None and before >= time:
                time = before + timedelta(microseconds=1)
        return time

    # Writing

    def write(self, judgements: Sequence[AnyJudgement]) -> list[AnyJudgement]:
        """Make judgements of this log durable and part of the history, all or none; those that were written.

        Words on labels are written by themselves: an older Earmark would take them for damages among judgements.
        Left out are those written already, and retractions of what could not be written. Raises LibraryError: then
        they are withdrawn, and count as never made.
        """
        with self._writing:
            events = [one for one in judgements if one.id in self._unwritten and not self._takes_back_nothing(one)]
            try:
                files = self._label_files if any(self._is_of_labels(one) for one in events) else self._files
                files.append(events)
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

    def _is_of_labels(self, one: AnyJudgement) -> bool:
        return isinstance(one, Label) or one.id in self._of_labels

    def _takes_back_nothing(self, one: AnyJudgement) -> bool:
        """Whether it retracts what is not on disk. What the disk did not confirm may be there all the same."""
        return isinstance(one, Retraction) and one.retracts in self._withdrawn and one.retracts not in self._history

    def go_on(self) -> None:
        """Go on where an earlier process left this log: in its last files if they are whole, else in new ones."""
        for files in (self._files, self._label_files):
            made, events = files.go_on()
            self._made = max(self._made, made)
            self._latest = max((at for event in events if (at := _parse(event.at))), default=self._latest)


def _parse(at: str) -> datetime | None:
    """A time as judgements write it; None for one that is malformed or too late to have a later one."""
    try:
        time = datetime.fromisoformat(at)
    except ValueError:
        return None
    return time if time.tzinfo is not None and time.year < datetime.max.year else None
