"""Commands as users run them, killed at or refused each system call about their files: what they told holds."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from library.errors import EarmarkError
from library.library import Library
from library.store.catalog import Catalog
from ratings.journal import Journal
from ratings.panel.record import read_record
from tests.mishap.cases import damage, in_use, lay_ground, opens
from tests.mishap.commands import Told, command, told
from tests.mishap.faults import KILL, Outcome, attempt
from tests.mishap.seccomp import STOPPED_CALLS
from tests.mishap.sweep import mishaps, named

pytestmark = [
    pytest.mark.slow,
    pytest.mark.needs(STOPPED_CALLS),
]


def takes_are_there(here: Path, document: dict) -> int:
    """How many takes a command told of; each is in the library."""
    told = document.get("takes", []) + [take for take in [document.get("take")] if take]
    catalog = Catalog.load(Library(here / "library"))
    assert all(take["id"] in catalog for take in told)
    return len(told) + len(document.get("duplicates", []))


def judgement_is_there(here: Path, document: dict) -> int:
    """Whether a command told of a judgement; it is in the library."""
    event = document.get("judgement")
    live = {event.id for event in Journal.load(Library(here / "library")).history.live()}
    assert event is None or event["id"] in live
    return event is not None


def files_are_there(here: Path, document: dict) -> int:
    """How many files a command told of; each is in place, with that content."""
    for file in document.get("files", []):
        assert hashlib.sha256(Path(file["path"]).read_bytes()).hexdigest() == file["sha256"]
    return len(document.get("files", []))


def dataset_is_whole(_here: Path, document: dict) -> int:
    """How many files a command told of; each is in place, and a sheet lists no sound that isn't."""
    files = [Path(file) for file in document.get("files", [])]
    assert all(file.stat().st_size for file in files)
    for sheet in (file for file in files if file.suffix == ".csv"):
        listed = [line.partition(",")[0] for line in sheet.read_text("utf-8").splitlines()[1:]]
        assert all((sheet.parent / name).is_file() for name in listed)
    return len(files)


def gallery_is_whole(here: Path, document: dict) -> int:
    """How many files a command told of; each is in place, and the page that is there names no sound that isn't."""
    if (page := here / "out" / "index.html").exists():
        for source in re.findall(r'src="(audio/[^"]+)"', page.read_text("utf-8")):
            assert (page.parent / source).stat().st_size
    return sum(Path(file).is_file() for file in document.get("files", []))


def purged_is_known(here: Path, document: dict) -> int:
    """How many sounds a command told of as dropped; whatever is gone is written down as that."""
    catalog = Catalog.load(Library(here / "library"))
    assert all(catalog.has_sound(take) or catalog.is_purged(take) for take in catalog)
    told = [catalog.find(one["take"]) for one in document.get("purged", [])]
    return sum(catalog.is_purged(take) for take in told)


def pack_is_whole(here: Path, document: dict) -> int:
    """How many files a command told of; each is in place, and what is there is a whole pack."""
    if (path := here / "out" / "p.zip").exists():
        with zipfile.ZipFile(path) as entries:
            assert entries.testzip() is None
    return sum(Path(file).is_file() for file in document.get("files", []))


def panel_is_known(here: Path, document: dict) -> int:
    """How many files a command told of; each is in place, and the library knows the panel of the page that is there."""
    if (page := here / "out" / "p.html").exists():
        (panel,) = re.findall("&quot;id&quot;:&quot;([0-9a-f]{16})&quot;", page.read_text("utf-8"))
        assert len(read_record(Library(here / "library"), panel).takes) == 2
    return sum(Path(file).is_file() for file in document.get("files", []))


def mended(_here: Path, document: dict) -> int:
    """How many things `doctor` told that it mended."""
    return sum(repair["done"] for repair in document.get("repairs", []))


@dataclass(frozen=True)
class Case:
    """A command, and how many things of which kind it tells in the end."""

    words: tuple[str, ...]
    tells: int
    check: Callable[[Path, dict], int]
    every: int
    """Of how many mishaps one is tried where not all are."""


CASES = {
    "generate": Case(("generate", "dusk", "--seeds", "1-2", "--duration", "0.2", "--json"), 2, takes_are_there, 72),
    "import": Case(("import", "sounds", "--copy", "--json"), 3, takes_are_there, 10),
    "judge": Case(("judge", "TAKE", "--stars", "3", "--json"), 1, judgement_is_there, 6),
    "export": Case(("export", "out", "--json"), 1, files_are_there, 24),
    "dataset": Case(("dataset", "out", "--format", "audiofolder", "--json"), 4, dataset_is_whole, 24),
    "gallery": Case(("gallery", "out", "--json"), 2, gallery_is_whole, 24),
    "panel": Case(("panel", "out/p.html", "-n", "2", "--json"), 1, panel_is_known, 24),
    "purge": Case(("purge", "--rejected", "--json"), 1, purged_is_known, 72),
    "pack": Case(("pack", "out/p.zip", "--sound", "--json"), 1, pack_is_whole, 24),
    "extend": Case(("extend", "TAKE", "--to", "0.4", "--json"), 1, takes_are_there, 72),
    "doctor": Case(("doctor", "--repair", "--json"), 4, mended, 40),
}


@pytest.fixture(scope="module")
def ground(disk: Path) -> tuple[Path, str]:
    """A user's folder with a library, of which two files are damaged; and a take that a command made."""
    ground = lay_ground(disk / "ground")
    (ground / "home").mkdir()
    attempt(command("generate", "night", "--seeds", "7", "--duration", "0.2", "--json"), ground)
    take = told(ground).json["takes"][0]["id"]
    attempt(command("judge", take, "--reject"), ground)
    return ground, take


@pytest.mark.parametrize("name", CASES)
def test_a_command_killed_or_refused_at_every_call(name, ground, disk):
    case, (clean, take) = CASES[name], ground
    here = disk / name
    action = command(*(take if word == "TAKE" else word for word in case.words))

    usable = frozenset[str]()

    def on_new_ground(at: int = 0, fault: int = KILL) -> tuple[Outcome, Told]:
        nonlocal usable
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(clean, here)
        usable = damage(here / "library") if name == "doctor" else usable
        return attempt(action, here, at, fault), told(here)

    plain, said = on_new_ground()
    assert not plain.crash
    assert (said.code, said.err) == (0, "")
    assert case.check(here, said.json) == case.tells
    failures = []
    for at, fault in mishaps(plain.calls, case.every):
        outcome, said = on_new_ground(at, fault)
        try:
            assert not outcome.crash, outcome.crash
            assert "Traceback" not in said.err
            case.check(here, said.json)
            if name != "doctor":
                opens(here / "library")
            if said.code is None:
                assert fault == KILL
            elif said.code == 1:
                named_it = str(here) in said.err or "generator process" in said.err or _names_failure(said, here)
                assert named_it, said.err + said.out
            else:
                assert said.code == 0, said.err
                all_told = case.check(here, said.json) == case.tells
                assert all_told or str(here) in said.err or _names_failure(said, here), said.err
            again = attempt(action, here)
            assert (again.crash, told(here).code) == ("", 0), told(here).err
            opens(here / "library")
            case.check(here, told(here).json)
            assert usable <= in_use(here / "library")
        except (AssertionError, EarmarkError, json.JSONDecodeError) as error:
            failures.append(f"{named(at, fault, outcome.calls, here)}: {str(error)[-900:]}")
    assert not failures, "\n".join(failures)


def _names_failure(said: Told, here: Path) -> bool:
    """Whether `doctor`, which fails only where Earmark is of no use, tells what it could not mend or look at."""
    failed = [repair for repair in said.json.get("repairs", []) if not repair["done"]]
    failed += [check for check in said.json.get("checks", []) if not check["ok"]]
    return any(str(here) in one["detail"] for one in failed)
