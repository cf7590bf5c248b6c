"""What a program or server says of the take that it made: its seed, its model, and other facts, bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import msgspec

from library.take import MAX_FACT, MAX_NAME, MAX_REPORTED, MAX_SEED, Recipe

ASKED_MODEL = "asked model"
"""Among the facts: what was asked for, where the program called its model something else."""
_MOST_DIGITS = 20
_NAME_LENGTH = 100


@dataclass(frozen=True)
class Report:
    """What was said of a take."""

    seed: int | None = None
    """The seed that it was made with; None where nothing usable was said."""
    model: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


def read_seed(said: object) -> int | None:
    """The seed in `said`: a whole number, one as text, or the first of several with commas between. None for others."""
    if isinstance(said, str):
        first = said.split(",")[0].strip()
        if not (first.isascii() and first.isdecimal() and len(first) <= _MOST_DIGITS):
            return None
        said = int(first)
    elif isinstance(said, float) and said.is_integer():
        said = int(said)
    whole = isinstance(said, int) and not isinstance(said, bool) and 0 <= said <= MAX_SEED
    return int(said) if whole else None  # type: ignore[call-overload]


def read_name(said: object) -> str | None:
    """The name in `said`, None for what is none."""
    name = clean(said)[:MAX_NAME] if isinstance(said, str) else ""
    return name or None


def facts_of(said: Mapping[str, object], without: Iterable[str] = ()) -> dict[str, str]:
    """What `said` says beside those names, as texts: so many, and each so long, as a recipe has room for."""
    left_out, facts = set(without), dict[str, str]()
    for name, value in said.items():
        if name in left_out or value in (None, "", [], {}):
            continue
        text = value if isinstance(value, str) else msgspec.json.encode(value, enc_hook=str).decode()
        cut = clean(text)
        facts[clean(name)[:_NAME_LENGTH]] = cut if len(cut) <= MAX_FACT else f"{cut[: MAX_FACT - 1]}…"
        if len(facts) == MAX_REPORTED - 1:  # one is for a word of ours
            break
    return facts


def clean(text: str) -> str:
    """`text` on one line, without what a terminal would obey or a file couldn't hold."""
    line = " ".join(text.split())
    return "".join(letter for letter in line if letter.isprintable())


def with_report(recipe: Recipe, report: Report, **changes: object) -> Recipe:
    """`recipe` as it was followed: with the seed and the model really used, and the seed that was asked for."""
    seed = recipe.seed if report.seed is None else report.seed
    asked = recipe.seed if seed != recipe.seed else None
    return msgspec.structs.replace(
        recipe,
        seed=seed,
        asked_seed=asked,
        model=report.model or recipe.model,
        reported=dict(report.facts) or None,
        exact=False,
        **changes,
    )


def as_asked(recipe: Recipe) -> Recipe:
    """`recipe` with the model that was asked for, where what made its take called that something else."""
    asked = recipe.model if recipe.reported is None else recipe.reported.get(ASKED_MODEL, recipe.model)
    return msgspec.structs.replace(recipe, model=asked or None, reported=None)


def with_asked_model(report: Report, asked: Recipe) -> Report:
    """`report` with the model that was asked for among its facts, if it names another one."""
    facts = {name: fact for name, fact in report.facts.items() if name != ASKED_MODEL}
    if report.model not in (None, asked.model):
        facts[ASKED_MODEL] = asked.model or ""
    return replace(report, facts=facts)


def seed_remark(sender: str, recipe: Recipe) -> str:
    """What to tell of a take whose seed isn't the one that was asked for; empty where it is."""
    if recipe.asked_seed is None:
        return ""
    name = f"{sender[:1].upper()}{sender[1:]}"
    return f"{name} used other seeds than it was asked for. The takes have those that it used."
