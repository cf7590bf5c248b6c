"""Which previews are worth making longer, from what listeners made of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from library.errors import GenerationError
from library.generators.recipes import extend_recipe
from library.take import Recipe, Take
from ratings.history import TakeRatings


def previews_to_extend(
    takes: Sequence[Take], ratings: Callable[[Take], TakeRatings], to_s: float, known: Sequence[Recipe]
) -> list[tuple[Take, Recipe]]:
    """The takes to make `to_s` seconds long, each with the recipe for that: the picked ones, else all but the rejected.

    Left out are takes that are as long already, have no recipe, or whose longer take is among the `known` recipes.
    """
    kept = [take for take in takes if not ratings(take).rejected]
    picked = [take for take in kept if ratings(take).picked]
    longer: list[tuple[Take, Recipe]] = []
    for take in picked or kept:
        try:
            recipe = extend_recipe(take, to_s)
        except GenerationError:
            continue
        if recipe not in known:
            longer.append((take, recipe))
    return longer
