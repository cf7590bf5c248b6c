"""What an import is asked for and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from library.importing.sources.told_words import ToldWords
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
    dry_run: bool = False
    """Tell what would come of it, and write nothing: no library, no copy, no cache."""
    generator: str | None = None
    """What stands for the generator of new takes of which nothing tells it."""


@dataclass
class ImportReport:
    """What came of an import."""

    takes: list[Take] = field(default_factory=list)
    """The new takes, in the order of their files; durable, unless it was a dry run."""
    duplicates: list[Path] = field(default_factory=list)
    """Files whose sound was in the library already, or came twice."""
    updated: list[Path] = field(default_factory=list)
    """Those of the duplicates that told something new: where a lost sound is now, a word that was missing, or one that
    is surer than what was known, such as a sheet's prompt in place of a guess from the file's name."""
    corrected: list[Take] = field(default_factory=list)
    """What is known with that of the takes of which some word is another now."""
    failed: list[tuple[Path, str]] = field(default_factory=list)
    """What could not be loaded, and why, in one sentence."""
    left_out: list[tuple[Path, str]] = field(default_factory=list)
    """Sound in the folders that can't be read here, and why, in one sentence."""
    partial: list[tuple[Path, str]] = field(default_factory=list)
    """What was loaded and is not all that its file promises: what of it can be read, in one sentence."""
    unclear: list[tuple[Path, str]] = field(default_factory=list)
    """Tags, and files beside sounds, that are there and not understood, and why, in a sentence."""
    unmatched: int = 0
    """How many files were named otherwise than the pattern says, and read as without it."""
    cancelled: bool = False
    """Whether it was stopped before its end; what it had done stays."""

    def add_problems(self, words: ToldWords) -> None:
        """What was wrong with the sources of a file; one that is beside several sounds counts once."""
        for found, known in ((words.unreadable, self.failed), (words.unclear, self.unclear)):
            known.extend(problem for problem in found if problem not in known[-_AS_NEAR:])


_AS_NEAR = 50
"""Sounds that share a file beside them come one soon after the other."""
