"""What takes have in common besides prompt and seed, and may be good or bad because of: generator, model, a setting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from library.take import SettingValue, Take, setting_of, settings_of
from ratings.ranking.choices import SET

Key: TypeAlias = SettingValue
"""A value of a factor: a name, a number, a choice."""


def value_of(take: Take, factor: str) -> Key | None:
    """What `take` has of a factor (`generator`, `model`, `set:NAME`); None where it has none, or nobody knows."""
    if factor == "generator":
        return take.generator
    if factor == "model":
        return take.model
    return None if take.recipe is None else setting_of(take.recipe, factor.removeprefix(SET))


def factors_of(takes: Iterable[Take]) -> tuple[str, ...]:
    """The factors of which some of these takes have a value, generator and model first."""
    settings: dict[str, None] = {}
    generator = model = False
    for take in takes:
        generator |= take.generator is not None
        model |= take.model is not None
        if take.recipe is not None:
            settings.update(dict.fromkeys(settings_of(take.recipe)))
    first = [name for name, there in (("generator", generator), ("model", model)) if there]
    return (*first, *(f"{SET}{name}" for name in sorted(settings)))
