"""Takes folded by prompt: one row a prompt, opened in place, over 100,000 takes within a key press."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from itertools import accumulate, chain
from typing import TypeAlias, overload

from library.take import Take

BY_SEED = 500
"""The takes of a prompt are put in the order of their seeds; of more than so many that would take too long."""


class PromptGroup:
    """The listed takes of one prompt, two or more of them."""

    __slots__ = ("_by_seed", "_takes", "number", "places")

    def __init__(self, number: int, takes: Sequence[Take], places: Sequence[int]) -> None:
        """`number` tells prompts apart; `places` are those of its takes in `takes`, in the order of the list."""
        self.number = number
        self.places = places
        self._takes = takes
        self._by_seed: list[Take] = []

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Take]:
        return map(self._takes.__getitem__, self.places)

    @property
    def prompt(self) -> str | None:
        return self.first.prompt

    @property
    def first(self) -> Take:
        """The one that the list's order puts first."""
        return self._takes[self.places[0]]

    def by_seed(self, most: int) -> list[Take]:
        """At most so many of its takes, in the order of their seeds: the same order, however the list is sorted."""
        if len(self) > BY_SEED:
            return [self._takes[place] for place in self.places[:most]]
        if not self._by_seed:
            self._by_seed = sorted(self, key=lambda take: (take.seed is None, take.seed or 0, take.created_at))
        return self._by_seed[:most]


Row: TypeAlias = Take | PromptGroup


class Folded(Sequence[Row]):
    """Prompts in the order of their first takes, each a group; below those that are open, their takes.

    A prompt with a single take is that take.
    """

    __slots__ = ("_at", "_groups", "_index", "_made", "_numbers", "_prompts", "_starts", "_takes", "opened")

    def __init__(
        self, takes: Sequence[Take], index: Mapping[str, int], places: Sequence[int], prompts: Sequence[int]
    ) -> None:
        """The `places` that are listed in `takes`. Of each take `index` has the place and `prompts` its prompt's
        number.
        """
        grouped: defaultdict[int, list[int]] = defaultdict(list)
        for place in places:
            grouped[prompts[place]].append(place)
        self._takes, self._index, self._prompts = takes, index, prompts
        self._numbers = list(grouped)
        self._groups = list(grouped.values())
        self._at = {number: at for at, number in enumerate(self._numbers)}
        self._made: dict[int, PromptGroup] = {}
        self.opened: frozenset[int] = frozenset()
        self._starts = list(range(len(self._groups) + 1))

    def opening(self, numbers: Collection[int]) -> Folded:
        """The same, with the takes of these prompts in sight and of no others."""
        folded = copy(self)
        folded.opened = frozenset(number for number in numbers if number in self._at)
        sizes = [1] * len(self._groups)
        for number in folded.opened:
            at = self._at[number]
            sizes[at] += len(self._groups[at]) if len(self._groups[at]) > 1 else 0
        folded._starts = [0, *accumulate(sizes)]  # noqa: SLF001 - its own class
        return folded

    @property
    def foldable(self) -> list[int]:
        """The numbers of the prompts with two or more takes."""
        return [number for number, group in zip(self._numbers, self._groups, strict=True) if len(group) > 1]

    @property
    def prompt_count(self) -> int:
        return len(self._groups)

    @property
    def places(self) -> list[int]:
        """Of all takes that are listed, in this order, whether they are in sight or not."""
        return list(chain.from_iterable(self._groups))

    def __len__(self) -> int:
        return self._starts[-1]

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> list[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | list[Row]:
        if isinstance(at, slice):
            return [self[row] for row in range(*at.indices(len(self)))]
        at = at if at >= 0 else at + len(self)
        if not 0 <= at < len(self):
            raise IndexError(at)
        group = bisect_right(self._starts, at) - 1
        places, below = self._groups[group], at - self._starts[group]
        if len(places) > 1 and not below:
            return self._group(group)
        return self._takes[places[max(0, below - 1)]]

    def _group(self, at: int) -> PromptGroup:
        if at not in self._made:
            self._made[at] = PromptGroup(self._numbers[at], self._takes, self._groups[at])
        return self._made[at]

    def group_of(self, row: Row) -> PromptGroup | None:
        """The prompt that `row` is or belongs to, if that has two or more takes."""
        at = self._group_at(row)
        return None if at is None or len(self._groups[at]) == 1 else self._group(at)

    def is_of_several(self, take: Take) -> bool:
        """Whether the prompt of a listed take has others."""
        return len(self._groups[self._at[self._prompts[self._index[take.id]]]]) > 1

    def is_in(self, take_id: str, group: PromptGroup) -> bool:
        """Whether that take is of the group's prompt."""
        place = self._index.get(take_id)
        return place is not None and self._prompts[place] == group.number

    def having(self, ids: Collection[str]) -> set[str]:
        """Those of the takes of these ids that are listed, in sight or not."""
        listed = set(self.places)
        return {one for one in ids if self._index.get(one) in listed}

    def place_of(self, row: Row) -> int | None:
        """Where `row` is, or its prompt while that is folded."""
        at = self._group_at(row)
        if at is None:
            return None
        if isinstance(row, PromptGroup) or len(self._groups[at]) == 1 or self._numbers[at] not in self.opened:
            return self._starts[at]
        return self._starts[at] + 1 + self._groups[at].index(self._index[row.id])

    def _group_at(self, row: Row) -> int | None:
        if isinstance(row, PromptGroup):
            return self._at.get(row.number)
        place = self._index.get(row.id)
        at = None if place is None else self._at.get(self._prompts[place])
        return at if at is not None and place in self._groups[at] else None
