"""Prompts put together from the vocabulary: a genre, and what goes with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from library.prompts.vocabulary import TONICS, Genre, genres
from library.spelling import fold

_TRIES = 200
"""For one more prompt that isn't known: after so many there is hardly any left."""


@dataclass(frozen=True)
class Composed:
    """A prompt, and the genre it was put together for."""

    prompt: str
    genre: str


def compose(text: str, seed: int, known: Collection[str]) -> Iterator[Composed]:
    """Prompts to try, without end as long as there are new ones, the same for the same `seed`.

    `text` is what each begins with: a genre in it decides what goes with it. Without one they go through all genres,
    synthwave first. None is among `known` (folded), none comes twice.
    """
    random, there = Random(seed), set(known)  # noqa: S311 - no secret
    own = text.strip(" ,")
    wanted = _genres_in(own)
    at = 0
    while True:
        genre = wanted[at % len(wanted)]
        at += 1
        for _ in range(_TRIES):
            prompt = ", ".join(_phrases(genre, own, random))
            if fold(prompt) not in there:
                there.add(fold(prompt))
                yield Composed(prompt, genre.name)
                break
        else:
            return


def _genres_in(text: str) -> Sequence[Genre]:
    """The genre that `text` names, the longest of several; or all of them."""
    said = fold(text)
    named = [genre for genre in genres() if _names(said, genre)]
    return [max(named, key=lambda genre: len(genre.name))] if named else genres()


def _names(said: str, genre: Genre) -> bool:
    """Whether `said`, folded, names that genre: a part of a word does not."""
    return re.search(rf"\b{re.escape(genre.name)}\b", said) is not None


def _phrases(genre: Genre, own: str, random: Random) -> list[str]:
    said = fold(own)

    def some(slot: str, count: int) -> list[str]:
        new = [term for term in genre.terms[slot] if fold(term) not in said]
        return random.sample(new, min(count, len(new)))

    mood, era = some("mood", 1), some("era", 1) if random.random() < 0.3 else []
    kind = [*mood, *era] if _names(said, genre) else [" ".join([*mood, *era, genre.name])]
    head = [own, *kind] if own else kind
    rest = [*some("instruments", random.choice((1, 2, 2, 3)))]
    slots = [("rhythm", 0.6), ("production", 0.5), ("form", 0.2)]
    for slot, chance in slots:
        rest += some(slot, 1) if random.random() < chance else []
    if "bpm" not in said and random.random() < 0.6:
        low, high = genre.bpm
        rest.append(f"{random.randrange(low, high + 1, 2)} bpm")
    if not any(mode in said for mode in ("major", "minor", *genre.modes)) and random.random() < 0.5:
        rest.append(f"{random.choice(TONICS)} {random.choice(genre.modes)}")
    return list(dict.fromkeys([*head, *rest]))
