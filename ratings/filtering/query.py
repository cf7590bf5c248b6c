"""What a listener types to find takes, understood as far as it has been typed."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias, get_args

from library.spelling import fold
from library.take import Flag
from ratings.history import TakeRatings

STATES: dict[str, Callable[[TakeRatings], bool]] = {
    "rated": lambda ratings: ratings.rated,
    "picked": lambda ratings: ratings.picked,
    "rejected": lambda ratings: ratings.rejected,
    "noted": lambda ratings: bool(ratings.notes),
    "marked": lambda ratings: bool(ratings.marks),
}
TEXTS = {"prompt": "prompt", "gen": "generator", "generator": "generator", "model": "model"}
_TOKEN = re.compile(r'([A-Za-z]+):(?=\s|$)|(?:([A-Za-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))')
_STARS = re.compile(r"(>=|<=|>|<|=|)(\d+(?:\.\d*)?)?")
_RANGE = re.compile(r"(\d{1,20})(?:-(\d{1,20})?)?")

Spans: TypeAlias = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Term:
    """A condition on one field. `text` is for prompt, generator, model, flag and is; `spans` for seed and stars."""

    key: str
    text: str = ""
    spans: Spans = ()
    """Ranges, both ends included."""

    def narrows(self, other: Term) -> bool:
        """Whether what meets this surely meets `other`."""
        return self == other or (
            self.key == other.key and self.key in TEXTS.values() and self.text.startswith(other.text)
        )


UNRATED = Term("is", "unrated")


@dataclass(frozen=True, slots=True)
class Query:
    """What the listener is looking for: all words and all terms must hold."""

    words: tuple[str, ...] = ()
    """In the prompt, the generator or the model, or at the beginning of the id; folded."""
    terms: tuple[Term, ...] = ()

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read `neon seed:411 stars:>=4 is:unrated gen:sketch model:small flag:clipped prompt:"slow pad"`.

        Never raises. A term that is still being typed (`seed:`, `stars:>`, `is:unr`) is passed over; a key that does
        not exist, or a value that never will, is a plain word.
        """
        words: list[str] = []
        terms: list[Term] = []
        for match in _TOKEN.finditer(text):
            lone, key, quoted, plain = match.groups()
            value = quoted if quoted is not None else (plain or "")
            key = (key or lone or "").lower()
            term = _term(key, fold(value)) if key else None
            if term is None:
                if word := fold(quoted if quoted is not None and not key else match.group().replace('"', "")).strip():
                    words.append(word)
            elif term.text or term.spans:
                terms.append(term)
        return cls(tuple(words), tuple(terms))

    @property
    def needs_judgements(self) -> bool:
        """Whether the answer depends on judgements."""
        return any(term.key in ("is", "stars") for term in self.terms)

    def narrows(self, other: Query) -> bool:
        """Whether what meets this surely meets `other`, as when a letter was typed on."""
        return all(any(word.startswith(short) for word in self.words) for short in other.words) and all(
            any(term.narrows(wide) for term in self.terms) for wide in other.terms
        )


def within(value: float | None, spans: Spans) -> bool:
    """Whether `value` is in one of the ranges."""
    return value is not None and any(low <= value <= high for low, high in spans)


def _term(key: str, value: str) -> Term | None:
    """The term of a key and a folded value; an empty one while it is being typed; None if it makes no sense."""
    if key in TEXTS:
        return Term(TEXTS[key], value)
    if key in ("seed", "stars"):
        spans = _seeds(value) if key == "seed" else _stars(value)
        return None if spans is None else Term(key, spans=spans)
    if key == "is":
        names = [*STATES, "unrated", "flagged"]
        known = any(name.startswith(value) for name in names)
        return Term("is", value if value in names else "") if known else None
    if key == "flag":
        return Term("flag", value) if any(flag.startswith(value) for flag in get_args(Flag)) else None
    return None


def _seeds(value: str) -> Spans | None:
    """`411`, `1-8`, `1-8,42`; none for what is still being typed."""
    spans = []
    for part in filter(None, value.split(",")):
        match = _RANGE.fullmatch(part)
        if not match:
            return None
        low = int(match[1])
        spans.append((low, int(match[2]) if match[2] else low))
    return tuple(spans)


def _stars(value: str) -> Spans | None:
    """`4` (as rounded), `>=4`, `<2.5`; none for what is still being typed."""
    match = _STARS.fullmatch(value)
    if not match:
        return None
    if match[2] is None:
        return ()
    stars = float(match[2])
    below, above = math.nextafter(stars, 0), math.nextafter(stars, math.inf)
    return {
        ">=": ((stars, math.inf),),
        "<=": ((0.0, stars),),
        ">": ((above, math.inf),),
        "<": ((0.0, below),),
    }.get(match[1], ((stars - 0.5, math.nextafter(stars + 0.5, 0)),))
