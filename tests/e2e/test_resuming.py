"""Killed in the middle, gone on with by the command line: nothing lost, nothing twice, and what can't be made stays."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

import pytest

from library.jobs.to_come import take_up, to_come
from library.library import Library
from library.store.catalog import Catalog
from tests.e2e.conftest import PROGRAM
from tests.needs import LINUX
from tests.processes import await_end, children_of

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.needs(LINUX),  # whose /proc tells of a process's children
]


def test_a_killed_generation_is_gone_on_with(environment, earmark, library: Path, tmp_path, monkeypatch):
    words = ["generate", "night", "--seeds", "1-4", "--duration", "20"]
    process = subprocess.Popen(
        [*PROGRAM, *words], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, start_new_session=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    workers = children_of(process.pid)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    for worker in workers:
        await_end(worker)

    listed = earmark("list", "--json")
    made = [take["seed"] for take in listed.json["takes"]]
    left = [wish["seed"] for wish in listed.json["to_come"]]
    assert made
    assert sorted(made + left) == [1, 2, 3, 4]
    assert listed.json["to_come"][0].items() >= {"prompt": "night", "duration_s": 20.0, "busy": False}.items()
    assert f"{len(left)} take" in earmark("list").err

    (mine,) = (library / "queue").glob("*-????????.json")
    document = json.loads(mine.read_text())
    for name, changes in {
        "unknown": {"recipes": [{**document["recipes"][0], "generator": "nobodys"}]},
        "foreign": {"place": "ann@studio:0"},
    }.items():
        wish = document["id"][:-8] + {"unknown": "00000001", "foreign": "00000002"}[name]
        (library / "queue" / f"{wish}.json").write_text(json.dumps({**document, **changes, "id": wish}))
    (library / "queue" / "half.json").write_text("{")

    monkeypatch.setattr("library.jobs.to_come.here", lambda: document["place"])
    catalog = Catalog.load(Library(library))
    (ours,) = (one.wish for one in to_come(catalog).waiting if one.wish.id == document["id"])
    held = take_up(catalog, ours)
    assert held is not None
    busy = earmark("generate", "--resume")
    assert "another Earmark" in busy.err
    assert len(Catalog.load(Library(library))) == len(made)
    held[0].release()

    resumed = earmark("generate", "--resume", "--json")
    assert resumed.code == 1
    assert "nobodys" in resumed.err
    assert "ann@studio" in resumed.err
    assert "half.json" in resumed.err
    assert [take["seed"] for take in resumed.json["takes"]] == left
    takes = list(Catalog.load(Library(library)))
    assert sorted(take.seed or 0 for take in takes) == [1, 2, 3, 4]
    assert sorted(path.name for path in (library / "queue").iterdir() if path.suffix == ".json") == sorted(
        ["half.json", f"{document['id'][:-8]}00000001.json", f"{document['id'][:-8]}00000002.json"]
    )
    checks = {check["name"]: check["detail"] for check in earmark("doctor", "--json").json["checks"]}
    assert "ann@studio" in checks["still to come"]
    assert "half.json" in checks["queue files"]

    for path in (library / "queue").glob("*.json"):
        path.unlink()
    nothing = earmark("generate", "--resume", "--json")
    assert (nothing.code, nothing.json) == (0, {"takes": [], "failed": []})
    assert earmark("generate", "--resume", "--seeds", "1").code == 2
    assert earmark("generate", "night").code == 2
