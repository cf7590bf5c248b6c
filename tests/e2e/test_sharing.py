"""One library, many at once: three apps, two command lines and a synchroniser. Everybody sees everything; nothing is
overwritten."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from tests.benchmarks.make_library import make_library
from tests.e2e.conftest import PROGRAM, until

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

KEYS = "43525143"
"""What each app is told, one key after the other."""


def start(words: list[object], environment: dict[str, str]) -> subprocess.Popen[str]:
    """A process beside the apps."""
    return subprocess.Popen(
        list(map(str, words)), env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def documents(library: Path) -> dict[str, dict[str, object]]:
    """Each shard under its final name and its documents, as the files are; none for a file that is not whole yet."""
    found = {}
    for path in [*library.glob("batches/*/batch.json"), *library.glob("sessions/*/*.json")]:
        try:
            (table,) = json.loads(path.read_bytes()).values()
        except ValueError:
            table = {}
        found[str(path.relative_to(library))] = table
    return found


def test_everybody_sees_everything_and_nothing_is_overwritten(terminal, environment, library, tmp_path):
    make_library(library, batches=1, takes=20, judgements=0, sounds=2)
    elsewhere = make_library(tmp_path / "elsewhere", batches=3, takes=10, judgements=40, sounds=0, salt=1)
    apps = {
        name: terminal("--listener", listener, env={"HOME": str(tmp_path / name)})
        for name, listener in (("first", "ana"), ("second", "ana"), ("third", "bo"))
    }
    for app in apps.values():
        app.wait_for("20 takes")

    prompts = ["--seeds", "1-2", "--generator", "sketch", "--duration", "1", "--json"]
    making = start([*PROGRAM, "generate", "slow waltz", "fast march", *prompts], environment)
    bringing = start(
        [sys.executable, Path(__file__).with_name("synchroniser.py"), tmp_path / "elsewhere", library], environment
    )
    judged = next(iter(Catalog.load(Library(library)))).id
    saying = start([*PROGRAM, "judge", judged, "--note", "said meanwhile", "--json"], environment)
    before: dict[str, dict[str, object]] = {}
    for key in KEYS:
        for app in apps.values():
            app.press(key)
        now = documents(library)
        assert all(now[path].items() >= table.items() for path, table in before.items()), "a document was lost"
        before = now
    made, said = json.loads(making.communicate(timeout=120)[0]), json.loads(saying.communicate(timeout=120)[0])
    brought = bringing.communicate(timeout=120)[0].split()
    assert (making.returncode, saying.returncode, bringing.returncode) == (0, 0, 0)
    assert (len(made["takes"]), len(brought)) == (4, 3 + 1)

    def keys_heard() -> bool:
        own = [event for key, event in theirs(library).items() if key not in theirs(tmp_path / "elsewhere")]
        return sum(event["kind"] == "stars" for event in own) == len(KEYS) * len(apps)

    until(keys_heard, "every key's judgement on disk")
    journal, catalog = Journal.load(Library(library)), Catalog.load(Library(library))
    takes, events = len(catalog), len(journal.history.rated())
    assert takes == 20 + 4 + elsewhere.takes
    for app in apps.values():
        began = time.monotonic()
        app.wait_for(f"{takes} takes · {events} judged")
        print(f"seen {time.monotonic() - began:.1f} s after the last was done")

    # All events that anybody wrote or acknowledged, and each in the one file of its writer.
    written = {key for table in documents(library).values() for key in map(str, table.values())}
    assert len(written) == sum(len(table) for table in documents(library).values())
    everything = theirs(library)
    assert set(everything) >= set(theirs(tmp_path / "elsewhere")) | {said["judgement"]["id"]}
    assert len(everything) == elsewhere.judgements + len(KEYS) * len(apps) + 1
    assert len({event["session"] for event in everything.values()}) == 3 + 1 + 1
    assert (catalog.damages, journal.damages) == ([], [])
    assert not [path for path in library.rglob("*") if re.search(r"damaged|\.tmp$", path.name)]
    for app in apps.values():
        assert "damaged" not in app.screen


def theirs(library: Path) -> dict[str, dict[str, str]]:
    """Every judgement event in the files of a library, by id."""
    return {
        str(event["id"]): event
        for path, table in documents(library).items()
        if path.startswith("sessions")
        for event in table.values()
    }
