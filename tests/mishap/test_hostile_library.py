"""Something in a library is a link, a pipe, a device, has no end: every command ends, soon and in words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.store.catalog import Catalog
from tests.mishap.hostile_library import (
    FILES,
    FOLDERS,
    IN_PLACE_OF_FILES,
    IN_PLACE_OF_FOLDERS,
    MOST_MEGABYTES,
    MOST_S,
    SECRET,
    Ended,
    contents,
    holding_secrets,
    lay_beside,
    lay_library,
    replace,
    run,
)
from tests.mishap.sweep import EVERYTHING

pytestmark = pytest.mark.slow

COMMANDS = {
    "list": ("list", "--json"),
    "top": ("top", "--json"),
    "judge": ("judge", "TAKE", "--stars", "3"),
    "unrated": ("list", "--unrated"),
    "export": ("export", "out"),
    "import": ("import", "sounds", "--copy"),
    "generate": ("generate", "dusk", "--seeds", "1", "--duration", "0.2"),
    "extend": ("extend", "TAKE", "--to", "0.4"),
    "verify": ("verify", "TAKE"),
    "doctor": ("doctor",),
    "sounds": ("doctor", "--sounds"),
    "repair": ("doctor", "--repair", "--look-in", "sounds"),
}
PLACES = FOLDERS | FILES
CASES = [(place, kind) for place in FOLDERS for kind in IN_PLACE_OF_FOLDERS]
CASES += [(place, kind) for place in FILES for kind in IN_PLACE_OF_FILES]


@pytest.fixture(scope="module")
def ground(disk: Path) -> Path:
    """What `lay_library` says, and beside it what `lay_beside` says."""
    lay_beside(lay_library(disk / "ground"), disk / "beside")
    return disk / "ground"


def tried(number: int) -> Iterator[str]:
    """The commands that are tried in the case of that number: all of them, or the next one in turn and the repair."""
    if EVERYTHING:
        yield from COMMANDS
    else:
        yield list(COMMANDS)[number % (len(COMMANDS) - 1)]
        yield "repair"


def trouble(ended: Ended) -> Iterator[str]:
    """What is wrong with how a command ended."""
    if ended.code not in (0, 1):
        yield f"exit code {ended.code}"
    if ended.seconds > MOST_S:
        yield f"{ended.seconds:.1f} s"
    if ended.megabytes > MOST_MEGABYTES:
        yield f"{ended.megabytes:.0f} MB"
    if "Traceback" in ended.err or (ended.code == 1 and not (ended.err + ended.out).strip()):
        yield ended.err[-600:] or "not a word"
    if SECRET.decode() in ended.out + ended.err:
        yield "it tells what is private"


@pytest.mark.parametrize("number", range(len(CASES)), ids=[f"{kind} for {place}" for place, kind in CASES])
def test_every_command_ends_soon_and_in_words_and_nothing_outside_is_touched(number, ground, disk):
    place, kind = CASES[number]
    here, beside = disk / "here", disk / "beside"
    before, failures = contents(beside), []
    for name in tried(number):
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(ground, here)
        take = next(iter(Catalog.load(here / "library"))).id
        path = sorted((here / "library").glob(PLACES[place]))[0]
        like = beside / "like" / path.relative_to(here / "library")
        private = beside / ("private" if place in FOLDERS else "private.txt")
        replace(path, kind, like, private)
        ended = run(tuple(take if word == "TAKE" else word for word in COMMANDS[name]), here)
        wrong = [*trouble(ended)]
        if (after := contents(beside)) != before:
            wrong.append(f"outside has changed: {[str(path) for path, _ in before.items() ^ after.items()]}")
        if read := holding_secrets(here):
            wrong.append(f"private in {read}")
        failures += [f"{name}: {one}" for one in wrong]
        if after != before:
            shutil.rmtree(beside)
            lay_beside(ground / "library", beside)
            before = contents(beside)
    assert not failures, "\n".join(failures)
