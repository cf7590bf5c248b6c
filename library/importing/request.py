"""What an import is asked for and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.take import Take


@dataclass(frozen=True)
class ImportRequest:
    """Load these files and folders."""

    paths: Sequence[Path]
    sheet: Path | None = None
    """CSV with a header: `file` and any of `prompt`, `seed`, `model`, `generator`."""
    pattern: str | None = None
    """How file names read, e.g. `{prompt}_s{seed}`."""
    copy: bool = False
    """Put copies in the library, rather than leave the files where they are."""
    generator: str | None = None
    """What stands for the generator of new takes of which nothing tells it."""


@dataclass
class ImportReport:
    """What came of an import."""

    takes: list[Take] = field(default_factory=list)
    """The new takes, in the order of their files; durable."""
    duplicates: list[Path] = field(default_factory=list)
    """Files whose sound was in the library already, or came twice."""
    updated: list[Path] = field(default_factory=list)
    """Those of the duplicates that told something new: where a lost sound is now, a word that was missing, or one that
    is surer than what was known, such as a sheet's prompt in place of a guess from the file's name."""
    failed: list[tuple[Path, str]] = field(default_factory=list)
    """What could not be loaded, and why, in one sentence."""
    unmatched: int = 0
    """How many files were named otherwise than the pattern says, and read as without it."""
    cancelled: bool = False
    """Whether it was stopped before its end; what it had done stays."""
