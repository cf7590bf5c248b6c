"""Killed at, or refused, each system call of every write in turn: what was acknowledged is there, the rest opens."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import soundfile

from library.audio import sound_id
from library.catalog import Catalog
from library.errors import EarmarkError
from ratings.journal import Journal
from tests.mishap import actions
from tests.mishap.faults import KILL, Action, Outcome, attempt
from tests.mishap.seccomp import reason_against
from tui.settings import load_settings

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(reason_against() is not None, reason=str(reason_against())),
]
ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS)


def acknowledged(outcome: Outcome) -> list[str]:
    return [text for text in outcome.said if not text.startswith("refused")]


def temporary(folder: Path) -> list[Path]:
    return [path for path in folder.rglob(".*") if path.is_file()]


def opens(library: Path) -> tuple[Catalog, Journal]:
    """The library at `library`, of which every file is whole."""
    catalog, journal = Catalog.load(library), Journal.load(library)
    assert [*catalog.damages, *journal.damages] == []
    for take in catalog:
        assert sound_id(catalog.path_of(take)) == take.id
        if (tokens := catalog.tokens_of(take)) is not None:
            assert zipfile.ZipFile(tokens).testzip() is None
    return catalog, journal


def check_judging(library: Path, outcome: Outcome) -> None:
    _, journal = opens(library)
    written = "".join(path.read_text() for path in library.glob("sessions/ana/*.json"))
    assert all(f'"id":"{event}"' in written for event in acknowledged(outcome))
    if len(acknowledged(outcome)) == 3:
        assert journal.history.verdict(actions.TAKE).stars == 3


def check_landing(library: Path, outcome: Outcome) -> None:
    catalog, _ = opens(library)
    assert all(take in catalog for take in acknowledged(outcome))


def check_export(folder: Path, outcome: Outcome) -> None:
    for path in [path for path in folder.glob("*") if path.suffix == ".wav"]:
        assert soundfile.info(path).frames == len(actions.noise(1))
    for line in acknowledged(outcome):
        name, digest = line.rsplit(" ", 1)
        assert (folder / name).is_file()
        assert digest in ("-", hashlib.sha256((folder / name).read_bytes()).hexdigest())


def check_settings(folder: Path, outcome: Outcome) -> None:
    theme = load_settings(folder / "settings.json").theme
    assert theme in ("old", "new")
    assert acknowledged(outcome) in ([], [theme])


@dataclass(frozen=True)
class Case:
    """An action, where it is done, and what must hold afterwards."""

    action: Action
    folder: str
    check: Callable[[Path, Outcome], None]
    again: bool = True
    """Whether the action tries again what was refused, and so ends with all that it does undisturbed."""


CASES = {
    "judging": Case(actions.judge, "library", check_judging),
    "first-judgement": Case(actions.judge, "new", check_judging),
    "first-take": Case(actions.land, "new", check_landing),
    "importing": Case(actions.bring_in, "library", check_landing),
    "exporting": Case(actions.export, "out", check_export),
    "settings": Case(actions.keep_settings, "config", check_settings, again=False),
}


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A folder in memory where there is one: each call is stopped, and none has to wait for a disk as well."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="module")
def ground(disk) -> Path:
    """A library with two takes, one of them rated, three files to import, and settings."""
    ground: Path = disk / "ground"
    ground.mkdir()
    told: list[str] = []
    actions.land(ground / "library", told.append)
    Journal.load(ground / "library").session("ben").stars(told[0], 4)
    (ground / "sounds").mkdir()
    for seed in (11, 12, 13):
        soundfile.write(ground / "sounds" / f"day_s{seed}.wav", actions.noise(seed), actions.RATE)
    (ground / "config").mkdir()
    (ground / "config" / "settings.json").write_text('{"theme": "old"}')
    return ground


@pytest.mark.parametrize("name", CASES)
def test_killed_or_refused_at_every_call(name, ground, disk):
    case = CASES[name]
    here = disk / name

    def on_new_ground(at: int = 0, fault: int = KILL) -> Outcome:
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(ground, here)
        return attempt(case.action, here / case.folder, at, fault)

    plain = on_new_ground()
    assert not plain.crash + plain.error
    assert len(plain.calls) >= 5
    case.check(here / case.folder, plain)
    failures = []
    for at in range(1, len(plain.calls) + 1):
        for fault in (KILL, ERRORS[at % len(ERRORS)]):
            outcome = on_new_ground(at, fault)
            call = outcome.calls[at - 1] if outcome.hit else "none"
            try:
                assert not outcome.crash, outcome.crash
                case.check(here / case.folder, outcome)
                if fault != KILL:
                    assert temporary(here) == [] or call.startswith("unlink")
                    assert not case.again or len(set(acknowledged(outcome))) >= len(acknowledged(plain)), outcome
                again = Outcome()
                case.action(here / case.folder, again.said.append)
                case.check(here / case.folder, again)
                assert case.folder != "out" or temporary(here) == []
            except (AssertionError, EarmarkError) as error:
                failures.append(f"{at}: {errno.errorcode.get(fault, 'KILL')} in {call}: {str(error)[-500:]}")
    assert not failures, "\n".join(failures)
