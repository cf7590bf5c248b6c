"""Takes, judgements and ranks as the JSON that the command line prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from library.store.catalog import Catalog
from library.take import Take
from ratings.history import History
from ratings.judgement import AnyJudgement
from ratings.labels.names import in_order

if TYPE_CHECKING:
    from ratings.ranking.choices import By
    from ratings.ranking.listeners import RankedListener
    from ratings.ranking.ranking import RankedRow


def take_json(take: Take, catalog: Catalog, history: History) -> dict[str, Any]:
    """A take with where its sound is and what listeners say of it; null where there is nothing."""
    ratings = history.ratings(take.id)
    return {
        "id": take.id,
        "prompt": take.prompt,
        "seed": take.seed,
        "generator": take.generator,
        "model": take.model,
        "duration_s": take.duration_s,
        "sample_rate": take.sample_rate,
        "channels": take.channels,
        "path": catalog.name_of(take),
        "created_at": take.created_at,
        "lufs": take.lufs,
        "true_peak_db": take.true_peak_db,
        "flags": list(take.flags),
        "stars": ratings.stars,
        "sound": ratings.sound,
        "judgements": ratings.judgements,
        "recipe": _fields(take.recipe) if take.recipe else None,
        "parent": take.parent,
        "labels": in_order(ratings.labels) if ratings.labels else (),
        "purged": catalog.is_purged(take),
    }


def judgement_json(judgement: AnyJudgement) -> dict[str, Any]:
    """A judgement with its kind and all its fields, the unsaid ones too."""
    return {"kind": judgement.__struct_config__.tag, **_fields(judgement)}


def row_json(row: RankedRow, by: By | str) -> dict[str, Any]:
    """A place in the ranking; what is ranked stands under the name of its kind: take, prompt, seed, `set:guidance` …"""
    fields = {
        "rank": row.rank,
        by: row.key,
        "score": round(row.score, 4),
        "low": round(row.low, 4),
        "high": round(row.high, 4),
        "p_top": round(row.p_top, 4),
        "stars": row.stars,
        "judgements": row.judgements,
    }
    return fields if row.p_new_top is None else {**fields, "p_new_top": round(row.p_new_top, 4)}


def listener_json(row: RankedListener) -> dict[str, Any]:
    """A listener in numbers; null where too little is known."""
    return {name: round(value, 4) if isinstance(value, float) else value for name, value in _fields(row).items()}


def _fields(struct: msgspec.Struct) -> dict[str, Any]:
    """Every field, defaults written out, so that a reader need not know them."""
    fields = msgspec.structs.asdict(struct)
    for name, value in fields.items():
        if isinstance(value, msgspec.Struct):
            fields[name] = _fields(value)
    return fields
