"""What can be shown of a take in a list, column by column, and which columns fit."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len

from library.take import Take
from ratings.browse import Sort
from ratings.history import TakeRatings
from tui.frame.fitted_text import shortened
from tui.frame.formatting import ago, clock, day, plain
from tui.frame.labels import words_among
from tui.frame.probe_words import short_seed

GAP = 2
LEFT = 10
"""Cells before the prompt: a sign, the stars, a badge."""
LEAST_PROMPT, ROOMY_PROMPT = 12, 31
"""A column is shown where the prompt keeps so many cells: the first, most helpful ones; and the others."""
ALWAYS = ("seed", "length")


class Column(NamedTuple):
    """One of those behind the prompt."""

    name: str
    """As it is kept in the settings."""
    heading: str
    width: int
    side: Literal["<", ">"]
    """Where its text stands in it: words to the left, numbers to the right."""
    text: Callable[[Take, TakeRatings], str]
    what: str
    """In a few words, for who is to choose."""
    sort: Sort | None = None
    """The order that belongs to it."""

    def cell(self, text: str) -> str:
        """`text` in just as many cells as the column has."""
        if not text.isascii():
            text = shortened(text, self.width)
            blank = " " * (self.width - cell_len(text))
            return f"{text}{blank}" if self.side == "<" else f"{blank}{text}"
        return f"{text[: self.width]:{self.side}{self.width}}"


def _seed(take: Take, _: TakeRatings) -> str:
    seed = short_seed(take)
    return seed if len(seed) <= SEED_WIDTH else f"{seed[: SEED_WIDTH - 1]}…"


SEED_WIDTH = 8
COLUMNS: tuple[Column, ...] = (
    Column("seed", "seed", SEED_WIDTH, ">", _seed, "makes it repeatable", "seed"),
    Column("length", "length", 7, ">", lambda take, _: clock(take.duration_s), "minutes and seconds", "duration"),
    Column("generator", "generator", 10, "<", lambda take, _: plain(take.generator or ""), "what made it",
           "generator"),
    Column("model", "model", 18, "<", lambda take, _: plain((take.model or "").rpartition("/")[2]),
           "its model", "model"),
    Column("loudness", "LUFS", 6, ">", lambda take, _: "" if take.lufs is None else f"{take.lufs:.1f}",
           "how loud the file is", "loudness"),
    Column("listeners", "heard by", 9, ">", lambda _, ratings: str(len(ratings.judged_by) or ""),
           "how many have judged it", "listeners"),
    Column("labels", "labels", 16, "<", lambda _, ratings: ", ".join(words_among(ratings.labels)),
           "your labels; colours go before the prompt"),
    Column("flags", "flags", 12, "<", lambda take, _: ", ".join(take.flags), "problems with its audio"),
    Column("date", "made on", 10, "<", lambda take, _: day(take.created_at), "the day it was made", "newest"),
    Column("age", "age", 10, ">", lambda take, _: ago(take.created_at), "how long ago it was made", "newest"),
)  # fmt: skip
"""In the order in which they stand."""
HELPFUL = ("seed", "length", "age", "generator", "loudness", "labels", "model", "listeners", "flags", "date")
"""Which of those chosen stay longest where room is short."""
USUAL = ("seed", "length", "generator", "loudness", "age")


def fitting(names: Iterable[str], width: int) -> Sequence[Column]:
    """The columns of these names that a line of `width` cells has room for, in the order in which they stand."""
    chosen, shown = set(names), set[str]()
    left = width - LEFT - 1
    for name in HELPFUL:
        column = next((column for column in COLUMNS if column.name == name and name in chosen), None)
        least = LEAST_PROMPT if name in ALWAYS else ROOMY_PROMPT
        if column is not None and left - GAP - column.width >= least:
            shown.add(name)
            left -= GAP + column.width
    return [column for column in COLUMNS if column.name in shown]
