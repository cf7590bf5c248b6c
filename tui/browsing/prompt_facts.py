"""What there is to say about a prompt: how many takes, how many were judged, and each in a line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from library.take import Take
from ratings.history import TakeRatings
from tui.frame.formatting import clock, counted, plain, stars_bar
from tui.frame.probe_words import short_seed

SEED_WIDTH = 12


def describe_prompt(
    takes: Sequence[Take], count: int, ratings_of: Callable[[Take], TakeRatings]
) -> Iterator[tuple[str, str]]:
    """Text and its style, piece by piece; of `count` takes the first ones are named."""
    prompt = takes[0].prompt
    yield plain(prompt)[:2000] if prompt else "(no prompt)", "bold"
    judged = sum(ratings_of(take).rated for take in takes)
    of_these = "" if count == len(takes) else f" of the first {len(takes)}"
    yield f"\n\n{counted(count, 'take')} · {judged} judged{of_these}\n\n", "$quiet"
    for take in takes:
        ratings = ratings_of(take)
        seed = short_seed(take)
        badge = "●" if ratings.picked else "✕" if ratings.rejected else "!" if take.flags else " "
        yield stars_bar(ratings.stars), "$star" if ratings.stars is not None else "$quiet"
        yield f" {badge} ", "$success" if ratings.picked else "$quiet"
        yield f"{seed[-SEED_WIDTH:]:>{SEED_WIDTH}}", ""
        yield f"  {clock(take.duration_s):>7}\n", "$quiet"
    if count > len(takes):
        yield f"and {count - len(takes):,} more\n", "$quiet"
