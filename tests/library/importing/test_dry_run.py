"""What an import would do, told before it does it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from library.importing.known_sounds import KnownSounds
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog


def test_a_dry_run_tells_what_an_import_would_do_and_writes_nothing(
    catalog: Catalog, make_sound: Callable[..., Path], tmp_path: Path
) -> None:
    old, folder = make_sound("old.wav", 1), tmp_path / "in"
    run_import(catalog, ImportRequest([old]))
    make_sound("a_s1.wav", 2)
    make_sound("b_s2.flac", 2, comment=json.dumps({"prompt": "from tags"}))
    (folder / "broken.wav").write_bytes(b"RIFF")
    (folder / "sheet.csv").write_text("file,prompt\nold.wav,rain on a roof\n")

    def told(dry_run: bool, into: Catalog) -> Any:
        known = KnownSounds(tmp_path / "known.json")
        request = ImportRequest([folder], folder / "sheet.csv", copy=True, dry_run=dry_run)
        report = run_import(into, request, known=known)
        takes = [into.get(take.id) or take for take in report.takes]
        words = [[(take.prompt, take.seed, take.told_by) for take in takes] for takes in (takes, report.corrected)]
        return words, report.duplicates, report.updated, report.failed

    def all_files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}

    before = all_files()
    would, empty = told(True, catalog), Catalog.load(Library(tmp_path / "none"))
    told(True, empty)
    assert all_files() == before
    assert told(False, catalog) == would
    assert would[0][0][0][:2] == ("from tags", 1)
    assert [prompt for prompt, *_ in would[0][1]] == ["rain on a roof"]
