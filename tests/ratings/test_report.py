"""The JSON that the design promises, from a library on disk."""

from __future__ import annotations

import json

from library.library import Library
from library.store.catalog import BatchWriter, Catalog
from library.take import Draft, Recipe, Sampling
from ratings.journal import Journal
from ratings.report import judgement_json, take_json
from tests.judging import Judge

TAKE_KEYS = [
    *("id", "prompt", "seed", "generator", "model", "duration_s", "sample_rate", "channels", "path", "created_at"),
    *("lufs", "true_peak_db", "flags", "stars", "sound", "judgements", "recipe", "parent", "labels", "purged"),
]


def test_a_take_in_json(tmp_path, takes, ids):
    catalog = Catalog(Library(tmp_path))
    recipe = Recipe(
        generator="musicgen",
        prompt="größer",
        seed=2**64 - 1,
        duration_s=3,
        sampling=Sampling(top_k=50),
        draft=Draft(sound=ids(9), use="melody"),
    )
    rich = takes(1, prompt="größer", seed=2**64 - 1, recipe=recipe, flags=("clipped",), lufs=-14.5, parent=ids(9))
    bare = takes(2)
    batch = BatchWriter(catalog.library)
    batch.add([rich, bare])
    catalog.refresh()
    journal = Journal.load(Library(tmp_path))
    Judge(journal.log("ann")).stars(rich.id, 4)
    Judge(journal.log("bob")).stars(rich.id, 5)
    found = json.loads(json.dumps(take_json(catalog.find(rich.id), catalog, journal.history)))
    assert list(found) == TAKE_KEYS
    assert (found["stars"], found["judgements"], found["seed"]) == (4.5, 2, 2**64 - 1)
    assert found["path"] == str(batch.folder / "1.flac")
    assert found["flags"] == ["clipped"]
    assert found["recipe"]["sampling"] == {"temperature": 1.0, "top_k": 50, "top_p": 0.0, "guidance": 3.0}
    assert found["recipe"]["draft"] == {"sound": ids(9), "use": "melody", "until_s": None}
    empty = take_json(catalog.find(bare.id), catalog, journal.history)
    assert {name for name, value in empty.items() if value is None} == {
        *("prompt", "seed", "generator", "model", "lufs", "true_peak_db", "stars", "sound", "recipe", "parent")
    }
    assert empty["judgements"] == 0


def test_a_judgement_in_json(tmp_path, ids):
    judge = Judge(Journal.load(Library(tmp_path)).log("ann"))
    event = judge.duel(ids(1), ids(2), "other")
    assert json.loads(json.dumps(judgement_json(event))) == {
        **{"kind": "duel", "id": event.id, "take": ids(1), "listener": "ann", "session": judge.name},
        **{"at": event.at, "heard_s": 0.0, "blind": False, "spent_s": 0.0, "other": ids(2), "winner": "other"},
        **{"side": "a", "first": "take", "neither": False},
    }
