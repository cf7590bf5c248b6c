"""Where a take came from, as some source tells it: text from outside, made safe and checked."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

import msgspec

from library.errors import ImportingError
from library.files.decoding import decode_json
from library.take import MAX_NAME, MAX_PROMPT, MAX_SEED, Recipe, one_spelling

_PROMPT_KEYS = ("prompt", "text", "caption", "description")
_SEED_KEYS = ("seed", "manual_seed", "random_seed", "noise_seed")
_MODEL_KEYS = ("model", "model_name", "checkpoint", "model_id")
_GENERATOR_KEYS = ("generator", "tool")
_NESTING_KEYS = (
    "recipe",
    "params",
    "parameters",
    "settings",
    "config",
    "metadata",
    "generation",
    "request",
    "input",
    "inputs",
)

_ANYTHING = msgspec.json.Decoder()


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
    plain = "".join(
        "\ufffd" if (kind := unicodedata.category(character)) == "Cs" else " " if kind in _CONTROLS else character
        for character in text
    )
    plain = one_spelling(plain)
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
        raise OriginError(f"The seed “{clean_text(text[:40]) or ''}” is not a whole number from 0 to 2^64 - 1.")
    return int(found[1])


def from_json(document: bytes) -> Origin:
    """What a JSON document says, in the shapes that tools write: flat, or nested under a key such as `params`.

    Keys of the wrong type are passed over. Raises NotJsonError, and OriginError for a prompt that is too long.
    """
    origin = Origin()
    for level in _levels(decode_json(document, _ANYTHING), 3):
        origin = origin.filled_from(
            Origin(
                prompt=_text(level, _PROMPT_KEYS, MAX_PROMPT, "prompt"),
                seed=_seed(level),
                model=_text(level, _MODEL_KEYS, MAX_NAME, "model"),
                generator=_text(level, _GENERATOR_KEYS, MAX_NAME, "generator"),
                recipe=_recipe(level),
            )
        )
    return origin


def _levels(data: object, depth: int) -> Iterator[Mapping[str, Any]]:
    """`data` and what is nested in it under the names we know, the outer levels first."""
    level = [data]
    for _ in range(depth):
        mappings = [item for item in level if isinstance(item, dict)]
        yield from mappings
        level = [item[name] for item in mappings for name in _NESTING_KEYS if name in item]


def _text(level: Mapping[str, Any], keys: tuple[str, ...], limit: int, what: str) -> str | None:
    for key in keys:
        if isinstance(value := level.get(key), str) and (text := clean_text(value, limit, what)):
            return text
    return None


def _seed(level: Mapping[str, Any]) -> int | None:
    for key in _SEED_KEYS:
        try:
            if (seed := read_seed(level.get(key))) is not None:
                return seed
        except OriginError:
            # -1 is how many tools write "any": the seed that was drawn is then elsewhere, or nowhere.
            continue
    return None


def _recipe(level: Mapping[str, Any]) -> Recipe | None:
    """A whole recipe, as our own exports carry it."""
    try:
        recipe = msgspec.convert(level, Recipe)
        names = [recipe.generator, recipe.model, recipe.revision, recipe.licence]
        names += [text for pair in recipe.fingerprint.items() for text in pair]
        safe = one_spelling(recipe.prompt) == clean_text(recipe.prompt) and all(
            not text or one_spelling(text) == clean_text(text, MAX_NAME, "recipe") for text in names
        )
    except (msgspec.ValidationError, ValueError, OriginError):
        return None
    return recipe if safe else None
