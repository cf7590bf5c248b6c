"""What a listener types to find takes, understood as far as it has been typed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from library.spelling import fold
from ratings.filtering.values import (
    FLAGS,
    STATES,
    TEXT_COLUMNS,
    TEXTS,
    Spans,
    read_lengths,
    read_seeds,
    read_stars,
)

NAMES = ("prompt", "gen", "model", "seed", "len", "stars", "judged", "is", "note", "label", "flag", "set", "id")
"""What filters are called, as they are offered."""
ALIASES = {"generator": "gen", "length": "len"}
JUDGED = frozenset({"is", "stars", "judged", "note", "label"})
"""Those whose answer depends on what was said of takes."""
_TOKEN = re.compile(r'([A-Za-z]+):(?=\s|$)|(?:([A-Za-z]+):)?(?:"([^"]*)(?:"|$)|(\S+))')


@dataclass(frozen=True, slots=True)
class Term:
    """A condition on one field. `spans` is for seed, stars and len; `text` for all others. Of ids it has several, with
    commas between.
    """

    key: str
    text: str = ""
    spans: Spans = ()
    """Ranges, both ends included."""

    def narrows(self, other: Term) -> bool:
        """Whether what meets this surely meets `other`."""
        return self == other or (
            self.key == other.key and self.key in (*TEXT_COLUMNS, "note") and self.text.startswith(other.text)
        )


_IDS = re.compile(r"[0-9a-f,]*")
UNRATED = Term("is", "unrated")
FLAGGED = Term("is", "flagged")
STATE_NAMES = (*STATES, "unrated", "flagged")


@dataclass(frozen=True, slots=True)
class Fault:
    """A part of a filter that means nothing, and is passed over."""

    part: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.what} {self.remedy}".strip()


@dataclass(frozen=True, slots=True)
class Query:
    """What the listener is looking for: all words and all terms must hold."""

    words: tuple[str, ...] = ()
    """In the prompt, the generator or the model, or at the beginning of the id; folded."""
    terms: tuple[Term, ...] = ()
    faults: tuple[Fault, ...] = field(default=(), compare=False)
    """What means nothing, however it goes on."""
    unfinished: tuple[str, ...] = field(default=(), compare=False)
    """What means nothing yet: it is still being typed."""

    @classmethod
    def parse(cls, text: str) -> Query:
        """Read `neon seed:411 len:>30 stars:>=4 is:unrated gen:mine label:live prompt:"slow pad"`.

        Never raises. What is said twice is said once. A term that is still being typed (`seed:`, `stars:>`, `is:unr`)
        is passed over, and so is one of a name that does not exist or with a value that never will: that is among the
        faults. Text in quotes is text, colons included.
        """
        words: list[str] = []
        terms: list[Term] = []
        faults: list[Fault] = []
        unfinished: list[str] = []
        for match in _TOKEN.finditer(text):
            lone, key, quoted, plain = match.groups()
            name = (key or lone or "").lower()
            if not name:
                if word := fold(quoted if quoted is not None else plain.replace('"', "")).strip():
                    words.append(word)
                continue
            term = _term(name, fold(quoted if quoted is not None else (plain or "")))
            if isinstance(term, str):
                faults.append(_fault(name, match.group(), term))
            elif term.text or term.spans:
                terms.append(term)
            else:
                unfinished.append(match.group())
        once = (tuple(dict.fromkeys(words)), tuple(dict.fromkeys(terms)), tuple(dict.fromkeys(faults)))
        return cls(*once, tuple(unfinished))

    @property
    def named(self) -> int | None:
        """How many takes it names, where that is all it does."""
        one = self.terms[0] if len(self.terms) == 1 and not self.words else None
        return None if one is None or one.key != "id" else len(one.text.split(","))

    @property
    def needs_judgements(self) -> bool:
        """Whether the answer depends on what was said of takes."""
        return any(term.key in JUDGED for term in self.terms)

    def narrows(self, other: Query) -> bool:
        """Whether what meets this surely meets `other`, as when a letter was typed on."""
        return all(any(word.startswith(short) for word in self.words) for short in other.words) and all(
            any(term.narrows(wide) for term in self.terms) for wide in other.terms
        )


_READERS: dict[str, tuple[Callable[[str], Spans | None], str]] = {
    "seed": (read_seeds, "Write a number, a range or several: seed:411, seed:1-8,42."),
    "stars": (read_stars, "Write 1 to 5, exactly or not: stars:4, stars:>=4, stars:<2.5."),
    "len": (read_lengths, "Write seconds or minutes: len:>30, len:10-20, len:<1:30."),
}


def _term(name: str, value: str) -> Term | str:
    """The term of a name and a folded value, an empty one while it is being typed; else what to write instead."""
    name = ALIASES.get(name, name)
    if name in TEXTS:
        return Term(TEXTS[name], value)
    if name in _READERS:
        read, remedy = _READERS[name]
        spans = read(value)
        return remedy if spans is None else Term(name, spans=spans)
    if name == "is":
        known = any(one.startswith(value) for one in STATE_NAMES)
        return Term("is", value if value in STATE_NAMES else "") if known else f"It can be {_either(STATE_NAMES)}."
    if name == "flag":
        known = any(flag.startswith(value) for flag in FLAGS)
        return Term("flag", value) if known else f"A flag is {_either(FLAGS)}."
    if name == "id":
        return Term("id", value.strip(",")) if _IDS.fullmatch(value) else "Write how ids begin: id:1f0e, id:1f0e,ea56."
    if name == "set":
        setting, equals, wanted = value.partition("=")
        if not re.fullmatch(r"[a-z0-9_-]*", setting):
            return "Write a setting and its value: set:guidance=3."
        return Term("set", value if setting and (wanted or not equals) else "")
    if name == "judged" and value in ("no", "yes"):
        return UNRATED if value == "no" else Term("is", "rated")
    return Term(name, value) if name in NAMES else ""


def _fault(name: str, part: str, remedy: str) -> Fault:
    if remedy:
        return Fault(part, f"{part} isn't a valid filter.", remedy)
    from difflib import get_close_matches

    near = get_close_matches(name, [*NAMES, *ALIASES], 1)
    remedy = f"Did you mean {near[0]}:?" if near else f"Choose one of: {', '.join(f'{one}:' for one in NAMES)}."
    return Fault(part, f"There's no filter {name}:.", f'{remedy} To find the text itself: "{part}".')


def _either(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"
