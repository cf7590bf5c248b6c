"""The power fails at any call: in every state that the disk may be found in, all that was acknowledged is there."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from library.errors import EarmarkError
from library.jobs.saving import is_saved
from library.library import Library
from library.store.catalog import Catalog
from tests.mishap import actions
from tests.mishap.cases import CASES, Case, acknowledged, damage, in_use
from tests.mishap.disk import Disk, Tree, put
from tests.mishap.faults import KILL, Action, Outcome, Say, attempt
from tests.mishap.seccomp import STOPPED_CALLS, Call
from tests.mishap.sweep import EVERYTHING, named

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs(STOPPED_CALLS),
]


def _within(folder: Path, say: Say, action: Action, name: str) -> None:
    action(folder / name, say)


def within(action: Action, name: str) -> Action:
    """`action` in that folder of the disk."""
    return partial(_within, action=action, name=name)


def follow(record: Disk, call: Call | None, _outcome: Outcome) -> None:
    """Have the disk hear of a call."""
    record.before(call)


class States:
    """The states that a disk may be found in, each once, and the most that had been acknowledged before it."""

    def __init__(self, disk: Disk) -> None:
        self._disk = disk
        self._found: dict[int, tuple[Tree, list[str]]] = {}

    def watch(self, call: Call | None, outcome: Outcome) -> None:
        """Add the states at this point."""
        if not self._disk.before(call):
            return
        for tree in self._disk.states():
            self._found[hash(frozenset(tree.items()))] = (tree, list(outcome.said))

    def __iter__(self) -> Iterator[tuple[Tree, list[str]]]:
        return iter(self._found.values())

    def __len__(self) -> int:
        return len(self._found)


def check_all(states: States, here: Path, check: Callable[[Path, Outcome], None], case: Case) -> list[str]:
    """What is wrong in which state."""
    wrong = []
    for number, (tree, said) in enumerate(states):
        shutil.rmtree(here, ignore_errors=True)
        put(tree, here)
        there = sorted(str(path) for path, content in tree.items() if content is not None)
        try:
            check(here / case.folder, Outcome(said=said))
        except (AssertionError, EarmarkError, OSError) as error:
            wrong.append(f"state {number} after {said}: {there}: {str(error)[-300:]}")
    return wrong


@pytest.mark.parametrize("name", CASES)
def test_power_fails_at_any_call(name, ground, disk):
    case, here = CASES[name], disk / name
    shutil.copytree(ground, here)
    states = States(Disk(here))
    outcome = attempt(within(case.action, case.folder), here, watch=states.watch)
    assert not outcome.crash + outcome.error
    assert acknowledged(outcome)
    assert len(states) > 5
    wrong = check_all(states, here, case.check, case)
    print(f"{name}: {len(outcome.calls)} calls, {len(states)} states")
    assert not wrong, "\n".join(wrong[:5])


@pytest.mark.parametrize(
    "name", [name for name, case in CASES.items() if case.again and (EVERYTHING or name != "generating")]
)
def test_power_fails_after_one_was_killed_and_the_next_has_finished(name, ground, disk):
    case, here = CASES[name], disk / name
    action = within(case.action, case.folder)
    shutil.rmtree(here, ignore_errors=True)
    shutil.copytree(ground, here)
    calls = attempt(action, here).calls
    confirming = [at for at, call in enumerate(calls, 1) if call.name == "fsync" and not _is_temporary(call.path)]
    kills = [at for at, call in enumerate(calls, 1) if call.changes or call.name == "fsync"]
    wrong = []
    for at in kills if EVERYTHING else confirming:
        shutil.rmtree(here)
        shutil.copytree(ground, here)
        record = Disk(here)
        killed = attempt(action, here, at, KILL, partial(follow, record))
        again = attempt(action, here, watch=partial(follow, record))
        assert not again.crash + again.error
        states = States(record)
        states.watch(None, Outcome(said=[*killed.said, *again.said]))
        wrong += [f"{named(at, KILL, killed.calls, here)}: {one}" for one in check_all(states, here, case.check, case)]
    assert not wrong, "\n".join(wrong[:5])


def test_power_fails_while_a_library_is_mended(ground, disk):
    here = disk / "mended"
    shutil.copytree(ground, here)
    usable = damage(here / "library")
    states = States(Disk(here))
    outcome = attempt(within(actions.mend, "library"), here, watch=states.watch)
    assert not outcome.crash + outcome.error
    assert [said.split()[0] for said in outcome.said] == ["True"] * 4

    def check(library: Path, outcome: Outcome) -> None:
        if len(outcome.said) < 4:
            for path in library.glob("*/*/*.json"):
                os.utime(path, (1e9, 1e9))
            actions.mend(library, lambda _: None)
        assert usable <= in_use(library)

    wrong = check_all(states, here, check, CASES["judging"])
    assert not wrong, "\n".join(wrong[:5])


def vouch(folder: Path, say: Say) -> None:
    """What the queue does when its worker died: say which takes have landed."""
    for take in Catalog.load(Library(folder)):
        if is_saved(Library(folder), take):
            say(take.id)


def test_power_fails_after_a_dead_worker_s_take_was_told_as_landed(ground, disk):
    here = disk / "vouched"
    case, told, wrong = CASES["first-take"], 0, []
    action = within(case.action, case.folder)
    shutil.copytree(ground, here)
    calls = attempt(action, here).calls
    for at in [
        at for at, call in enumerate(calls, 1) if calls[at - 2].second and calls[at - 2].second.suffix == ".json"
    ]:
        shutil.rmtree(here)
        shutil.copytree(ground, here)
        record = Disk(here)
        attempt(action, here, at, KILL, partial(follow, record))
        states = States(record)
        outcome = attempt(within(vouch, case.folder), here, watch=states.watch)
        told += len(outcome.said)
        wrong += check_all(states, here, case.check, case)
    assert told > 0
    assert not wrong, "\n".join(wrong[:5])


def _is_temporary(path: Path | None) -> bool:
    return path is not None and path.name.startswith(".")


def unsynced(folder: Path, say: Say) -> None:
    """A file renamed into place whose content was never confirmed."""
    (folder / "new").write_bytes(b"whole")
    (folder / "new").rename(folder / "file")
    _sync(folder)
    say("whole")


def nameless(folder: Path, say: Say) -> None:
    """Content that was confirmed under a name that was not."""
    with (folder / "file").open("wb") as file:
        file.write(b"whole")
        file.flush()
        os.fsync(file.fileno())
    say("whole")


def orphaned(folder: Path, say: Say) -> None:
    """A file that is sure to be in a folder which isn't."""
    (folder / "inner").mkdir()
    nameless(folder / "inner", lambda _: None)
    _sync(folder / "inner")
    say("whole")


def careful(folder: Path, say: Say) -> None:
    """All of it."""
    orphaned(folder, lambda _: None)
    _sync(folder)
    say("whole")


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


@pytest.mark.parametrize(("write", "safe"), [(unsynced, False), (nameless, False), (orphaned, False), (careful, True)])
def test_the_disk_loses_what_was_not_confirmed_and_nothing_else(write, safe, tmp_path):
    (here := tmp_path / "disk").mkdir()
    states = States(Disk(here))
    assert attempt(write, here, watch=states.watch).said == ["whole"]
    kept = [b"whole" in tree.values() for tree, said in states if said]
    assert all(kept) == safe
    assert any(kept)


def test_all_calls_are_those_that_the_disk_knows(ground, disk):
    """Judging is followed to the end as it is on the disk itself."""
    here = disk / "followed"
    shutil.copytree(ground, here)
    record = Disk(here)
    attempt(within(actions.judge, "library"), here, watch=partial(follow, record))
    (*_, last) = record.states()
    there = {path.relative_to(here): path.read_bytes() if path.is_file() else None for path in here.rglob("*")}
    assert last == there
