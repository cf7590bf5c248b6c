"""Prompt and seed from a CSV sheet."""

from __future__ import annotations

import codecs
import csv
import os
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from library.errors import ImportingError
from library.files.reading import open_file
from library.importing.origin import Origin, OriginError, clean_text, read_seed
from library.importing.sources.decode_text import encoding_of, guess_code_page
from library.machine_text import is_machine_text
from library.sound.file_bytes import Stop, check, never
from library.take import MAX_NAME

MAX_BYTES = 64 << 20
MAX_LINES = 2_000_000
MAX_ROWS = 250_000
MAX_LINE = 1 << 20
"""Bytes of one line; a longer one is passed over."""
MAX_PROBLEMS = 1000
_LINES_AT_ONCE = 100
"""Read before it is asked whether to stop."""
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
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

    def note(self, line: int, problem: str) -> None:
        """Keep that `problem`, a sentence without its capital, is wrong with a line."""
        if len(self.problems) < MAX_PROBLEMS:
            self.problems.append(f"Line {line}: {problem}")
        elif len(self.problems) == MAX_PROBLEMS:
            self.problems.append("More lines have problems too.")

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


def read_sheet(path: Path, stop: Stop = never) -> Sheet:
    """Read a sheet: Unicode or a machine's code page; commas, semicolons or tabs; a header with at least `file`.

    A line that can't be used is a problem, the rest counts. It is read line by line: what it takes is bounded, whatever
    it holds. Raises ImportingError for what is no sheet at all, or larger than one may be, and StoppedError.
    """
    sheet = Sheet(path, [])
    try:
        if not path.is_file():
            raise ImportingError(f"{path} isn't a file." if path.exists() else f"There's no file {path}.")
        _read_rows(path, sheet, stop)
    except OSError as error:
        raise ImportingError(f"{path} can't be read: {error.strerror or error}.") from error
    return sheet


def _read_rows(path: Path, sheet: Sheet, stop: Stop) -> None:
    encoding = _find_encoding(path)
    lines = _Lines(path, encoding, sheet)
    header = next((line for line in lines if line.strip("\r\n\ufeff")), "")
    reader = csv.reader(_then(header, lines), delimiter=max(",;\t", key=header.count))
    names: list[str] | None = None
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            sheet.note(lines.number, f"{error}.")
            continue
        if lines.number % _LINES_AT_ONCE == 0:
            check(stop)
        if not any(cell.strip() for cell in cells):
            continue
        if names is None:
            names = [cell.strip().lower() for cell in cells]
            if "file" not in names:
                raise ImportingError(
                    f"{path} has no column named “file” in its first line.",
                    f"The first line should name the columns: {','.join(COLUMNS[:3])}.",
                )
            continue
        _add_row(sheet, lines.number, dict(zip(names, cells, strict=False)))
    if names is None:
        raise ImportingError(f"{path} is empty.", f"The first line should name the columns: {','.join(COLUMNS[:3])}.")


def _then(first: str, rest: Iterable[str]) -> Iterator[str]:
    yield first
    yield from rest


@dataclass
class _Lines:
    """The lines of a sheet, a piece of the file in memory at a time."""

    _path: Path
    _encoding: str
    _sheet: Sheet
    number: int = 0
    """Of the line that came last."""

    def __post_init__(self) -> None:
        self._lines = self._read()

    def __iter__(self) -> Iterator[str]:
        return self._lines

    def _read(self) -> Iterator[str]:
        rest, too_long = "", False
        for text in self._pieces():
            *whole, rest = (rest + text).split("\n")
            for line in whole:
                self.number += 1
                if self.number > MAX_LINES:
                    raise ImportingError(f"{self._path} is too long for a sheet (limit: {MAX_LINES:,} lines).")
                if not too_long:
                    yield f"{line}\n"
                too_long = False
            if len(rest) > MAX_LINE:
                if not too_long:
                    self._sheet.note(self.number + 1, "it's too long.")
                rest, too_long = "", True
        if rest and not too_long:
            self.number += 1
            yield rest

    def _pieces(self) -> Iterator[str]:
        """The text, its line ends as \\n."""
        decoder, after_return = codecs.getincrementaldecoder(self._encoding)("replace"), False
        for data in _read_pieces(self._path):
            text = decoder.decode(data)
            if after_return and text.startswith("\n"):
                text = text[1:]
            after_return = text.endswith("\r") or (after_return and not text)
            yield text.replace("\r\n", "\n").replace("\r", "\n")


def _read_pieces(path: Path) -> Iterator[bytes]:
    there = 0
    with open_file(path) as file:
        while data := file.read(_CHUNK):
            there += len(data)
            if there > MAX_BYTES:
                raise ImportingError(f"{path} is too large for a sheet (limit: {MAX_BYTES >> 20} MB).")
            yield data


def _find_encoding(path: Path) -> str:
    """How a sheet is encoded: as its mark says, as UTF-8 if all of it is, else by the lines that are not."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise ImportingError(f"{path} is too large for a sheet (limit: {MAX_BYTES >> 20} MB).")
    utf8, foreign, unicode = codecs.getincrementaldecoder("utf-8")(), b"", True
    for number, data in enumerate(_read_pieces(path)):
        if number == 0:
            if data.startswith(codecs.BOM_UTF8):
                return "utf-8-sig"
            if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return "utf-16"
            if b"\0" in data[:4096]:
                if (encoding := encoding_of(data)).startswith("utf-16"):
                    return encoding
                raise ImportingError(f"{path} isn't text.", "Save the sheet as CSV (UTF-8).")
        if len(foreign) < _SAMPLE and not data.isascii():
            foreign += b"\n".join(line for line in data.splitlines() if not line.isascii())[:_SAMPLE]
        try:
            unicode = unicode and utf8.decode(data) is not None
        except UnicodeDecodeError:
            unicode = False
    return "utf-8" if unicode else guess_code_page(foreign)


def _add_row(sheet: Sheet, line: int, cells: dict[str, str]) -> None:
    # A path written on Windows; no file of a take has a backslash in its name.
    file = cells.get("file", "").strip().replace("\\", "/")
    if not file or "\0" in file:
        sheet.note(line, "it has no file name.")
        return
    try:
        prompt = clean_text(cells.get("prompt", ""))
        model = clean_text(cells.get("model", ""), MAX_NAME, "model")
        generator = clean_text(cells.get("generator", ""), MAX_NAME, "generator")
    except OriginError as error:
        sheet.note(line, _lower_first(error.what))
        return
    if prompt and is_machine_text(prompt):
        sheet.note(line, "its prompt isn't text but a number, an ID or a document.")
        prompt = None
    seed = None
    try:
        seed = read_seed(cells.get("seed"))
    except OriginError as error:
        sheet.note(line, _lower_first(error.what))
    if len(sheet.rows) >= MAX_ROWS:
        raise ImportingError(f"{sheet.path} lists too many files for a sheet (limit: {MAX_ROWS:,}).")
    sheet.rows.append(SheetRow(line, file, Origin(prompt, seed, model, generator)))


def _key(path: str) -> str:
    """One spelling for a path: macOS decomposes accents in names, and sheets don't."""
    return unicodedata.normalize("NFC", os.path.normpath(path))


def _lower_first(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
