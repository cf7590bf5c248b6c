"""What stands in braces in a command's words, and what goes there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

PLACEHOLDERS = ("prompt", "seed", "duration", "out", "draft", "json", "model")
TEXTS = ("prompt", "model")
"""Those that somebody typed."""
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


def unknown_placeholders(word: str, own: Sequence[str] = ()) -> list[str]:
    """What `word` has in braces that stands for nothing, a single brace included; `own` are the command's settings."""
    known = {*PLACEHOLDERS, *own}
    found = []
    for part in _PART.finditer(word):
        if part[0] in ("{{", "}}"):
            continue
        if part[1] is None or part[1] not in known:
            found.append(part[1] if part[1] is not None else part[0])
    return found


def fill(words: Sequence[str], values: Mapping[str, str], texts: Sequence[str] = TEXTS) -> list[str]:
    """`words` with `values` in their places, each word still one word.

    What was typed can't become an option: where a word begins with one of `texts`, and that with a hyphen, a blank
    comes first.
    """
    return [_fill_one(word, values, texts) for word in words]


def _fill_one(word: str, values: Mapping[str, str], texts: Sequence[str]) -> str:
    def value_of(part: re.Match[str]) -> str:
        if part[1] is None:
            return part[0][0]
        value = values[part[1]]
        return f" {value}" if part.start() == 0 and part[1] in texts and value.startswith("-") else value

    return _PART.sub(value_of, word)
