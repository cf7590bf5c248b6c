"""What is asked of an export, and what came of it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeAlias

from ratings.errors import ExportError
from ratings.export.formats import FORMATS, KINDS, Format
from ratings.export.names import NamePattern

Subtype: TypeAlias = Literal["PCM_16", "PCM_24", "FLOAT"]


@dataclass(frozen=True, kw_only=True)
class ExportRequest:
    """Which takes, where to, and how. All conditions must hold.

    Where no takes are named, those that were judged are meant, and rejected ones go only where they were picked too.
    """

    destination: Path
    count: int | None = None
    """At most so many, the best ones."""
    min_stars: float | None = None
    picks: bool = False
    """Picked takes only."""
    per_prompt: int | None = None
    """At most so many of each prompt, the best ones. Takes without a prompt share none: all of them may go."""
    takes: tuple[str, ...] | None = None
    """Ids: these takes and no others, rejected ones and those that nobody judged, too; those come last."""
    filter: str = ""
    """What these takes are, as it was typed: for the manifest alone."""
    prompt: str | None = None
    """Only takes whose prompt has this text in it, whatever the case."""
    format: Format = "wav"
    name: str | None = None
    """A pattern for the files' names, see `NamePattern`; None for the usual ones."""
    subtype: Subtype | None = None
    """None for the take's own, FLOAT for those of lossy files; in FLAC 24 bits at most."""
    normalize: float | None = None
    """LUFS to bring each to as two loudspeakers play it (mono on both, surround folded down), as far as its true peak
    stays at -1 dBTP; None leaves the samples as they are."""

    def __post_init__(self) -> None:
        """Raises ExportError for what makes no sense."""
        for name, least in (("count", 1), ("per_prompt", 1), ("min_stars", 0)):
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise ExportError(f"{name.replace('_', ' ')} can't be {value}.", f"Enter {least} or more.")
        if self.format not in FORMATS:
            raise ExportError(f"{self.format!r} can't be written.", f"Choose one of: {', '.join(FORMATS)}.")
        kinds = KINDS[self.format].subtypes
        if self.subtype is not None and self.subtype not in kinds:
            remedy = (
                f"Choose one of: {', '.join(kinds)}."
                if kinds
                else f"{self.format.upper()} has no bit depth: leave it out."
            )
            raise ExportError(f"{self.format.upper()}s of {self.subtype} can't be written.", remedy)
        if self.name is not None:
            NamePattern(self.name)
        if self.normalize is not None and not (math.isfinite(self.normalize) and -70 <= self.normalize <= 0):
            raise ExportError(f"{self.normalize} LUFS is out of range.", "Enter a loudness from -70 to 0.")


@dataclass(frozen=True, kw_only=True)
class ExportedFile:
    """A file that is in place."""

    path: Path
    take: str
    rank: int
    """Its place in this export, from 1; also at the beginning of its name."""
    prompt: str | None
    seed: int | None
    generator: str | None
    model: str | None
    licence: str | None
    """Terms that the generator's weights put on it."""
    stars: float | None
    sound: float | None
    """Mean of what listeners gave for how well produced it is; asked apart, and no part of the score."""
    judgements: int
    score: float | None
    """None, as are the next three, where nobody has said how good it is."""
    low: float | None
    high: float | None
    p_top: float | None
    picked: bool
    labels: tuple[str, ...]
    notes: tuple[str, ...]
    marks: tuple[float, ...]
    """Seconds, in order."""
    duration_s: float
    sample_rate: int
    channels: int
    format: str
    subtype: str
    gain_db: float
    """What was added to reach the loudness asked for, or taken away to fit; 0 where the samples are untouched."""
    turned_down: bool
    """It is that much quieter because samples over full scale, as lossy files have and make them, would be clipped."""
    heard_lufs: float | None
    """How loud it is from two loudspeakers …"""
    heard_peak_db: float | None
    """… and its true peak there, dBTP; None where no loudness was asked for or there is none."""
    short_lu: float
    """How far it is under the loudness asked for, as its peaks allow no more."""
    sha256: str
    kept: bool
    """It was there already, the same sound, and was left alone."""
    recipe: dict[str, Any] | None

    def as_json(self) -> dict[str, Any]:
        """Field by field; the path as text."""
        return {**self.__dict__, "path": str(self.path), "notes": list(self.notes), "marks": list(self.marks),
                "labels": list(self.labels)}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A take that could not be exported; the others were."""

    take: str
    path: Path
    """Where its sound should be."""
    reason: str
    """For the user of this machine …"""
    public_reason: str
    """… and for everybody: without its paths."""

    def as_json(self) -> dict[str, str]:
        """What the user is told."""
        return {"take": self.take, "path": str(self.path), "reason": self.reason}


@dataclass(frozen=True)
class ExportReport:
    """What an export came to."""

    files: list[ExportedFile] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    sheets: list[Path] = field(default_factory=list)
    """Ratings, playlist, manifest and checksums; none where there are no files."""
    cancelled: bool = False

    def as_json(self) -> dict[str, Any]:
        """The document that `export --json` prints."""
        return {
            "files": [file.as_json() for file in self.files],
            "failed": [failure.as_json() for failure in self.failed],
        }
