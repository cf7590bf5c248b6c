"""Recipes from what a user asks for: lists of seeds, and grids of prompt x seed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import msgspec

from library.errors import GenerationError
from library.generators.registry import check_length
from library.spelling import one_spelling
from library.take import MAX_DURATION_S, MAX_PROMPT, MAX_SEED, Recipe, Sampling, Take

MAX_SEEDS = 10_000
"""Seeds in one list: more is a slip of the keyboard."""
MAX_RECIPES = 100_000
"""Takes in one grid."""
_HOW = "Write seeds as numbers and ranges, like 1-8,42."
_SETTINGS: dict[str, tuple[str, Callable[[float], bool]]] = {
    "temperature": ("a number above 0, up to 100; the default is 1", lambda value: 0 < value <= 100),
    "top_k": (
        "a whole number up to 1,000,000; 0 means all tokens",
        lambda value: 0 <= value <= 1e6 and value == int(value),
    ),
    "top_p": ("a number from 0 to 1; 0 turns it off", lambda value: 0 <= value <= 1),
    "guidance": ("a number from 0 to 100; the default is 3", lambda value: 0 <= value <= 100),
}
"""By the names of Sampling's fields: the range of each, in words and as a test."""


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


def make_sampling(**chosen: float) -> Sampling:
    """Sampling with the fields in `chosen`; else as usual. Raises GenerationError for one out of its range."""
    for name, value in chosen.items():
        limits, makes_sense = _SETTINGS[name]
        if not makes_sense(value):
            raise GenerationError(f"{name.replace('_', '-').capitalize()} can't be {value:g}.", f"Give {limits}.")
    return msgspec.convert(chosen, Sampling, strict=False)


def grid(
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    generator: str,
    duration_s: float,
    model: str | None = None,
    sampling: Sampling | None = None,
) -> tuple[Recipe, ...]:
    """A recipe for every prompt x every seed, prompt by prompt; each in its one spelling, repeats dropped.

    Raises GenerationError for an empty or overlong prompt, no seed at all, or a duration that is none.
    """
    _check_duration(duration_s, generator)
    if not seeds:
        raise GenerationError("There's no seed.", _HOW)
    for seed in seeds:
        if not 0 <= seed <= MAX_SEED:
            raise GenerationError(f"{seed} can't be a seed.", f"Seeds go from 0 to {MAX_SEED}.")
    texts = tuple(dict.fromkeys(map(check_prompt, prompts)))
    if not texts:
        raise GenerationError("There's no prompt.", "Describe the music in words.")
    if len(texts) * len(seeds) > MAX_RECIPES:
        raise GenerationError(
            f"{len(texts)} prompts × {len(seeds)} seeds make more than {MAX_RECIPES:,} takes.", "Use fewer at a time."
        )
    return tuple(
        Recipe(generator=generator, prompt=prompt, seed=seed, duration_s=duration_s, model=model, sampling=sampling)
        for prompt in texts
        for seed in dict.fromkeys(seeds)
    )


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
    _check_duration(to_s, take.recipe.generator)
    if to_s <= take.duration_s:
        raise GenerationError(
            f"Take {take.id[:8]} is already {take.duration_s:.2f} s long.", "Give a longer length, in seconds."
        )
    return msgspec.structs.replace(take.recipe, duration_s=float(to_s))


def _check_duration(duration_s: float, generator: str) -> None:
    if not 0 < duration_s <= MAX_DURATION_S:
        raise GenerationError(
            f"A take can't be {duration_s:g} s long.",
            f"Give a length in seconds, above 0 and up to {MAX_DURATION_S:,.0f}.",
        )
    check_length(generator, duration_s)


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
