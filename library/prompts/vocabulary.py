"""What prompts are made of: the terms that musicians use, by slot, each with the genres it goes with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

SLOTS = ("mood", "instruments", "rhythm", "era", "production", "form", "tempo", "key")
"""What a prompt may say besides its genre."""
TONICS = ("A", "B", "C", "C#", "D", "E", "Eb", "F", "F#", "G", "Ab", "Bb")


@dataclass(frozen=True)
class Genre:
    """A kind of music, and what goes with it."""

    name: str
    bpm: tuple[int, int]
    """From the slowest to the fastest that is usual."""
    terms: Mapping[str, tuple[str, ...]]
    """By slot, for all but `tempo` and `key`."""
    modes: tuple[str, ...]
    """`minor`, `dorian` …; one that is more usual stands there more often."""

    def allows(self, slot: str, term: str) -> bool:
        """Whether it is among the terms of that slot."""
        return term in self.terms.get(slot, ())


@cache
def genres() -> tuple[Genre, ...]:
    """All genres, synthwave first."""
    text = files(__package__).joinpath("vocabulary.toml").read_text("utf-8")
    return tuple(_genre(name, table) for name, table in tomllib.loads(text).items())


@cache
def slots_of() -> dict[str, tuple[str, ...]]:
    """For each term the slots it stands in with any genre; a genre's own name stands in `genre`."""
    found: dict[str, dict[str, None]] = {}
    for genre in genres():
        found.setdefault(genre.name, {})["genre"] = None
        for slot, terms in genre.terms.items():
            for term in terms:
                found.setdefault(term, {})[slot] = None
    return {term: tuple(slots) for term, slots in found.items()}


def _genre(name: str, table: Mapping[str, Any]) -> Genre:
    low, high = table["bpm"]
    terms = {slot: _terms(table[slot]) for slot in SLOTS if slot in table}
    return Genre(name, (low, high), terms, _terms(table["keys"]))


def _terms(text: str) -> tuple[str, ...]:
    return tuple(term.strip() for term in text.split(","))
