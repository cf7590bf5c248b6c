"""What commands print: JSON for programs, lines for people, progress on stderr, and never an escape sequence."""

from __future__ import annotations

import json
import os
import re
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import click
import msgspec

from library.errors import EarmarkError, LibraryError
from library.library import Library
from library.store.catalog import Catalog
from library.take import Take
from ratings.history import History
from ratings.journal import Journal
from ratings.report import take_json
from tui.cli.options import WANTS_JSON
from tui.cli.streams import writes_everything
from tui.frame.formatting import clock, plain, stars_bar
from tui.frame.probe_words import DOUBT

if TYPE_CHECKING:
    from library.jobs.to_come import Unmade

_FOREIGN = re.compile("[^\x00-\x7e]")
_OBEYED = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ud800-\udfff]")
"""What a terminal could obey although JSON leaves it as it is: C1 controls and direction marks."""
PIECE = 1000


def print_json(document: dict[str, Any]) -> None:
    """One JSON document and a line end."""
    _begin_document()
    sys.stdout.write(_unobeyed(_encoded(document)) + "\n")


def print_takes(takes: Sequence[Take], catalog: Catalog, history: History, unmade: Sequence[Unmade] = ()) -> None:
    """`{"takes": [TAKE, …]}` and a line end, written piece by piece: 100,000 takes at once would need 250 MB more.

    With `"to_come"` behind it where something is.
    """
    _begin_document()
    sys.stdout.write('{"takes":[')
    for start in range(0, len(takes), PIECE):
        encoded = takes_json(takes[start : start + PIECE], catalog, history)
        sys.stdout.write(("," if start else "") + _unobeyed(b",".join(map(bytes, encoded))))
    coming = [
        {"prompt": recipe.prompt, "seed": recipe.seed, "generator": recipe.generator, "model": recipe.model,
         "duration_s": recipe.duration_s, "asked_on": wish.machine, "busy": wish.busy}
        for wish in unmade for recipe in wish.recipes
    ]  # fmt: skip
    more = f',"to_come":{_unobeyed(msgspec.json.encode(coming))}' if coming else ""
    sys.stdout.write(f"]{more}}}\n")


def _begin_document() -> None:
    """Note that there is one: whatever goes wrong from here on, a second must not follow."""
    if (context := click.get_current_context(silent=True)) is not None:
        context.meta[WANTS_JSON] = False


def _encoded(document: dict[str, Any]) -> bytes:
    try:
        return msgspec.json.encode(document)
    except UnicodeEncodeError:
        # A path that is not valid text: its stray bytes are escaped as lone surrogates, as os.fsencode takes them back.
        text = json.dumps(document, default=lambda raw: json.loads(bytes(raw)))
        # What is no number is null, as it is above.
        return json.dumps(json.loads(text, parse_constant=lambda _: None), separators=(",", ":")).encode()


def _unobeyed(encoded: bytes) -> str:
    text = encoded.decode()
    if text.isascii() and "\x7f" not in text:
        return text
    special = _OBEYED if writes_everything(sys.stdout) else _FOREIGN
    return special.sub(lambda match: json.dumps(match[0])[1:-1] if match[0] != "\x7f" else r"\u007f", text)


def take_line(take: Take, history: History) -> str:
    """A take on one line: id, stars, seed, length, prompt."""
    seed = "" if take.seed is None else f"{take.seed}{_doubt(take.generator, take.model)}"
    ratings = history.ratings(take.id)
    state = "●" if ratings.picked else "✕" if ratings.rejected else " "
    prompt = plain(take.prompt) if take.prompt else "(no prompt)"
    stars = stars_bar(ratings.stars)
    return f"{take.id[:8]}  {stars} {state}  {seed:>8}  {clock(take.duration_s):>6}  {cut(prompt, 80)}"


@cache
def _doubt(generator: str | None, model: str | None) -> str:
    """What stands behind a seed of theirs; looked up once, since there may be 100,000 takes."""
    from library.generators.probed import means_nothing

    return DOUBT if means_nothing(generator, model) else ""


def cut(text: str, length: int) -> str:
    """`text` in at most so many characters, ending in … where it was cut: before a letter, not between its accents."""
    end = len(text) if len(text) <= length else length - 1
    while end > 0 and unicodedata.combining(text[end : end + 1] or "x"):
        end -= 1
    return text if end == len(text) else f"{text[:end]}…"


def takes_json(takes: Iterable[Take], catalog: Catalog, history: History) -> list[msgspec.Raw]:
    """Takes as the command line prints them: encoded one by one, since 100,000 dictionaries at once take far longer."""
    return [msgspec.Raw(_encoded(take_json(take, catalog, history))) for take in takes]


def complain(error: EarmarkError | str) -> None:
    words = error if isinstance(error, str) else error.as_line()
    click.echo(plain(words), err=True)


def warn_of_damages(catalog: Catalog, journal: Journal) -> None:
    """Name what could not be read of the takes and judgements on stderr; the rest is used all the same."""
    for damage in [*catalog.damages, *journal.damages]:
        complain(f"Warning: {damage}")


def load_journal_if_readable(library: Library) -> Journal:
    """The judgements of a library, for a command that is of use without them: a warning where none can be read.

    Raises NewerFormatError or LibraryError where the library as a whole can't be used.
    """
    journal = Journal(library)
    try:
        journal.refresh()
    except LibraryError as error:
        complain(f"Warning: {error} Judgements are missing from this list.")
    return journal


class Progress:
    """A bar on stderr where that is a terminal; silence elsewhere."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._shown = ""
        self._on = sys.stderr.isatty()

    def show(self, done: float, of: float, note: str = "") -> None:
        if not self._on or of <= 0:
            return
        share = min(1.0, max(0.0, done / of))
        full = int(share * 24)
        line = f"{self._label} {'━' * full}{'┄' * (24 - full)} {share:4.0%} {plain(note)}"[: _columns() - 1]
        if line != self._shown:
            sys.stderr.write(f"\r{line:<{len(self._shown)}}")
            sys.stderr.flush()
            self._shown = line

    def count(self, done: int, of: int) -> None:
        self.show(done, of, f"{done} of {of}")

    def clear(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * len(self._shown) + "\r")
            sys.stderr.flush()
            self._shown = ""


def _columns() -> int:
    """Of the terminal that the bar is in; a longer line would go on in the next one, and stay there."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A progress bar that is gone afterwards, whatever happens."""
    bar = Progress(label)
    try:
        yield bar
    finally:
        bar.clear()
