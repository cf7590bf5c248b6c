"""Ideas from what a library holds and from the vocabulary: what both the command and the app offer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice, zip_longest

from library.prompts.grammar import compose
from library.spelling import fold
from library.take import Take
from ratings.ideas.from_winners import GOOD, TermEffects, from_winners
from ratings.ideas.idea import Idea
from ratings.ranking.ranking import RankedRow


def known_prompts(takes: Iterable[Take]) -> frozenset[str]:
    """The prompts there are, folded."""
    return frozenset(fold(prompt) for prompt in {take.prompt for take in takes} if prompt)


def ideas(rows: Sequence[RankedRow], text: str, count: int, known: Collection[str], seed: int) -> list[Idea]:
    """`count` ideas, those from ranked prompts (`rows`) and from the vocabulary in turn; none is among `known`.

    Fewer only where the vocabulary has no more with `text` in it. Another `seed` gives others.
    """
    found: list[Idea] = []
    there = set(known)
    pairs = zip_longest(islice(from_winners(rows, text, known), count), _composed(text, seed, known))
    for idea in (one for pair in pairs for one in pair if one is not None):
        if fold(idea.prompt) not in there and len(found) < count:
            there.add(fold(idea.prompt))
            found.append(idea)
        if len(found) == count:
            break
    return found


def _composed(text: str, seed: int, known: Collection[str]) -> Iterator[Idea]:
    for one in compose(text, seed, known):
        yield Idea(one.prompt, "grammar", f"goes with {one.genre}")


def liked_and_disliked(rows: Sequence[RankedRow], most: int) -> tuple[list[str], list[str]]:
    """The best prompts from 3 stars on, and the worst below that, with the terms that work and fail; `most` of each."""
    effects = TermEffects(rows)
    liked = [str(row.key) for row in rows if row.score >= GOOD][:most]
    disliked = [str(row.key) for row in reversed(rows) if row.score < GOOD][:most]
    return [*liked, *effects.liked()[:most]], [*disliked, *effects.disliked()[:most]]
