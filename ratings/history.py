"""What all judgements together say about each take, kept up to date event by event."""

from __future__ import annotations

import threading
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import TypeAlias, TypeVar

from msgspec import Struct, structs

from library.spelling import fold, one_spelling
from ratings.judgement import AnyJudgement, Duel, Judgement, Label, Mark, Note, Pick, Reject, Retraction, Sound, Stars

_Event = TypeVar("_Event", bound=Judgement)
_Entry: TypeAlias = tuple[str, str, _Event]
"""Time, id, event: sorts by time, then id, whatever order the files came in."""
_AnyEntry: TypeAlias = tuple[str, str, AnyJudgement]
_LabelEntry: TypeAlias = tuple[str, str, Label]


class TakeRatings(Struct, frozen=True, gc=False):
    """What listeners say of one take now."""

    stars: float | None = None
    """Mean over listeners of the latest stars of each."""
    judgements: int = 0
    """Live judgements of any kind, duels on either side included."""
    rejected: bool = False
    """Whether a listener's latest word on it is to reject it: a later pick, or stars, take that back."""
    picked: bool = False
    """Whether a listener's latest word between pick and reject is pick."""
    marks: tuple[tuple[float, str], ...] = ()
    """Seconds into the take and id of the judgement, by position."""
    notes: tuple[tuple[str, str], ...] = ()
    """Text and id of the judgement, oldest first."""
    heard: float = 0.0
    """The most seconds of it that had sounded at one judgement; duels, which count both takes, are left out."""
    duels: int = 0
    sound: float | None = None
    """Mean over listeners of the latest word of each on how well produced it is."""
    judged_by: tuple[str, ...] = ()
    """The listeners who have said how good it is."""
    labels: tuple[str, ...] = ()
    """Those that are on it, in no order: see `ratings.labels.names.in_order`. They are no judgements."""

    @property
    def rated(self) -> bool:
        """Whether anybody has said how good it is: stars, pick, reject or duel. Marks, notes and sound don't say it."""
        return self.stars is not None or self.rejected or self.picked or self.duels > 0


UNJUDGED = TakeRatings()


class History:
    """All judgements, folded. The result depends on which events there are, not on the order they were added in.

    A retraction may come before what it retracts, and holds for its own listener's judgements only: nobody takes
    back another's words. Safe to use from several threads.
    """

    def __init__(self, events: Iterable[AnyJudgement] = ()) -> None:
        self._known: set[str] = set()
        self._live: dict[str, AnyJudgement] = {}
        self._retracted: dict[str, set[str]] = {}
        """Retracted id → the listeners who retracted it."""
        self._by_take: dict[str, list[_AnyEntry]] = {}
        self._verdicts: Counter[str] = Counter()
        """How many live judgements say how good each take is."""
        self._labels: dict[str, Label] = {}
        """The live ones: apart, since they are no judgements of how good a take is."""
        self._labels_by_take: dict[str, list[_LabelEntry]] = {}
        self._spelled: dict[str, _LabelEntry] = {}
        """The latest word on each label, by its folded name."""
        self._relabelled: set[str] = set()
        """Takes of which the labels have not been counted since they changed."""
        self._counted: dict[str, tuple[str, ...]] = {}
        self._on: Counter[str] = Counter()
        self._by_listener: dict[str, list[_AnyEntry]] = {}
        self._ratings: dict[str, TakeRatings] = {}
        self._log: list[tuple[str, ...]] = []
        """Per event, the takes whose ratings it changed."""
        self._lock = threading.RLock()
        self.add(events)

    @property
    def version(self) -> int:
        """Grows with every event: what was worked out for one version holds as long as it stays the same."""
        return len(self._log)

    def touched(self, since: int) -> set[str]:
        """The takes whose ratings may have changed since that version."""
        with self._lock:
            return {take for takes in self._log[since:] for take in takes}

    def add(self, events: Iterable[AnyJudgement]) -> list[AnyJudgement]:
        """Take in events; those of them that are new, in the order given. Known ids are passed over."""
        fresh = []
        with self._lock:
            for event in events:
                if event.id in self._known:
                    continue
                self._known.add(event.id)
                fresh.append(event)
                if isinstance(event, Retraction):
                    self._log.append(self._retract(event))
                elif event.listener not in self._retracted.get(event.id, ()):
                    self._log.append(self._enter(event))
                else:
                    self._log.append(())
        return fresh

    def _enter(self, event: AnyJudgement) -> tuple[str, ...]:
        entry = _entry(event)
        _insert(self._by_listener.setdefault(event.listener, []), entry)
        if isinstance(event, Label):
            self._labels[event.id] = event
            word = _entry(event)
            _insert(self._labels_by_take.setdefault(event.take, []), word)
            self._relabelled.add(event.take)
            key = fold(event.name)
            self._spelled[key] = max(self._spelled.get(key, word), word)
        else:
            self._live[event.id] = event
            for take in takes_of(event):
                _insert(self._by_take.setdefault(take, []), entry)
                self._verdicts[take] += isinstance(event, VERDICTS)
        for take in takes_of(event):
            self._ratings.pop(take, None)
        return takes_of(event)

    def _retract(self, event: Retraction) -> tuple[str, ...]:
        self._retracted.setdefault(event.retracts, set()).add(event.listener)
        target = self._live.get(event.retracts) or self._labels.get(event.retracts)
        if target is None or target.listener != event.listener:
            return ()
        _remove(self._by_listener[target.listener], target)
        if isinstance(target, Label):
            del self._labels[target.id]
            _remove(self._labels_by_take[target.take], target)
            self._relabelled.add(target.take)
        else:
            del self._live[target.id]
            for take in takes_of(target):
                _remove(self._by_take[take], target)
                self._verdicts[take] -= isinstance(target, VERDICTS)
        for take in takes_of(target):
            self._ratings.pop(take, None)
        return takes_of(target)

    def __len__(self) -> int:
        """How many judgements are live."""
        return len(self._live)

    def __contains__(self, judgement_id: str) -> bool:
        """Whether that judgement, or word on a label, is live."""
        return judgement_id in self._live or judgement_id in self._labels

    def knows(self, judgement_id: str) -> bool:
        """Whether that judgement was ever taken in, also if it was retracted since."""
        return judgement_id in self._known

    def ratings(self, take: str) -> TakeRatings:
        """What the take's live judgements come to; UNJUDGED for a take without."""
        ratings = self._ratings.get(take)
        if ratings is None:
            if take not in self._by_take and take not in self._labels_by_take:
                return UNJUDGED
            with self._lock:
                labels = standing_labels(self.labels(take))
                ratings = self._ratings[take] = _fold(self._by_take.get(take, ()), tuple(labels.values()))
        return ratings

    def labels(self, take: str) -> list[Label]:
        """All that stands of what was said of labels on a take, of putting on and taking off, oldest first."""
        with self._lock:
            return [event for _, _, event in self._labels_by_take.get(take, ())]

    def known_labels(self) -> dict[str, int]:
        """The labels that are on takes, in no order, and on how many each is; each spelled as it was lately."""
        with self._lock:
            for take in self._relabelled:
                before = self._counted.pop(take, ())
                now = tuple(standing_labels(self.labels(take)))
                self._on.subtract(before)
                self._on.update(now)
                if now:
                    self._counted[take] = now
            self._relabelled.clear()
            return {self._spelled[key][2].name: count for key, count in self._on.items() if count > 0}

    def live(self, take: str | None = None) -> list[AnyJudgement]:
        """The judgements that stand, oldest first: of one take (duels on either side included), or all."""
        with self._lock:
            if take is not None:
                return [event for _, _, event in self._by_take.get(take, ())]
            events = list(self._live.values())
        return [event for _, _, event in sorted(map(_entry, events))]  # others may add meanwhile

    def last(
        self, listener: str, session: str | None = None, take: str | None = None, but: Collection[str] = ()
    ) -> AnyJudgement | None:
        """The listener's last live judgement (in that log, on that take), less those whose ids are `but`."""
        with self._lock:
            entries = self._by_listener.get(listener, []) if take is None else self._by_take.get(take, [])
            for _, _, event in reversed(entries):
                if event.listener == listener and session in (None, event.session) and event.id not in but:
                    return event
        return None

    def listeners(self) -> list[str]:
        """Whoever has said anything that stands, in no order."""
        with self._lock:
            return [listener for listener, entries in self._by_listener.items() if entries]

    def of(self, listener: str) -> History:
        """One listener's judgements alone. A copy, which does not follow what is said later."""
        with self._lock:
            return History(event for _, _, event in self._by_listener.get(listener, ()))

    def judged(self) -> list[str]:
        """Ids of the takes with live judgements."""
        with self._lock:
            return [take for take, entries in self._by_take.items() if entries]

    def rated(self) -> list[str]:
        """Ids of the takes of which somebody has said how good they are."""
        with self._lock:
            return [take for take, verdicts in self._verdicts.items() if verdicts]


VERDICTS = (Stars, Reject, Pick, Duel)
"""What says how good a take is."""


def sound_history(history: History) -> History:
    """What `history` says of the sound, as if it were all that had been asked: ranking it ranks by production.

    A copy, which does not follow what is said later. A `TakeRatings` of it has the sound's stars and counts, no more.
    """
    sounds = (structs.asdict(event) for event in history.live() if isinstance(event, Sound))
    return History(Stars(stars=fields.pop("sound"), **fields) for fields in sounds)


def takes_of(event: AnyJudgement) -> tuple[str, ...]:
    """The takes a judgement is about: two for a duel."""
    if isinstance(event, Duel) and event.other != event.take:
        return (event.take, event.other)
    return (event.take,)


def _entry(event: _Event) -> _Entry[_Event]:
    # Without its Z a time sorts as text also where fractions of a second are written with fewer digits.
    return (event.at.rstrip("Z"), event.id, event)


def _insert(entries: list[_Entry[_Event]], entry: _Entry[_Event]) -> None:
    if not entries or entries[-1] < entry:
        entries.append(entry)
    else:
        insort(entries, entry)


def _remove(entries: list[_Entry[_Event]], event: AnyJudgement) -> None:
    del entries[bisect_left(entries, _entry(event)[:2])]  # a shorter tuple sorts before its longer one


def standing_labels(words: Iterable[Label]) -> dict[str, str]:
    """The labels that are on a take, by their folded names, from what was said of them, oldest first."""
    on: dict[str, str] = {}
    for word in words:
        key = fold(word.name)
        on.pop(key, None)
        if key and not word.removed:
            on[key] = one_spelling(word.name)
    return on


def _fold(entries: Sequence[_AnyEntry], labels: tuple[str, ...]) -> TakeRatings:
    stars: dict[str, int] = {}
    sound: dict[str, int] = {}
    stance: dict[str, bool] = {}
    marks, notes = [], []
    judges: dict[str, None] = {}
    heard, duels = 0.0, 0
    for _, _, event in entries:
        match event:
            case Stars():
                stars[event.listener] = event.stars
                if not stance.get(event.listener, True):
                    del stance[event.listener]
            case Sound():
                sound[event.listener] = event.sound
            case Pick() | Reject():
                stance[event.listener] = isinstance(event, Pick)
            case Mark():
                marks.append((event.position_s, event.id))
            case Note():
                notes.append((event.text, event.id))
            case Duel():
                duels += 1
        if isinstance(event, Stars | Pick | Reject | Duel):
            judges[event.listener] = None
        if not isinstance(event, Duel):
            heard = max(heard, event.heard_s)
    return TakeRatings(
        stars=sum(stars.values()) / len(stars) if stars else None,
        judgements=len(entries),
        rejected=False in stance.values(),
        picked=True in stance.values(),
        marks=tuple(sorted(marks)),
        notes=tuple(notes),
        heard=heard,
        duels=duels,
        sound=sum(sound.values()) / len(sound) if sound else None,
        judged_by=tuple(judges),
        labels=labels,
    )
