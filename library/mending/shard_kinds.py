"""The kinds of shards that are looked into, and what is told of one that was mended."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Shelf:
    """A kind of shards: where they are, and what they hold."""

    folder: Path
    """Has a folder a writer, which has the shards."""
    name: str
    """Of a shard; `*.json` for any."""
    table: str
    document: object
    """Type or union of its documents."""
    strict: bool = False
    """Whether entries that can't be used are set aside too. Else they stay: a newer Earmark may know them."""


@dataclass(frozen=True)
class Repair:
    """One thing that was mended, or could not be."""

    name: str
    detail: str
    done: bool = True

    def as_json(self) -> dict[str, str | bool]:
        """As `doctor --repair --json` prints it."""
        return {"name": self.name, "done": self.done, "detail": self.detail}
