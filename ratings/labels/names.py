"""What labels may be called, and what order they stand in. Colours are labels, too, of fixed names."""

from __future__ import annotations

from library.spelling import fold, one_spelling
from ratings.errors import LabelError
from ratings.judgement import MAX_LABEL

COLOURS = ("red", "orange", "yellow", "green", "blue", "purple")
"""In the order of their keys, 1 to 6."""


def label_name(text: str) -> str:
    """`text` as a label's name, spelled as prompts are: one line of characters that can be seen. Raises LabelError."""
    name = one_spelling(text)
    if not name:
        raise LabelError("A label needs a name.", "Write a word, or one of the colours.")
    if len(name) > MAX_LABEL:
        raise LabelError(f"The label is too long ({len(name):,} characters).", f"Use {MAX_LABEL} at most.")
    if not name.isprintable() or not fold(name):
        raise LabelError(
            f"The label {name!r} has characters that can't be displayed.", "Use letters, digits and spaces."
        )
    if name[0] in "+-" or '"' in name:
        raise LabelError(f"{name} can't be a label.", "A label can't start with + or -, or contain quotes.")
    return fold(name) if fold(name) in COLOURS else name


def in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Colours first, in their own order; then words by the alphabet."""
    return tuple(sorted(names, key=_place)) if len(names) > 1 else names


def _place(name: str) -> tuple[int, str, str]:
    return (COLOURS.index(name) if name in COLOURS else len(COLOURS), fold(name), name)
