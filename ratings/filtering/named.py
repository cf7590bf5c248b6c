"""Takes that were chosen one by one, as a filter."""

from __future__ import annotations

from collections.abc import Sequence

from library.take import Take

MOST = 700
"""As many as a session's plan has room for."""
DIGITS = 12
"""Of an id: of 100,000 takes no two begin with the same so many, but for one library in 50,000."""


def filter_of(takes: Sequence[Take]) -> str:
    """What these takes answer to and no others; MOST of them at most."""
    return f"id:{','.join(take.id[:DIGITS] for take in takes)}"
