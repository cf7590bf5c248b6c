"""What stands behind the colon of a filter: states, and numbers with their ranges."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import TypeAlias, get_args

from library.generators.spec import show_value
from library.spelling import fold
from library.take import Flag, Take, setting_of
from ratings.history import TakeRatings

STATES: dict[str, Callable[[TakeRatings], bool]] = {
    "rated": lambda ratings: ratings.rated,
    "picked": lambda ratings: ratings.picked,
    "rejected": lambda ratings: ratings.rejected,
    "noted": lambda ratings: bool(ratings.notes),
    "marked": lambda ratings: bool(ratings.marks),
    "labelled": lambda ratings: bool(ratings.labels),
}
TEXT_COLUMNS = ("prompt", "generator", "model")
TEXTS = {"gen" if column == "generator" else column: column for column in TEXT_COLUMNS}
"""By their names as they are typed."""
FLAGS: tuple[str, ...] = get_args(Flag)


def _is_flagged(take: Take, flag: str) -> bool:
    """Whether it has a flag that begins so; any, where nothing is given."""
    return any(given.startswith(flag) for given in take.flags)


def _has_setting(take: Take, asked: str) -> bool:
    """Whether its recipe has the setting `name=value`: an equal number, a text with it; any value for `name`."""
    name, equals, wanted = asked.partition("=")
    value = None if take.recipe is None else setting_of(take.recipe, name.replace("-", "_"))
    if value is None or not equals:
        return value is not None
    if isinstance(value, int | float) and not isinstance(value, bool):
        try:
            return math.isclose(value, float(wanted), rel_tol=1e-9)
        except ValueError:
            return False
    return wanted in fold(show_value(value))


ABOUT_TAKES: dict[str, Callable[[Take, str], bool]] = {"flag": _is_flagged, "set": _has_setting}
"""Filters that look at each take by itself."""
Spans: TypeAlias = tuple[tuple[float, float], ...]
"""Ranges, both ends included."""

_COMPARED = re.compile(r"(>=|<=|>|<|=|)(.*)")
_STARS = re.compile(r"\d+(?:\.\d*)?")
_LENGTH = re.compile(r"(?:(\d{1,6}):)?(\d{1,8}(?:\.\d*)?)s?")
_RANGE = re.compile(r"(\d{1,20})(?:-(\d{1,20})?)?")
MOST_STARS = 5


def within(value: float | None, spans: Spans) -> bool:
    """Whether `value` is in one of the ranges."""
    return value is not None and any(low <= value <= high for low, high in spans)


def read_seeds(value: str) -> Spans | None:
    """`411`, `1-8`, `1-8,42`; none for what is still being typed."""
    spans = []
    for part in filter(None, value.split(",")):
        match = _RANGE.fullmatch(part)
        if not match:
            return None
        low = int(match[1])
        spans.append((low, int(match[2]) if match[2] else low))
    return tuple(spans)


def read_stars(value: str) -> Spans | None:
    """`4` (as rounded), `>=4`, `<2.5`; none for what is still being typed, None for over five."""
    return _compared(value, _stars)


def read_lengths(value: str) -> Spans | None:
    """`30` (to the second), `>30`, `10-20`, `<1:30`: seconds; none for what is still being typed."""
    low, dash, high = value.partition("-")
    if not dash:
        return _compared(value, _seconds)
    first, last = _seconds(low), _seconds(high)
    if first is None or (last is None and high):
        return None
    return () if last is None else ((first, last),)


def _compared(value: str, read: Callable[[str], float | None]) -> Spans | None:
    match = _COMPARED.fullmatch(value)
    if not match:
        return None
    sign, text = match.groups()
    if not text:
        return ()
    number = read(text)
    if number is None:
        return None
    below, above = math.nextafter(number, 0), math.nextafter(number, math.inf)
    return {
        ">=": ((number, math.inf),),
        "<=": ((0.0, number),),
        ">": ((above, math.inf),),
        "<": ((0.0, below),),
    }.get(sign, ((number - 0.5, math.nextafter(number + 0.5, 0)),))


def _stars(text: str) -> float | None:
    return float(text) if _STARS.fullmatch(text) and float(text) <= MOST_STARS else None


def _seconds(text: str) -> float | None:
    match = _LENGTH.fullmatch(text.removesuffix(":"))
    return None if match is None else 60.0 * int(match[1] or 0) + float(match[2])
