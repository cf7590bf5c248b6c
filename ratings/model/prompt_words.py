"""The words that judged prompts share: which prompt has which, as random effects that the prompts have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np

from library.prompts.words import SharedWord, has_phrase, shared_words, words_of
from ratings.model.arrays import Floats, Ints, Mask

MOST = 48
"""Words that have an effect of their own, at most: those that tell most prompts apart."""
FEWEST = 4
"""Judged prompts that it takes to tell words from prompts."""


@dataclass(frozen=True)
class PromptWords:
    """Words and the prompts of a pool."""

    words: tuple[SharedWord, ...]
    """Each stands for several, where they always come together."""
    of_prompt: Ints
    """(prompts, most of one) numbers of its words, -1 behind the last."""
    judged: int
    """Prompts that the words are of."""

    @staticmethod
    def none(prompts: int) -> PromptWords:
        return PromptWords((), np.full((prompts, 0), -1, np.int64), 0)

    @staticmethod
    def of(prompts: Sequence[str], judged: Mask) -> PromptWords:
        """Words that several of the `judged` prompts share, and not all of them. Others have no say in which."""
        known = tuple(prompts[i] for i in np.flatnonzero(judged).tolist())
        words = shared_words(known, MOST) if len(known) >= FEWEST else ()
        if not words:
            return PromptWords.none(len(prompts))
        return PromptWords(words, _numbers(words, tuple(prompts)), len(known))

    @property
    def each(self) -> float:
        """Words that a judged prompt has, on average."""
        return sum(len(word.prompts) for word in self.words) / max(self.judged, 1)

    def fullness(self, numbers: Ints) -> Floats:
        """(rows,) how much of the words' share of the variance each row of word numbers has: 1 for the usual number."""
        out: Floats = np.minimum((numbers >= 0).sum(axis=1) / max(self.each, 1.0), 1.0)
        return out

    @cached_property
    def contrasts(self) -> Floats:
        """(words, words) coefficients of the words' effects in what having each word makes of an average prompt."""
        has = np.zeros((len(self.words), self.judged))
        for number, word in enumerate(self.words):
            has[number, list(word.prompts)] = 1.0
        frequency = has.mean(axis=1)
        out: Floats = np.where(has @ has.T > 0, 0.0, -frequency)
        np.fill_diagonal(out, 1.0 - frequency)
        return out

    def of_texts(self, texts: Sequence[str]) -> Ints:
        """As `of_prompt`, of any prompts."""
        return _numbers(self.words, tuple(texts))


@lru_cache(maxsize=64)
def _numbers(words: tuple[SharedWord, ...], texts: tuple[str, ...]) -> Ints:
    """(texts, most of one) of the words that each text has whole; of several that come together, all."""
    first = [part.split()[0] for word in words for part in word.parts[:1]]
    by_first: dict[str, list[int]] = {}
    for number, one in enumerate(first):
        by_first.setdefault(one, []).append(number)
    found = [
        sorted(
            {
                number
                for word in words_of(text)
                for number in by_first.get(word.split()[0], ())
                if all(has_phrase(text, part) for part in words[number].parts)
            }
        )
        for text in texts
    ]
    out = np.full((len(texts), max(map(len, found), default=0)), -1, np.int64)
    for row, numbers in zip(out, found, strict=True):
        row[: len(numbers)] = numbers
    out.setflags(write=False)
    return out
