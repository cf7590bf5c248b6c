"""The musical terms in a prompt: which it has, which others could stand in their place, and what it is without one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from library.prompts.vocabulary import Genre, genres, slots_of

COMMON: dict[str, tuple[str, ...]] = {
    "tempo": ("slow", "fast", "mid-tempo"),
    "key": ("minor", "major", "dorian"),
    "mood": ("dark", "bright", "calm", "dreamy", "driving", "melancholic", "hopeful", "tense", "happy", "sad",
             "gentle"),
    "instruments": (
        "piano", "guitar", "strings", "harp", "flute", "organ", "bells", "choir", "violin", "cello", "trumpet",
        "saxophone", "brass", "synth", "pads", "bass", "drums",
    ),
    "rhythm": ("waltz", "march", "swing", "four on the floor", "half-time groove"),
}  # fmt: skip
"""Short words that go with any genre, by slot."""


BPM = "bpm"
"""The text of a term that is a tempo in figures."""
_TEMPI = (0.85, 1.15)
"""How many times as fast is another tempo, and no other piece."""


@dataclass(frozen=True)
class Term:
    """A term where it stands in a prompt."""

    text: str
    """As the vocabulary has it, or as it is written where that doesn't have it."""
    slot: str
    begin: int
    end: int


def terms_in(prompt: str) -> tuple[Term, ...]:
    """The terms that `prompt` has, from left to right: the longest where several begin, and no two share a letter."""
    return tuple(
        Term(BPM if match["bpm"] else match[0].lower(), _slot(match), match.start(), match.end())
        for match in _pattern().finditer(prompt)
    )


def replaced(prompt: str, term: Term, by: str) -> str:
    """`prompt` with `by` in the place of `term`."""
    return f"{prompt[: term.begin]}{by}{prompt[term.end :]}"


def others(prompt: str, term: Term) -> tuple[str, ...]:
    """What could stand in the place of `term`: of its slot, and of the prompt's genre where it names one."""
    if term.text == BPM:
        beats = int(re.sub(r"\D", "", prompt[term.begin : term.end]))
        return tuple(f"{round(beats * by)} bpm" for by in _TEMPI if round(beats * by) != beats)
    said, genre = {one.text for one in terms_in(prompt)}, genre_of(prompt)
    short = COMMON.get(term.slot, ())
    there = short if term.text in short or genre is None else genre.terms.get(term.slot, ())
    return tuple(text for text in there if text.lower() not in said)


def genre_of(prompt: str) -> Genre | None:
    """The genre that `prompt` names, the last of several."""
    by_name = {genre.name: genre for genre in genres()}
    named = [term.text for term in terms_in(prompt) if term.text in by_name]
    return by_name[named[-1]] if named else None


def _slot(match: re.Match[str]) -> str:
    return "tempo" if match["bpm"] else _slots()[match[0].lower()]


@cache
def _slots() -> dict[str, str]:
    """Slot by term, in small letters; a term of several slots counts as of its first."""
    found = {text.lower(): slots[0] for text, slots in slots_of().items()}
    return found | {text: slot for slot, texts in COMMON.items() for text in texts}


@cache
def _pattern() -> re.Pattern[str]:
    longest_first = map(re.escape, sorted(_slots(), key=lambda text: (-len(text), text)))
    return re.compile(rf"(?<!\w)(?:(?P<bpm>\d{{2,3}} ?bpm)|{'|'.join(longest_first)})(?!\w)", re.IGNORECASE)
