"""What came of one thing that was to be mended, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from library.errors import EarmarkError

Part = Literal[
    "library",
    "set aside",
    "damaged files",
    "conflict copies",
    "stray files",
    "loose sounds",
    "missing sounds",
    "loudness",
]


@dataclass(frozen=True)
class Outcome:
    """A repair, or why there was none."""

    part: Part
    detail: str
    done: bool = True

    @classmethod
    def failed(cls, part: Part, error: EarmarkError) -> Outcome:
        return cls(part, str(error), done=False)

    def as_json(self) -> dict[str, str | bool]:
        """As `doctor --repair --json` prints it."""
        return {"name": self.part, "done": self.done, "detail": self.detail}


def a_few(things: Iterable[object], between: str = ", ", most: int = 3) -> str:
    """The first few of many, as text, and how many more there are: `a, b, c and 12 more`."""
    everything = list(things)
    more = f" and {len(everything) - most:,} more" if len(everything) > most else ""
    return between.join(map(str, everything[:most])) + more
