"""Where a take came from, as some source tells it: text from outside, made safe and checked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, fields, replace

from library.errors import ImportingError
from library.spelling import one_spelling
from library.take import MAX_PROMPT, MAX_SEED, Recipe


class OriginError(ImportingError):
    """What a source says about a file is unusable."""


@dataclass(frozen=True)
class Origin:
    """What one source says about a file, None for what it doesn't."""

    prompt: str | None = None
    seed: int | None = None
    model: str | None = None
    generator: str | None = None
    recipe: Recipe | None = None

    def filled_from(self, other: Origin) -> Origin:
        """This, with its gaps filled from `other`."""
        gaps = [item.name for item in fields(self) if getattr(self, item.name) is None]
        return replace(self, **{name: getattr(other, name) for name in gaps})

    def without_contradicted_recipe(self) -> Origin:
        """This without a recipe that another source's prompt or seed belies."""
        recipe = self.recipe
        if recipe is None or (one_spelling(recipe.prompt), recipe.seed) == (self.prompt, self.seed):
            return self
        return replace(self, recipe=None)


def clean_text(text: str, limit: int = MAX_PROMPT, what: str = "prompt") -> str | None:
    """`text` on one line, without control characters or marks that turn its direction; None where nothing is left.

    Raises OriginError for text over `limit` characters, which is never cut silently.
    """
    if len(text) > 4 * limit:
        raise OriginError(f"Its {what} is over {limit} characters long.")
    if not (text.isascii() and text.isprintable()):
        text = "".join(
            "\ufffd" if (kind := unicodedata.category(character)) == "Cs" else " " if kind in _CONTROLS else character
            for character in text
        )
    plain = one_spelling(text)
    if len(plain) > limit:
        raise OriginError(f"Its {what} is over {limit} characters long.")
    return plain or None


_CONTROLS = ("Cc", "Zl", "Zp")


def read_seed(value: object) -> int | None:
    """`value` as a seed, None where there is none. Raises OriginError for one that can't be."""
    if isinstance(value, (list, tuple)) and len(value) == 1:
        value = value[0]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = "" if value is None else str(value).strip()
    if not text:
        return None
    # Spreadsheets write whole numbers as 411.0.
    found = re.fullmatch(r"([0-9]{1,20})(?:\.0*)?", text)
    if found is None or int(found[1]) > MAX_SEED:
        raise OriginError(f"The seed “{clean_text(text[:40]) or ''}” isn't a whole number from 0 to 2^64 - 1.")
    return int(found[1])
