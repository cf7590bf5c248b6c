"""Recipes from what a user asks for: lists of seeds, and grids of prompt x seed x any setting."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeAlias

import msgspec

from library.errors import GenerationError
from library.generators import registry
from library.generators.spec import Spec
from library.spelling import one_spelling
from library.take import MAX_DURATION_S, MAX_PROMPT, MAX_SEED, Recipe, SettingValue, Take

MAX_SEEDS = 10_000
"""Seeds in one list: more is a slip of the keyboard."""
MAX_RECIPES = 100_000
"""Takes in one grid."""
MODEL = "model"
"""An axis that is no setting."""
NOTHING: Mapping[str, Any] = MappingProxyType({})
_HOW = "Write seeds as numbers and ranges, like 1-8,42."


def parse_seeds(text: str) -> tuple[int, ...]:
    """The seeds that `text` lists, like "1-8,42": in its order, each once.

    Raises GenerationError for anything else, for seeds over 2^64 - 1 and for more than MAX_SEEDS of them.
    """
    seeds: dict[int, None] = {}
    for part in text.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,20})\s*(?:-\s*([0-9]{1,20})\s*)?", part)
        if match is None:
            raise GenerationError(f"{part.strip()[:40]!r} isn't a seed or a range.", _HOW)
        first = int(match[1])
        last = int(match[2]) if match[2] is not None else first
        if last < first:
            raise GenerationError(f"The seed range {first}-{last} is backwards.", f"Write {last}-{first}.")
        if last > MAX_SEED:
            raise GenerationError(f"The seed {last} is too big.", f"Seeds go from 0 to {MAX_SEED}.")
        seeds.update(dict.fromkeys(range(first, min(last, first + MAX_SEEDS) + 1)))
        if len(seeds) > MAX_SEEDS:
            raise GenerationError(f"That is more than {MAX_SEEDS} seeds.", "Use fewer at a time.")
    return tuple(seeds)


def grid(
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    generator: str,
    duration_s: float,
    model: str | None = None,
    settings: Mapping[str, SettingValue] = NOTHING,
    axes: Mapping[str, Sequence[SettingValue]] = NOTHING,
) -> tuple[Recipe, ...]:
    """A recipe for every prompt x every seed x every value of every axis, prompt by prompt; repeats dropped.

    Prompts come in their one spelling. An axis is a setting, or `model`. Settings that are not given have the
    generator's defaults. Raises GenerationError for an empty or overlong prompt, no seed at all, a duration that is
    none, and for what the generator doesn't have.
    """
    spec = registry.spec(generator)
    _check_duration(duration_s, spec)
    if not seeds:
        raise GenerationError("There's no seed.", _HOW)
    for seed in seeds:
        if not 0 <= seed <= MAX_SEED:
            raise GenerationError(f"{seed} can't be a seed.", f"Seeds go from 0 to {MAX_SEED}.")
    texts, numbers = tuple(dict.fromkeys(map(check_prompt, prompts))), tuple(dict.fromkeys(seeds))
    if not texts:
        raise GenerationError("There's no prompt.", "Describe the music in words.")
    total = math.prod([len(texts), len(numbers), *map(len, axes.values())])
    if total > MAX_RECIPES:
        words = f"{len(texts)} prompts × {len(numbers)} seeds{''.join(f' × {len(axes[axis])} {axis}' for axis in axes)}"
        raise GenerationError(f"{words} make more than {MAX_RECIPES:,} takes.", "Use fewer at a time.")
    kinds = []
    for values in itertools.product(*axes.values()):
        chosen = dict(settings) | dict(zip(axes, values, strict=True))
        named = chosen.pop(MODEL, model)
        spec.check_model(asked := None if named is None else str(named))
        kind = Recipe(generator=generator, prompt=texts[0], seed=numbers[0], duration_s=duration_s, model=asked)
        kinds.append(spec.with_settings(kind, chosen))
    return tuple(
        msgspec.structs.replace(kind, prompt=prompt, seed=seed)
        for prompt in texts
        for seed in numbers
        for kind in kinds
    )


def read_axes(spec: Spec, written: Mapping[str, str]) -> dict[str, tuple[SettingValue, ...]]:
    """The values of each axis, as "2,3,5" lists them, each once. Raises GenerationError."""
    axes: dict[str, tuple[SettingValue, ...]] = {}
    for name, text in written.items():
        parts = [part.strip() for part in text.split(",") if part.strip()]
        if name == MODEL:
            axes[name] = tuple(dict.fromkeys(parts))
        else:
            setting = spec.setting(name)
            values = (setting.parse(part) for part in parts)
            axes[setting.name] = tuple(dict.fromkeys(value for value in values if value is not None))
        if not parts:
            raise GenerationError(f"The axis {name} has no values.", f"List them with commas: {name}=2,3,5.")
    return axes


RecipeKey: TypeAlias = tuple[str | None, str | None, int | None]
"""Generator, prompt and seed: takes that share them are likely the same music."""


def count_by_key(takes: Iterable[Take]) -> Counter[RecipeKey]:
    """How many takes there are of each generator, prompt and seed."""
    return Counter((take.generator, take.prompt, take.seed) for take in takes)


def count_made(recipes: Iterable[Recipe], there: Mapping[RecipeKey, int]) -> int:
    """How many of `recipes` have takes already of the same generator, prompt and seed."""
    return sum((recipe.generator, recipe.prompt, recipe.seed) in there for recipe in recipes)


def prompt_lines(text: str) -> list[str]:
    """The prompts in `text`, one a line; lines that are empty, or comments (# and a blank), are none."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and line != "#" and not line.startswith(("# ", "#\t"))]


def extend_recipe(take: Take, to_s: float) -> Recipe:
    """The recipe of `take` made longer, up to `to_s` seconds; its parent is the take's id.

    Raises GenerationError for a take without recipe, or a length that is no extension.
    """
    if take.recipe is None:
        raise GenerationError(
            f"Take {take.id[:8]} was imported, so it has no recipe to extend.",
            "To continue from it, use it as a draft.",
        )
    spec = registry.spec(take.recipe.generator)
    if not spec.extends:
        raise GenerationError(
            f"{spec.sentence_title} can't make a take longer: it would make another one.",
            "Make a new take at that length.",
        )
    _check_duration(to_s, spec)
    if to_s <= take.duration_s:
        raise GenerationError(
            f"Take {take.id[:8]} is already {take.duration_s:.2f} s long.", "Give a longer length, in seconds."
        )
    return msgspec.structs.replace(take.recipe, duration_s=float(to_s))


def _check_duration(duration_s: float, spec: Spec) -> None:
    if not 0 < duration_s <= MAX_DURATION_S:
        raise GenerationError(
            f"A take can't be {duration_s:g} s long.",
            f"Give a length in seconds, above 0 and up to {MAX_DURATION_S:,.0f}.",
        )
    spec.check_length(duration_s)


def check_prompt(prompt: str) -> str:
    """`prompt` in its one spelling. Raises GenerationError for an empty or overlong one."""
    text = one_spelling(prompt)
    if not text:
        raise GenerationError("The prompt is empty.", "Describe the music in words.")
    if len(text) > MAX_PROMPT:
        raise GenerationError(
            f"The prompt is {len(text):,} characters long; the limit is {MAX_PROMPT:,}.", "Make it shorter."
        )
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise GenerationError("The prompt contains a broken character.", "Type it again as plain text.") from error
    return text
