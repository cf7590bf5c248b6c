"""What lies beside the WAVs: ratings for a spreadsheet, a playlist, a manifest and checksums."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import unicodedata
from collections.abc import Sequence
from itertools import count
from pathlib import Path
from typing import Any

from library.files.durable import create_file
from library.take import utc_now
from ratings.export.placing import numbered, place, temporary_in
from ratings.export.request import ExportedFile, ExportRequest, Failure

RATINGS, PLAYLIST, MANIFEST, CHECKSUMS = "ratings.csv", "playlist.m3u8", "manifest.json", "SHA256SUMS"
MANIFEST_FORMAT = 1
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%", "＝", "＋", "－", "＠")
OBEYED = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]")
"""What a terminal or an editor could obey when it shows these files."""
_COLUMNS = (
    *("rank", "file", "take", "prompt", "seed", "generator", "model", "stars", "score", "low", "high", "p_top"),
    *(
        "sound",
        "judgements",
        "picked",
        "notes",
        "marks",
        "duration_s",
        "sample_rate",
        "channels",
        "format",
        "subtype",
        "licence",
        "labels",
    ),
)


def write_sheets(
    folder: Path, files: Sequence[ExportedFile], failed: Sequence[Failure], request: ExportRequest, software: str
) -> list[Path]:
    """Write all four, the checksums last; where an earlier export left its own, under the next free number.

    Raises LibraryError.
    """
    # Where we may not look, the name is claimed or refused when it is written to.
    taken = os.path.exists
    number = next(n for n in count(1) if not any(taken(numbered(folder / name, n)) for name in _NAMES))
    sheets = {
        RATINGS: ratings_csv(files).encode("utf-8-sig"),
        PLAYLIST: playlist(files).encode(),
        MANIFEST: manifest(files, failed, request, software).encode(),
    }
    written = [write_sheet(numbered(folder / name, number), data) for name, data in sheets.items()]
    sums = [(file.sha256, file.path.name) for file in files]
    sums += [(hashlib.sha256(data).hexdigest(), path.name) for data, path in zip(sheets.values(), written, strict=True)]
    lines = "".join(f"{digest}  {name}\n" for digest, name in sums)
    return [*written, write_sheet(numbered(folder / CHECKSUMS, number), lines.encode())]


_NAMES = (RATINGS, PLAYLIST, MANIFEST, CHECKSUMS)


def ratings_csv(files: Sequence[ExportedFile]) -> str:
    """One line a file. Text that a spreadsheet would take for a formula has an apostrophe before it (OWASP)."""
    text = io.StringIO()
    table = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    table.writerow(_COLUMNS)
    for file in files:
        values: dict[str, Any] = {
            **file.__dict__,
            "file": file.path.name,
            "picked": "yes" if file.picked else "no",
            "notes": " / ".join(file.notes),
            "labels": ", ".join(file.labels),
            "marks": " ".join(f"{mark:.2f}" for mark in file.marks),
            # A spreadsheet would round a seed of over 15 digits.
            "seed": str(file.seed) if file.seed is not None and file.seed > 10**15 else file.seed,
        }
        table.writerow([cell(values[column]) for column in _COLUMNS])
    return text.getvalue()


def cell(value: object) -> object:
    """`value` as a spreadsheet may have it: nothing that it, or a terminal, would obey."""
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str):
        # What stands before a formula and can't be seen is skipped by some spreadsheets.
        start = next((character for character in value if not _is_blank(character)), "")
        value = "\n".join(OBEYED.sub(" ", line) for line in value.split("\n"))
        return f"'{value}" if start.startswith(_FORMULA) or value.startswith(_FORMULA) else value
    return value


def _is_blank(character: str) -> bool:
    return character.isspace() or unicodedata.category(character) in ("Cc", "Cf")


def playlist(files: Sequence[ExportedFile]) -> str:
    """The files in their order, as extended M3U in UTF-8."""
    lines = ["#EXTM3U"]
    for file in files:
        title = " ".join(OBEYED.sub(" ", file.prompt or file.path.stem).split())
        lines += [f"#EXTINF:{round(file.duration_s)},{title}", file.path.name]
    return "\n".join(lines) + "\n"


def manifest(files: Sequence[ExportedFile], failed: Sequence[Failure], request: ExportRequest, software: str) -> str:
    """All that is known of the files and how they were chosen, as JSON."""
    document = {
        "format": MANIFEST_FORMAT,
        "software": software,
        "exported_at": utc_now(),
        "request": {key: value for key, value in request.__dict__.items() if key != "destination"},
        "licences": sorted({file.licence for file in files if file.licence}),
        "files": [{**file.as_json(), "path": file.path.name} for file in files],
        "failed": [{"take": failure.take, "reason": failure.public_reason} for failure in failed],
    }
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    return OBEYED.sub(lambda match: match[0] if match[0] == "\n" else f"\\u{ord(match[0]):04x}", text)


def write_sheet(wanted: Path, data: bytes) -> Path:
    """Write `data` to the first free name like `wanted`, whole or not at all. Raises LibraryError."""
    with temporary_in(wanted.parent) as temporary:
        with create_file(temporary) as file:
            file.write(data)
        return place(temporary, wanted)[0]
