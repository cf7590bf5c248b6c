"""Prompts that did well, changed in one place: with what works in others, and without what fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from library.prompts.terms import BPM, Term, others, replaced, terms_in
from library.spelling import fold, one_spelling
from ratings.ideas.idea import Idea
from ratings.ranking.ranking import RankedRow

GOOD = 3.0
"""Stars from which a prompt is one to go on from."""
_SHRINK = 1.0
"""Prompts that count against each term: its effect is a sum of scores over so many more than have it."""
_MATTERS = 0.15
"""Stars: a smaller effect of a term isn't worth a word."""
_WINNERS = 10
"""Prompts that are changed, at most."""


@dataclass(frozen=True)
class _Change:
    prompt: str
    expected: float
    """Stars that it may get, by the effects of its terms."""
    because: str


class TermEffects:
    """How many stars better than the mean the prompts are that have a term: the mean over them, shrunk."""

    def __init__(self, rows: Sequence[RankedRow]) -> None:
        """`rows` are ranked prompts."""
        self.mean = sum(row.score for row in rows) / len(rows) if rows else 0.0
        totals: dict[str, float] = {}
        prompts = Counter[str]()
        for row in rows:
            for text in {term.text for term in terms_in(str(row.key))} - {BPM}:
                totals[text] = totals.get(text, 0.0) + row.score - self.mean
                prompts[text] += 1
        self._effects = {text: total / (prompts[text] + _SHRINK) for text, total in totals.items()}

    def __getitem__(self, text: str) -> float:
        """In stars; 0 for a term that nobody has judged."""
        return self._effects.get(text.lower(), 0.0)

    def works(self, text: str) -> bool:
        return self[text] >= _MATTERS

    def fails(self, text: str) -> bool:
        return self[text] <= -_MATTERS

    def liked(self) -> list[str]:
        """The terms that work, best first."""
        return sorted(filter(self.works, self._effects), key=lambda text: -self[text])

    def disliked(self) -> list[str]:
        """The terms that fail, worst first."""
        return sorted(filter(self.fails, self._effects), key=self.__getitem__)


def from_winners(rows: Sequence[RankedRow], text: str, known: Collection[str]) -> Iterator[Idea]:
    """Ideas from ranked prompts, the most promising first, in turn from each winner; none among `known` (folded).

    A winner scores at least the mean of all, and 3 stars. `text` is what each idea is to have in it.
    """
    effects, there = TermEffects(rows), set(known)
    least = max(GOOD, effects.mean)
    winners = [row for row in rows if row.score >= least and fold(text) in fold(str(row.key))][:_WINNERS]
    changes = [sorted(_changes(row, effects), key=lambda one: -one.expected) for row in winners]
    turn = 0
    while any(changes):
        own = changes[turn % len(changes)]
        turn += 1
        while own:
            change = own.pop(0)
            if fold(change.prompt) not in there and fold(text) in fold(change.prompt):
                there.add(fold(change.prompt))
                yield Idea(one_spelling(change.prompt), "won", change.because)
                break


def _changes(row: RankedRow, effects: TermEffects) -> Iterator[_Change]:
    """All that differ from the prompt in one term that doesn't work, or have one more that works elsewhere."""
    prompt = str(row.key)
    won = f"“{prompt}” has {row.score:.1f} stars"
    terms = terms_in(prompt)
    for term in terms:
        if effects.works(term.text) and len(terms) > 1:
            continue
        for place, other in enumerate(others(prompt, term)):
            if not effects.fails(other):
                # Of two as good, what the vocabulary names first is what is more usual.
                expected = row.score + effects[other] - effects[term.text] - place / 1000
                yield _Change(
                    replaced(prompt, term, other), expected, f"{won}; {_reason(term, prompt, other, effects)}"
                )
    said = {term.text for term in terms}
    slots = {term.slot for term in terms}
    for text in effects.liked():
        more = terms_in(text)[0]
        if text in said or more.slot == "genre" or (more.slot in ("tempo", "key") and more.slot in slots):
            continue
        why = f"{won}; “{text}” works elsewhere ({_signed(effects[text])})"
        yield _Change(f"{prompt}, {text}", row.score + effects[text] / 2, why)


def _reason(term: Term, prompt: str, other: str, effects: TermEffects) -> str:
    before = prompt[term.begin : term.end]
    if effects.works(other):
        return f"“{other}” works elsewhere ({_signed(effects[other])}), in the place of “{before}”"
    if effects.fails(term.text):
        return f"“{before}” fails ({_signed(effects[term.text])}), so “{other}” in its place"
    return f"“{other}” in the place of “{before}”, all else kept"


def _signed(stars: float) -> str:
    return f"{stars:+.1f} stars".replace("-", "−")
