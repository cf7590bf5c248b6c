"""Numbers as people type them."""

from __future__ import annotations

import math


def typed_number(text: str) -> float:
    """The number that `text` is, with a point or a comma. Raises ValueError for all else, infinity and NaN as well."""
    number = float(text.replace(",", "."))
    if not math.isfinite(number):
        raise ValueError(text)
    return number
