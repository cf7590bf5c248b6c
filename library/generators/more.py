"""More like this: the recipe of a take with seeds that nobody has tried with its prompt."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable

import msgspec

from library.errors import GenerationError
from library.generators import registry
from library.generators.recipes import check_prompt
from library.spelling import one_spelling
from library.take import MAX_SEED, Recipe, Take

USUAL = 4
"""Fresh seeds at a time."""
MOST = 1000
"""More at a time is a slip of the keyboard."""
SHORT_SEEDS = 1_000_000
"""Fresh seeds are under this, to be read and typed. Drawn by lot, so that two machines hardly ever draw the same."""

Draw = Callable[[int], int]
"""A random whole number from 0 up to but not including that one."""
_draw: Draw = random.SystemRandom().randrange


def more_of(take: Take, count: int, *, used: Collection[int], draw: Draw = _draw) -> tuple[Recipe, ...]:
    """`count` recipes like that of `take`, with seeds that are not `used`; all else is as it was asked for.

    Raises GenerationError for a take without recipe, of a generator that isn't here, and for a count out of range.
    """
    kind = kind_of(take)
    if not 1 <= count <= MOST:
        raise GenerationError(f"{count:,} fresh seeds are no number to ask for.", f"Ask for 1 to {MOST:,}.")
    return tuple(msgspec.structs.replace(kind, seed=seed) for seed in fresh_seeds(count, used, draw))


def with_seed(take: Take, seed: int) -> Recipe:
    """The recipe of `take` with that seed. Raises GenerationError as `more_of`."""
    return msgspec.structs.replace(kind_of(take), seed=seed)


def parent_of(take: Take) -> str | None:
    """The take that more of `take` continue, as it does itself; None where it was only made longer."""
    continues = take.recipe is not None and take.recipe.draft is not None and take.recipe.draft.use == "continuation"
    return take.parent if continues else None


def model_take(takes: Iterable[Take], prompt: str) -> Take:
    """The take of `prompt` that more of it are made like: the newest that can be made again.

    Raises GenerationError where none can, which says why.
    """
    text = check_prompt(prompt)
    those = sorted((take for take in takes if take.prompt == text), key=lambda take: (take.created_at, take.id))
    if not those:
        raise GenerationError(
            "No take has that ID or prompt.", "Run `earmark list` to see the takes, or `earmark generate` a new prompt."
        )
    makeable = [take for take in those if can_make_more(take)]
    if not makeable:
        kind_of(those[-1])  # which says what is missing
    return makeable[-1]


def can_make_more(take: Take) -> bool:
    """Whether it has a recipe, of a generator that is known here."""
    return take.recipe is not None and registry.find_spec(take.recipe.generator) is not None


def used_seeds(recipes: Iterable[Recipe], takes: Iterable[Take], prompt: str) -> set[int]:
    """The seeds that were tried with `prompt`, by whatever generator, or are about to be: asked for or given."""
    text = one_spelling(prompt)
    tried = [recipe for recipe in recipes if one_spelling(recipe.prompt) == text]
    used = {recipe.seed for recipe in tried}
    for take in takes:
        if take.prompt == text:
            tried += () if take.recipe is None else (take.recipe,)
            used |= set() if take.seed is None else {take.seed}
    return used | {recipe.asked_seed for recipe in tried if recipe.asked_seed is not None}


def kind_of(take: Take) -> Recipe:
    """What was asked for when `take` was made but its seed; without what came of it: weights, machine, licence, words.

    Two takes of one kind differ in their seeds alone. Raises GenerationError where it can't be made again.
    """
    recipe = take.recipe
    if recipe is None:
        remedy = "Generate its prompt instead." if take.prompt else "It has no prompt to generate either."
        raise GenerationError(f"Take {take.id[:8]} was imported: there's no recipe to make more of it from.", remedy)
    spec = registry.spec(recipe.generator)  # raises for one that isn't here
    return Recipe(
        generator=spec.name,
        prompt=recipe.prompt,
        seed=0,
        duration_s=recipe.duration_s,
        model=recipe.model,
        sampling=recipe.sampling,
        settings=recipe.settings,
        draft=recipe.draft,
    )


def fresh_seeds(count: int, used: Collection[int], draw: Draw = _draw) -> list[int]:
    """So many seeds that are not `used`, each once."""
    seeds: dict[int, None] = {}
    while len(seeds) < count:
        # A prompt that has used up half of the short ones gets long ones.
        seed = draw(SHORT_SEEDS if len(used) < SHORT_SEEDS // 2 else MAX_SEED + 1)
        if seed not in used:
            seeds[seed] = None
    return list(seeds)
