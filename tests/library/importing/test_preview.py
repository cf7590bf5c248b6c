"""What an import would read, told of its first files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from library.errors import ImportingError
from library.importing import preview as module
from library.importing.known_sounds import KnownSounds
from library.importing.preview import preview
from library.importing.request import ImportRequest
from library.importing.run_import import run_import
from library.library import Library
from library.store.catalog import Catalog


def test_the_words_of_the_first_files_are_told_and_nothing_is_written(
    catalog: Catalog, make_sound: Callable[..., Path], tmp_path: Path
) -> None:
    make_sound("a_s1.wav")
    make_sound("b_s2.wav", 1).with_suffix(".json").write_text('{"prompt": "rain"}')
    make_sound("c.wav", 2)
    (tmp_path / "in" / "sheet.csv").write_text("file,seed\nc.wav,7\n")
    request = ImportRequest([tmp_path / "in", tmp_path / "nowhere"], tmp_path / "in" / "sheet.csv")
    before = sorted(tmp_path.rglob("*"))
    found = preview(catalog, request, KnownSounds(tmp_path / "known.json"), 3)
    assert sorted(tmp_path.rglob("*")) == before
    told = [(file.take.prompt, file.take.seed, file.known) for file in found.files if file.take]
    assert told == [("a", 1, False), ("rain", 2, False), ("c", 7, False)]
    assert (found.count, found.counted) == (3, True)


def test_what_was_read_before_is_known(
    catalog: Catalog, make_sound: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("library.importing.known_sounds._SETTLED_S", -60)
    path, known = make_sound("a_s1.wav"), KnownSounds(tmp_path / "known.json")
    assert not preview(catalog, ImportRequest([path]), known, 1).files[0].known
    run_import(catalog, ImportRequest([path]), known=known)
    assert preview(catalog, ImportRequest([path]), known, 1).files[0].known


def test_many_files_are_counted_within_bounds(
    catalog: Catalog, make_sound: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_sound("0.wav").parent
    for number in range(1, 9):
        (folder / f"{number}.wav").touch()
    request, known = ImportRequest([folder]), KnownSounds(folder / "none")
    found = preview(catalog, request, known, 2)
    assert (len(found.files), found.count, found.counted) == (2, 9, True)
    monkeypatch.setattr(module, "MOST_FILES", 5)
    found = preview(catalog, request, known, 2)
    assert (len(found.files), found.count, found.counted) == (2, 5, False)
    assert not preview(catalog, request, known, 2, lambda: True).files


def test_a_pattern_that_is_none_is_named(tmp_path: Path) -> None:
    catalog = Catalog.load(Library(tmp_path / "library"))
    with pytest.raises(ImportingError):
        preview(catalog, ImportRequest([tmp_path], pattern="{"), KnownSounds(tmp_path / "none"), 2)
