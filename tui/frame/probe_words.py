"""What a probe found, as anyone understands it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from library.take import Take

if TYPE_CHECKING:
    from library.generators.probed import Grade, Probe

SEEDLESS = "means nothing"
"""What is said of a seed that the generator doesn't go by."""
DOUBT = "?"
"""The same, behind the seed."""
_GRADES: dict[Grade, str] = {
    "exact": "Exact: the same seed gives the same song, to the bit.",
    "close": "Close: the same seed gives the same song, though not to the bit.",
    "other song": "Other song: the same seed gives another song among others or after a restart.",
    "unseeded": "Unseeded: a seed means nothing here.",
}


def probe_words(probe: Probe) -> str:
    """The grade, in a sentence."""
    return _GRADES[probe.grade]


def probe_facts(probe: Probe) -> Iterator[tuple[str, str]]:
    """Each try, and what came of it."""
    tries = (("once more", probe.again), ("among others", probe.batched), ("after a restart", probe.restarted))
    for name, same in tries:
        yield name, "couldn't be tried" if same is None else "the same bits" if same else "other bits"
    other = probe.other_seed
    yield "another seed", "couldn't be tried" if other is None else "another song" if other else "the same song"
    if probe.diverges_at_s is not None:
        level = "" if probe.difference_db is None else f", {probe.difference_db:.0f} dB beside it".replace("-", "−")
        yield "differs", f"from {probe.diverges_at_s:.2f} s on{level}"


def seed_words(take: Take) -> str:
    """The seed of a take, and whether it means nothing; empty where there is none."""
    return f"{take.seed} ({SEEDLESS})" if _is_seedless(take) else short_seed(take)


def short_seed(take: Take) -> str:
    """The seed of a take for a line or a column, with a `?` where it means nothing; empty where there is none."""
    return "" if take.seed is None else f"{take.seed}{DOUBT * _is_seedless(take)}"


def _is_seedless(take: Take) -> bool:
    if take.seed is None:
        return False
    from library.generators.probed import is_seedless

    return is_seedless(take)
