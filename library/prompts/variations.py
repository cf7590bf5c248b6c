"""Several prompts written as one: `{slow|fast} waltz` is a slow waltz and a fast one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import product

from library.errors import GenerationError

MOST = 1000
"""Prompts that one line may stand for: more is a slip of the keyboard."""
_MARKS = "{|}"
_DEEPEST = 20


def variations(text: str) -> list[str]:
    """All prompts that `text` stands for, each once, in the order in which it names them.

    Braces with a bar in them are choices, also inside others; braces without one are braces. A backslash makes a brace
    or a bar an ordinary letter. Raises GenerationError for a choice that isn't closed and for more than MOST prompts.
    """
    if not any(mark in text for mark in _MARKS):
        return [text]
    top = _Branch()
    open_: list[_Choice] = []
    branch, at = top, 0
    while at < len(text):
        letter = text[at]
        if letter == "\\" and text[at + 1 : at + 2] in tuple(_MARKS):
            branch.parts.append([text[at + 1]])
            at += 2
            continue
        if letter == "{":
            if len(open_) == _DEEPEST:
                raise GenerationError(f"“{_cut(text)}” has braces {_DEEPEST} deep.", "Use fewer inside each other.")
            open_.append(_Choice(branch))
            branch = open_[-1].branches[0]
        elif letter == "|" and open_:
            open_[-1].branches.append(_Branch())
            branch = open_[-1].branches[-1]
        elif letter == "}" and open_:
            choice = open_.pop()
            branch = choice.inside
            branch.parts.append(choice.texts(text))
        else:
            branch.parts.append([letter])
        at += 1
    while open_:
        choice = open_.pop()
        if len(choice.branches) > 1:
            raise GenerationError(f"A {{ in “{_cut(text)}” isn't closed.", "Close it with }, or write \\{ for a brace.")
        choice.inside.parts.append([f"{{{one}" for one in choice.branches[0].texts(text)])
    return top.texts(text)


def all_variations(texts: Iterable[str]) -> list[str]:
    """What all of `texts` stand for. Raises GenerationError."""
    return [prompt for text in texts for prompt in variations(text)]


def as_written(prompt: str) -> str:
    """How `prompt` is written so that it stands for itself alone."""
    try:
        alone = variations(prompt) == [prompt]
    except GenerationError:
        alone = False
    if alone:
        return prompt
    return "".join(f"\\{letter}" if letter in _MARKS else letter for letter in prompt)


@dataclass
class _Branch:
    """A run of letters and choices."""

    parts: list[Sequence[str]] = field(default_factory=list)

    def texts(self, whole: str) -> list[str]:
        count = 1
        for part in self.parts:
            count *= len(part)
            if count > MOST:
                raise GenerationError(f"“{_cut(whole)}” stands for more than {MOST:,} prompts.", "Use fewer choices.")
        return list(dict.fromkeys("".join(parts) for parts in product(*self.parts)))


class _Choice:
    """Braces that are open, and what stands between the bars in them so far."""

    def __init__(self, inside: _Branch) -> None:
        self.inside = inside
        self.branches = [_Branch()]

    def texts(self, whole: str) -> list[str]:
        found = [one for branch in self.branches for one in branch.texts(whole)]
        if len(found) > MOST:
            raise GenerationError(f"“{_cut(whole)}” stands for more than {MOST:,} prompts.", "Use fewer choices.")
        return list(dict.fromkeys(found)) if len(self.branches) > 1 else [f"{{{one}}}" for one in found]


def _cut(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"
