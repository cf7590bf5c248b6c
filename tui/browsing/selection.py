"""Which takes of a list keys act on together: marked one by one, or in ranges."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Line = TypeVar("Line")


class Selection(Generic[Line]):
    """Ids of takes. A range reaches from the line where it began to the one that the cursor is on."""

    def __init__(self, ids_of: Callable[[Sequence[Line]], set[str]]) -> None:
        """`ids_of` says which takes some lines stand for."""
        self._ids_of = ids_of
        self._kept: set[str] = set()
        self._range: set[str] = set()
        self.anchor: Line | None = None
        """The line where the range began that is being drawn; None while none is."""

    def __len__(self) -> int:
        return len(self.ids)

    def __bool__(self) -> bool:
        return bool(self._kept or self._range)

    @property
    def ids(self) -> set[str]:
        return self._kept | self._range if self._range else self._kept

    def holds(self, line: Line) -> bool:
        """Whether all that `line` stands for is selected."""
        return all(one in self._kept or one in self._range for one in self._ids_of([line]))

    def clear(self) -> None:
        self._kept, self._range, self.anchor = set(), set(), None

    def take_all(self, lines: Sequence[Line]) -> None:
        self._kept, self._range, self.anchor = self._ids_of(lines), set(), None

    def keep_only(self, ids: Callable[[set[str]], set[str]]) -> None:
        """What is no longer listed is no longer selected; `ids` says what is, of some."""
        if self:
            self._kept = ids(self.ids)
            self._range = set()

    def begin(self, line: Line) -> None:
        """Draw a range from here."""
        self.end()
        self.anchor = line
        self._range = self._ids_of([line])

    def reach(self, lines: Sequence[Line]) -> None:
        """The range is now these lines, its ends included."""
        self._range = self._ids_of(lines)

    def end(self) -> None:
        """What the range has come to stays selected; the cursor draws none any more."""
        self._kept = self.ids
        self._range, self.anchor = set(), None

    def toggle(self, line: Line) -> None:
        """Select what `line` stands for, or no longer if all of it was."""
        ids = self._ids_of([line])
        self.end()
        self._kept = self._kept - ids if ids <= self._kept else self._kept | ids
