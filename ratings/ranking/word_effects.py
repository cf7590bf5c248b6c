"""Which words of prompts work and which don't, as far as that is known."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ratings.model.posterior import Posterior


@dataclass(frozen=True)
class WordEffect:
    """What a word, or several that always come together, does to a prompt: 0 for nothing, in spreads of quality."""

    parts: tuple[str, ...]
    mean: float
    low: float
    """The 80 % interval."""
    high: float

    @property
    def works(self) -> bool | None:
        """Whether prompts with it are better than others, or worse; None while that is open."""
        return True if self.low > 0 else False if self.high < 0 else None


def word_effects(posterior: Posterior | None) -> tuple[WordEffect, ...]:
    """Of the words that several judged prompts share, the best first."""
    if posterior is None or not posterior.layout.words.words:
        return ()
    scores = posterior.scores(posterior.word_predictor())
    numbers = zip(*(each.tolist() for each in (scores.mean, scores.low, scores.high)), strict=True)
    found = (
        WordEffect(word.parts, *values) for word, values in zip(posterior.layout.words.words, numbers, strict=True)
    )
    return tuple(sorted(found, key=lambda one: -one.mean))


def told_words(prompt: str, effects: Iterable[WordEffect]) -> Iterator[tuple[int, int, bool]]:
    """Where in a prompt words stand of which it is known whether they work: start, end, and that; in order.

    Of words that always come together each counts as the whole.
    """
    spans: dict[int, tuple[int, bool]] = {}
    for effect in effects:
        if (works := effect.works) is None:
            continue
        for part in effect.parts:
            phrase = r"\W+".join(map(re.escape, part.split()))
            for match in re.finditer(rf"(?<!\w){phrase}(?!\w)", prompt, re.IGNORECASE):
                if match.start() not in spans or spans[match.start()][0] < match.end():
                    spans[match.start()] = match.end(), works
    last = 0
    for start, (end, works) in sorted(spans.items()):
        if start >= last:
            yield start, end, works
            last = end
