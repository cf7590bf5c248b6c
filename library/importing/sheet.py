"""Prompt and seed from a CSV sheet."""

from __future__ import annotations

import codecs
import csv
import errno
import io
import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from library.errors import ImportingError
from library.files.reading import read_file
from library.importing.origin import Origin, OriginError, clean_text, read_seed
from library.take import MAX_NAME

MAX_BYTES = 64 << 20
COLUMNS = ("file", "prompt", "seed", "model", "generator")


@dataclass(frozen=True)
class SheetRow:
    """One line of a sheet."""

    line: int
    file: str
    origin: Origin


@dataclass
class Sheet:
    """A sheet's rows, found by the file they are about."""

    path: Path
    rows: list[SheetRow]
    problems: list[str] = field(default_factory=list)
    """What was wrong with single lines, a sentence each."""
    _row_by_path: dict[str, SheetRow] = field(default_factory=dict)
    _used: set[int] = field(default_factory=set)

    def resolve_paths(self, folders: Iterable[Path]) -> None:
        """Take the rows' files as relative to each of `folders`, and to the sheet's own."""
        for folder in [*folders, self.path.absolute().parent]:
            for row in self.rows:
                self._row_by_path.setdefault(_key(os.path.join(folder, row.file)), row)  # noqa: PTH118 - thousands of rows

    def find(self, path: Path) -> Origin:
        """What the sheet says about `path`."""
        row = self._row_by_path.get(_key(str(path)))
        if row is None:
            return Origin()
        self._used.add(row.line)
        return row.origin

    def unused(self) -> list[SheetRow]:
        """The rows whose file was not asked for."""
        return [row for row in self.rows if row.line not in self._used]


def read_sheet(path: Path) -> Sheet:
    """Read a sheet: UTF-8, UTF-16 or Windows-1252; commas, semicolons or tabs; a header with at least `file`.

    A line that can't be used is a problem, the rest counts. Raises ImportingError for what is no sheet at all.
    """
    text = _decode(path)
    header = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    sheet = Sheet(path, [])
    names: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            sheet.problems.append(f"Line {reader.line_num}: {error}.")
            continue
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = [cell.strip().lower() for cell in cells]
            if "file" not in names:
                raise ImportingError(
                    f"{path} has no column named “file” in its first line.",
                    f"Its first line should name the columns: {','.join(COLUMNS[:3])}.",
                )
            continue
        _add_row(sheet, reader.line_num, dict(zip(names, cells, strict=False)))
    if names is None:
        raise ImportingError(f"{path} is empty.", f"Its first line should name the columns: {','.join(COLUMNS[:3])}.")
    return sheet


def _add_row(sheet: Sheet, line: int, cells: dict[str, str]) -> None:
    # A path written on Windows; no file of a take has a backslash in its name.
    file = cells.get("file", "").strip().replace("\\", "/")
    if not file or "\0" in file:
        sheet.problems.append(f"Line {line}: it names no file.")
        return
    try:
        prompt = clean_text(cells.get("prompt", ""))
        model = clean_text(cells.get("model", ""), MAX_NAME, "model")
        generator = clean_text(cells.get("generator", ""), MAX_NAME, "generator")
    except OriginError as error:
        sheet.problems.append(f"Line {line}: {_lower_first(error.what)}")
        return
    seed = None
    try:
        seed = read_seed(cells.get("seed"))
    except OriginError as error:
        sheet.problems.append(f"Line {line}: {_lower_first(error.what)}")
    sheet.rows.append(SheetRow(line, file, Origin(prompt, seed, model, generator)))


def _decode(path: Path) -> str:
    try:
        if not path.is_file():
            raise ImportingError(f"{path} is no file." if path.exists() else f"There is no file {path}.")
        data = read_file(path, MAX_BYTES)
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise ImportingError(f"{path} is too large for a sheet ({MAX_BYTES >> 20} MB at most).") from None
        raise ImportingError(f"{path} can't be read: {error.strerror or error}.") from error
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        raise ImportingError(f"{path} is not text.", "Save the sheet as CSV (UTF-8).")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _key(path: str) -> str:
    """One spelling for a path: macOS decomposes accents in names, and sheets don't."""
    return unicodedata.normalize("NFC", os.path.normpath(path))


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
