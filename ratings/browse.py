"""The list of takes while typing: a library of 100,000 filtered and sorted within one key press."""

from __future__ import annotations

import sys
import threading
from bisect import insort
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import partial
from operator import attrgetter
from typing import Any, Literal, TypeAlias, get_args, overload

from library.spelling import fold
from library.take import STEERING, Take
from ratings.filtering.folding import Folded, PromptGroup
from ratings.filtering.query import FLAGGED, UNRATED, Query, Term
from ratings.filtering.said import Said
from ratings.filtering.values import ABOUT_TAKES, STATES, TEXT_COLUMNS, within
from ratings.history import History, TakeRatings, takes_of
from ratings.judgement import LATER, Duel, Pick, Reject, Stars

__all__ = ["SORTS", "Query", "Rows", "Sort", "View"]

Sort: TypeAlias = Literal[
    "newest", "prompt", "seed", "stars", "duration", "loudness", "generator", "model", "listeners"
]
SORTS: tuple[Sort, ...] = get_args(Sort)

_COLUMNS: dict[Sort, tuple[str, ...]] = {
    "prompt": ("prompt", "seed"),
    "seed": ("seed", "prompt"),
    "generator": ("generator", "prompt", "seed"),
    "model": ("model", "prompt", "seed"),
    "duration": ("duration_s",),
    "loudness": ("lufs",),
}
"""What decides each order, first column first; then the newer one."""
_FROM_RATINGS: dict[Sort, Callable[[TakeRatings], float | None]] = {
    "stars": lambda ratings: ratings.stars,
    "listeners": lambda ratings: len(ratings.judged_by) or None,
}
"""The orders that judgements decide, the greatest first."""
_FALLING = frozenset({"duration_s", "lufs"})
_NUMBERS = frozenset({"seed", "duration_s", "lufs"})
_FEW = 500
"""So many new takes are put into an order one by one; for more it is made anew."""
_KEPT = 32
"""For so many terms the takes that met them are remembered."""
_HEXADECIMAL = frozenset("0123456789abcdef")


class View:
    """Takes ready to be filtered and sorted. Safe to add on one thread and read on another."""

    def __init__(self, history: History, takes: Iterable[Take] = (), *, listener: str = "") -> None:
        """`listener` is who is meant by `judged:me`."""
        self._history = history
        self._said = Said(history, listener)
        # Takes are known by their places in these columns.
        self._takes: list[Take] = []
        self._ids: list[str] = []
        self._seeds: list[int | None] = []
        self._texts: list[int] = []
        """Which of the distinct texts the take has."""
        self._text_numbers: dict[tuple[str | None, ...], int] = {}
        self._folded: list[tuple[str, ...]] = []
        """Per distinct text: prompt, generator, model, and all of them, folded."""
        self._prompts: list[int] = []
        """Per take, a number for its prompt."""
        self._prompt_numbers: dict[str | None, int] = {}
        self._index: dict[str, int] = {}
        self._orders: dict[Sort, _Order] = {}
        self._met: dict[Term, tuple[int, int, set[int]]] = {}
        """Per term on judgements: the places that met it, at a version of the history and a count of takes."""
        self._last: tuple[tuple[object, ...], Query, list[int]] | None = None
        self._lock = threading.RLock()
        self.add(takes)

    def __len__(self) -> int:
        return len(self._takes)

    def add(self, takes: Iterable[Take]) -> None:
        """Take in new takes, and those of which more is known now in place of their older versions."""
        with self._lock:
            for take in takes:
                place = self._index.setdefault(take.id, len(self._takes))
                text = self._text(take)
                prompt = self._prompt_numbers.setdefault(take.prompt, len(self._prompt_numbers))
                if place == len(self._takes):
                    self._takes.append(take)
                    self._ids.append(take.id)
                    self._seeds.append(take.seed)
                    self._texts.append(text)
                    self._prompts.append(prompt)
                else:
                    self._takes[place], self._seeds[place] = take, take.seed
                    self._texts[place], self._prompts[place] = text, prompt
                    self._orders.clear()
            self._last = None

    def rows(self, query: Query, sort: Sort = "newest", *, reverse: bool = False) -> Rows:
        """The takes that meet `query`, sorted: newest, best, longest, loudest first; prompt, seed, generator upwards.

        Equal ones are newest first. `reverse` turns all round, but those without the value are last either way.
        """
        with self._lock:
            version = self._history.version if sort in _FROM_RATINGS or query.needs_judgements else None
            stage = (sort, reverse, version)
            words, terms = query.words, query.terms
            if self._last is not None and self._last[0] == stage and query.narrows(self._last[1]):
                _, before, found = self._last
                words = tuple(word for word in words if word not in before.words)
                terms = tuple(term for term in terms if term not in before.terms)
            else:
                found = self._order(sort).places(reverse)
            for term in terms:
                found = self._with_term(found, term)
            for word in words:
                found = self._with_word(found, word)
            self._last = (stage, query, found)
            return Rows(self._takes, self._index, found)

    def listing(self, takes: Iterable[Take]) -> Rows:
        """These takes of the view, in this order."""
        return Rows(self._takes, self._index, [self._index[take.id] for take in takes])

    def fold(self, rows: Rows, opened: Collection[int] = ()) -> Folded:
        """`rows` with one line a prompt, those of these numbers open."""
        with self._lock:
            folded = Folded(self._takes, self._index, rows.places, self._prompts)
        return folded.opening(opened) if opened else folded

    def unfold(self, folded: Folded) -> Rows:
        """All takes that `folded` lists, in the order in which it has them."""
        return Rows(self._takes, self._index, folded.places)

    def best_stars(self, group: PromptGroup) -> float | None:
        """The most stars among its takes that are not rejected; None where none has any."""
        ids, history = self._ids, self._history
        with self._lock:
            rated = self._meeting(Term("is", "rated"))
            judged = [history.ratings(ids[place]) for place in group.places if place in rated]
        return max((one.stars for one in judged if one.stars is not None and not one.rejected), default=None)

    def to_judge(self, query: Query, listener: str, before: str = LATER) -> list[Take]:
        """The takes that meet `query`, newest first, without recordings and other drafts unless it asks for them.

        Who is to judge is asked for what they have not heard: unrated means here, not by `listener` before that time.
        """
        rows = self.rows(Query(query.words, tuple(term for term in query.terms if term != UNRATED)))
        asked = any(term.key == "generator" for term in query.terms)
        rated: set[str] = set()
        if UNRATED in query.terms:
            own = (one for one in self._history.live() if one.listener == listener and one.at < before)
            rated.update(*(takes_of(one) for one in own if isinstance(one, Stars | Reject | Pick | Duel)))
        return [take for take in rows if (asked or take.generator not in STEERING) and take.id not in rated]

    def warm(self) -> None:
        """Work out every order ahead, and which labels there are, off the input path."""
        self._history.known_labels()
        for sort in SORTS:
            with self._lock:
                self._order(sort)
        for state in STATES:
            with self._lock:
                self._meeting(Term("is", state))

    def _text(self, take: Take) -> int:
        key = (take.prompt, take.generator, take.model)
        number = self._text_numbers.get(key)
        if number is None:
            number = self._text_numbers[key] = len(self._folded)
            parts = [fold(part or "") for part in key]
            self._folded.append((*parts, "\n".join(parts)))
        return number

    def _with_word(self, found: list[int], word: str) -> list[int]:
        texts, folded, ids = self._texts, self._folded, self._ids
        may_be_id = _HEXADECIMAL.issuperset(word)
        if len(found) < len(folded) // 2 and not may_be_id:
            return [i for i in found if word in folded[texts[i]][3]]
        hits = [word in text[3] for text in folded]
        if may_be_id:
            return [i for i in found if hits[texts[i]] or ids[i].startswith(word)]
        return [i for i in found if hits[texts[i]]]

    def _with_term(self, found: list[int], term: Term) -> list[int]:
        if term.key == "seed":
            seeds = self._seeds
            wanted = {seed for seed in set(seeds) if within(seed, term.spans)}
            return [i for i in found if seeds[i] in wanted]
        if term.key == "len":
            takes, ((low, high),) = self._takes, term.spans
            return [i for i in found if low <= takes[i].duration_s <= high]
        if term.key == "id":
            beginnings, ids = set(term.text.split(",")), self._ids
            lengths = {len(one) for one in beginnings if one}
            return [i for i in found if any(ids[i][:length] in beginnings for length in lengths)]
        key, text = ("flag", "") if term == FLAGGED else (term.key, term.text)
        if key in ABOUT_TAKES:
            takes, holds = self._takes, ABOUT_TAKES[key]
            return [i for i in found if holds(takes[i], text)]
        if term.key in TEXT_COLUMNS:
            texts = self._texts
            column = TEXT_COLUMNS.index(term.key)
            hits = [term.text in folded[column] for folded in self._folded]
            return [i for i in found if hits[texts[i]]]
        if term == UNRATED:
            met = self._meeting(Term("is", "rated"))
            return [i for i in found if i not in met]
        if term.key in Said.STATES:
            test, ids = self._said.test(term.key, term.text), self._ids
            met, ratings = self._meeting(Term("is", Said.STATES[term.key])), self._history.ratings
            return [i for i in found if i in met and test(ratings(ids[i]))]
        met = self._meeting(term)
        return [i for i in found if i in met]

    def _meeting(self, term: Term) -> set[int]:
        """Places of the takes whose judgements meet `term`; the view's own to keep."""
        history = self._history
        test = STATES[term.text] if term.key == "is" else lambda given: within(given.stars, term.spans)
        version, count, met = self._met.get(term, (0, 0, set()))
        now = history.version
        if version < now or count < len(self._takes):
            places = {self._index[take] for take in history.touched(version) if take in self._index}
            places.update(range(count, len(self._takes)) if version else ())
            for place in places:
                if test(history.ratings(self._ids[place])):
                    met.add(place)
                else:
                    met.discard(place)
            if term not in self._met and len(self._met) >= _KEPT:
                self._met.clear()
            self._met[term] = (now, len(self._takes), met)
        return met

    def _order(self, sort: Sort) -> _Order:
        version = self._history.version
        order = self._orders.get(sort)
        moved = []
        if order and sort in _FROM_RATINGS and order.version < version:
            index, touched = self._index, self._history.touched(order.version)
            moved = [index[take] for take in touched if take in index and index[take] < order.count]
        if order is None or len(self._takes) - order.count + 10 * len(moved) > _FEW:
            order = self._orders[sort] = self._made_order(sort, version)
            return order
        for place in moved:
            order.remove(place)
        for place in [*moved, *range(order.count, len(self._takes))]:
            self._insert(order, sort, place)
        order.version, order.count = version, len(self._takes)
        return order

    def _made_order(self, sort: Sort, version: int) -> _Order:
        count = len(self._takes)
        if sort == "newest":
            dates = [take.created_at for take in self._takes]
            return _Order(version, count, sorted(range(count), key=dates.__getitem__, reverse=True), [])
        # What is sorted is newest first already, and sorting keeps the order between equals.
        newest = self._order("newest").present
        if sort in _FROM_RATINGS:
            value = _FROM_RATINGS[sort]
            rated = ((i, value(self._history.ratings(self._ids[i]))) for i in self._meeting(Term("is", "rated")))
            known = {i: -number for i, number in rated if number is not None}
            present = sorted((i for i in newest if i in known), key=known.__getitem__)
            return _Order(version, count, present, [i for i in newest if i not in known])
        columns = _COLUMNS[sort]
        before = newest
        if columns[1:] and sort != "prompt":
            # Prompt and seed decide between equals here, and in the order by prompt they have done so, but for those
            # without a prompt.
            columns, by_prompt = columns[:1], self._order("prompt")
            before = by_prompt.present + sorted(by_prompt.missing, key=lambda i: _key("seed", self._seeds[i]))
        keys: list[float] = []
        for column in columns:
            values = list(map(attrgetter(column), self._takes))
            ranks = self._ranks(column, values)
            if keys:
                keys = [key * len(ranks) + ranks[value] for key, value in zip(keys, values, strict=True)]
            else:
                # Of all numbers floats are compared the fastest, and these are whole up to 2^53.
                keys = [float(ranks[value]) for value in values]
                missing = [i for i in newest if values[i] is None] if None in ranks else []
        places = sorted(before, key=keys.__getitem__)
        return _Order(version, count, places[: count - len(missing)], missing)

    def _ranks(self, column: str, values: Sequence[Any]) -> dict[Any, int]:
        """Where each value stands among all, the missing one last: whole numbers are the quickest to sort by."""
        known = set(values) - {None}
        if column in _NUMBERS:
            ordered = sorted(known, reverse=column in _FALLING)
        else:
            ordered = sorted(known, key=partial(_key, column))
        return {value: rank for rank, value in enumerate([*ordered, None])}

    def _insert(self, order: _Order, sort: Sort, place: int) -> None:
        def values(i: int) -> list[tuple[Any, ...]]:
            if sort in _FROM_RATINGS:
                number = _FROM_RATINGS[sort](self._history.ratings(self._ids[i]))
                return [(1,) if number is None else (0, -number)]
            return [_key(column, getattr(self._takes[i], column)) for column in _COLUMNS.get(sort, ())]

        missing = values(place)[:1] == [(1,)]
        insort(
            order.missing if missing else order.present,
            place,
            key=lambda i: ([] if missing else values(i), _Falling(self._takes[i].created_at), i),
        )


class Rows(Sequence[Take]):
    """Takes in an order. A key press makes one of 100,000, so each take is looked up only when it is asked for.

    What comes to be known of a take shows in the rows made before; which takes they are, and their order, stays.
    """

    __slots__ = ("_index", "_takes", "places")

    def __init__(self, takes: Sequence[Take], index: dict[str, int], places: Sequence[int]) -> None:
        """The places in `takes`; `index` has that of each id."""
        self._takes = takes
        self._index = index
        self.places = places
        """Not to be changed."""

    def __len__(self) -> int:
        return len(self.places)

    @overload
    def __getitem__(self, at: int) -> Take: ...
    @overload
    def __getitem__(self, at: slice) -> list[Take]: ...
    def __getitem__(self, at: int | slice) -> Take | list[Take]:
        if isinstance(at, slice):
            return [self._takes[place] for place in self.places[at]]
        return self._takes[self.places[at]]

    def __iter__(self) -> Iterator[Take]:
        return map(self._takes.__getitem__, self.places)

    def having(self, ids: Collection[str]) -> set[str]:
        """Those of the takes of these ids that are among them."""
        if self._are_all:
            return self._index.keys() & ids
        listed = set(self.places)
        return {one for one in ids if self._index.get(one) in listed}

    def ids(self) -> set[str]:
        """Of all of them."""
        return set(self._index) if self._are_all else {self._takes[place].id for place in self.places}

    @property
    def _are_all(self) -> bool:
        """Whether they are all takes that there are."""
        return len(self.places) == len(self._index)

    def index(self, take: Take, start: int = 0, stop: int = sys.maxsize) -> int:
        """Where the take of that id is. Raises ValueError where it is not among them."""
        return self.places.index(self._index.get(take.id, -1), start, stop)


class _Order:
    """Places in the order of one sort: those that have the value, then those that have not."""

    __slots__ = ("count", "missing", "present", "version")

    def __init__(self, version: int, count: int, present: list[int], missing: list[int]) -> None:
        self.version = version
        self.count = count
        """How many takes there were."""
        self.present = present
        self.missing = missing

    def remove(self, place: int) -> None:
        for places in (self.present, self.missing):
            if place in places:
                places.remove(place)

    def places(self, reverse: bool) -> list[int]:
        return (self.present[::-1] if reverse else self.present) + self.missing


class _Falling(str):
    """Sorts the other way round."""

    __slots__ = ()

    def __lt__(self, other: str) -> bool:
        return self > other


def _key(column: str, value: Any) -> tuple[Any, ...]:  # noqa: ANN401  # text, number or nothing
    """Sorts the values of a column, those that are missing last."""
    if value is None:
        return (1,)
    if isinstance(value, str):
        return (0, fold(value), value)
    return (0, -value if column in _FALLING else value)
