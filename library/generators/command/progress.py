"""How far a command is, by what it writes on standard error: percentages, and fractions like 3/8."""

from __future__ import annotations

import re

_PERCENT = re.compile(r"(?<![\d.])(\d{1,3}(?:\.\d+)?)\s?%")
_FRACTION = re.compile(r"(?<![\d./])(\d{1,7})\s?(?:/|of)\s?(\d{1,7})(?![\d./])")


def fraction_in(line: str) -> float | None:
    """What part is done, 0 to 1, by the last percentage in `line`, else by its last fraction; None without either."""
    for percent in reversed(_PERCENT.findall(line)):
        if float(percent) <= 100:
            return float(percent) / 100
    for done, of in reversed(_FRACTION.findall(line)):
        if int(of) > 0 and int(done) <= int(of):
            return int(done) / int(of)
    return None
