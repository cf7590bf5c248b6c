"""What tells takes apart that have one prompt and one seed, in as few words as will do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import PurePath

from library.generators.spec import show_value
from library.take import Take, settings_of
from tui.frame.formatting import clock, plain

MOST = 60
"""Letters of a name that count."""


def told_apart(takes: Iterable[Take], shown: Collection[str] = ()) -> dict[str, str]:
    """Words for each that looks like another one of `takes`, by id. What differs and is `shown` anyway is left out."""
    alike: defaultdict[tuple[str | None, int | None], list[Take]] = defaultdict(list)
    for take in takes:
        alike[take.prompt, take.seed].append(take)
    told: dict[str, str] = {}
    for twins in alike.values():
        if len(twins) > 1:
            told.update(_differences(twins, shown))
    return {take: words for take, words in told.items() if words}


def _differences(twins: Sequence[Take], shown: Collection[str]) -> dict[str, str]:
    facts = [_facts(take) for take in twins]
    chosen: list[str] = []
    kinds = 1
    for name in dict.fromkeys(name for one in facts for name in one):
        more = len({tuple(one.get(fact) for fact in (*chosen, name)) for one in facts})
        if more > kinds:
            chosen.append(name)
            kinds = more
        if kinds == len(twins):
            break
    said = [name for name in chosen if name not in shown]
    return {
        take.id: " · ".join(one[name] for name in said if one.get(name)) for take, one in zip(twins, facts, strict=True)
    }


def _facts(take: Take) -> Mapping[str, str]:
    """By name: the plainest first, and at the end what no two takes have in common."""
    facts = {
        "length": clock(take.duration_s),
        "generator": plain(take.generator or ""),
        "model": plain((take.model or "").rpartition("/")[2])[:MOST],
    }
    if (recipe := take.recipe) is not None:
        settings = {name: plain(show_value(value))[:MOST] for name, value in settings_of(recipe).items()}
        facts |= {f"set:{name}": f"{plain(name).replace('_', '-')[:MOST]} {value}" for name, value in settings.items()}
        facts["draft"] = "" if recipe.draft is None else f"{recipe.draft.use} of {recipe.draft.sound[:4]}"
        facts["revision"] = plain(recipe.revision or "")[:8]
    else:
        facts["file"] = plain(PurePath(take.file).stem)[:MOST]
    return {**facts, "id": take.id[:8]}
