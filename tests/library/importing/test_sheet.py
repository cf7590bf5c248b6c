"""Sheets larger than memory, with lines longer than sense, and in any encoding: bounded, and with a clear line."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest

from library.errors import ImportingError
from library.importing.sources import sheet as module
from library.importing.sources.sheet import MAX_BYTES, Sheet, read_sheet

HEAD = b"file,prompt,seed\n"


def bounded(path: Path) -> Sheet:
    """The sheet, read in little memory."""
    tracemalloc.start()
    try:
        return read_sheet(path)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 30 << 20


def test_a_sheet_of_half_a_gigabyte_ends_with_a_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    with path.open("wb") as file:
        file.write(HEAD)
        file.truncate(500 << 20)
    with pytest.raises(ImportingError, match="too large for a sheet"):
        bounded(path)


def test_a_line_of_many_megabytes_is_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(HEAD + b"a.wav,rain,1\nb.wav," + b"x" * (40 << 20) + b",2\nc.wav,snow,3\n")
    assert path.stat().st_size < MAX_BYTES
    sheet = bounded(path)
    assert [(row.line, row.origin.prompt) for row in sheet.rows] == [(2, "rain"), (4, "snow")]
    assert sheet.problems == ["Line 3: it's too long."]


def test_a_sheet_of_more_lines_than_takes_ends_with_a_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LINES", 100_000)
    monkeypatch.setattr(module, "MAX_ROWS", 1000)
    path = tmp_path / "sheet.csv"
    path.write_bytes(HEAD + b"\n" * 200_000)
    with pytest.raises(ImportingError, match="too long for a sheet"):
        bounded(path)
    path.write_bytes(HEAD + b"a.wav,rain,1\n" * 2000)
    with pytest.raises(ImportingError, match="too many files"):
        read_sheet(path)
    path.write_bytes(HEAD + b",x\n" * 50_000)
    assert len(bounded(path).problems) == module.MAX_PROBLEMS + 1


def test_a_quote_that_never_ends_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(HEAD + b'a.wav,"rain,1\n' + b"b.wav,snow,2\n" * 20_000)
    assert bounded(path).problems


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("prompt", "encoding"),
    [("ночной драйв", "cp1251"), ("夜のドライブ", "cp932"), ("雨夜的城市", "gb18030"), ("größer", "cp1252"),
     ("größer", "utf-8"),
     ("ночь", "utf-16"), ("rain", "utf-16-le"), ("größer", "utf-8-sig")],
)  # fmt: skip
def test_sheets_in_any_encoding(tmp_path: Path, prompt: str, encoding: str, end: str) -> None:
    path = tmp_path / "sheet.csv"
    lines = ["file;prompt;seed", *["x.wav;rain;1"] * 2000, f"a.wav;{prompt};411", 'b.wav;"two; parts";"-"']
    path.write_bytes(end.join(lines).encode(encoding))
    sheet = read_sheet(path)
    assert (sheet.rows[2000].origin.prompt, sheet.rows[2000].origin.seed) == (prompt, 411)
    assert (sheet.rows[-1].origin.prompt, len(sheet.problems)) == ("two; parts", 1)


@pytest.mark.parametrize("cell", ['"{""3"": {""class_type"": 1}}"', "2f1c6a9e-7b1d-4c55-9a3f-1d2e3f4a5b6c", "411"])
def test_a_machines_text_in_a_sheet_is_no_prompt_and_is_named(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_text(f"file,prompt,seed\na.wav,{cell},7\n")
    sheet = read_sheet(path)
    assert [(row.origin.prompt, row.origin.seed) for row in sheet.rows] == [(None, 7)]
    assert "its prompt isn't text" in sheet.problems[0]
