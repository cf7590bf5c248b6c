"""Something in a library is a link, a pipe, a device, has no end: every command ends, soon and in words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from library.library import Library
from library.store.catalog import Catalog
from tests.mishap.hostile_library import (
    FILES,
    FOLDERS,
    IN_PLACE_OF_FILES,
    IN_PLACE_OF_FOLDERS,
    MOST_MEGABYTES,
    SECRET,
    Ended,
    contents,
    holding_secrets,
    lay_beside,
    lay_library,
    most_s,
    replace,
    run,
)
from tests.mishap.sweep import EVERYTHING

pytestmark = pytest.mark.slow

QUICK = {
    "list": ("list", "--json"),
    "top": ("top", "--json"),
    "ideas": ("ideas", "--json"),
    "collection": ("list", "--collection", "keepers", "--json"),
    "judge": ("judge", "TAKE", "--stars", "3"),
    "label": ("label", "TAKE", "+red", "-blue"),
    "unrated": ("list", "--unrated"),
    "export": ("export", "out"),
    "gallery": ("gallery", "out.html"),
    "panel": ("panel", "panel.html"),
    "collect": ("panel", "--collect", "sounds"),
    "purge": ("purge", "--rejected", "--dry-run"),
    "dataset": ("dataset", "out", "--format", "audiofolder"),
    "import": ("import", "sounds", "--copy"),
    "doctor": ("doctor",),
    "sounds": ("doctor", "--sounds"),
}
WITH_WORKER = {
    "generate": ("generate", "dusk", "--seeds", "1", "--duration", "0.2"),
    "extend": ("extend", "TAKE", "--to", "0.4"),
    "more": ("more", "TAKE", "-n", "1"),
    "verify": ("verify", "TAKE"),
    "restore": ("restore", "TAKE"),
}
"""Those that need some twenty times as long as the others."""
PLAYING = {
    "play": ("play", "TAKE"),
    "rate": ("rate", "--minutes", "5"),
    "app": (),
}
"""Those that start the audio process; the last two in a terminal, where they are left as soon as they can be."""
IN_A_TERMINAL = ("rate", "app")
REPAIR = {"repair": ("doctor", "--repair", "--look-in", "sounds")}
COMMANDS = QUICK | WITH_WORKER | PLAYING | REPAIR
PLACES = FOLDERS | FILES
CASES = [(place, kind) for place in FOLDERS for kind in IN_PLACE_OF_FOLDERS]
CASES += [(place, kind) for place in FILES for kind in IN_PLACE_OF_FILES]
IN_PLACE_OF_ANYTHING = (*IN_PLACE_OF_FILES, "file")


@pytest.fixture(scope="module")
def ground(disk: Path) -> Path:
    """What `lay_library` says, and beside it what `lay_beside` says."""
    lay_beside(lay_library(disk / "ground"), disk / "beside")
    return disk / "ground"


def tried(place: str, kind: str) -> list[str]:
    """The commands that are tried in that case: all of them, or the repair and some in turn.

    So each place meets every quick one, one with a worker and one that plays; and so does each thing that is put there.
    """
    if EVERYTHING:
        return list(COMMANDS)
    turn, command = divmod(list(PLACES).index(place) + IN_PLACE_OF_ANYTHING.index(kind), len(QUICK))
    names = [list(QUICK)[command], *REPAIR]
    slow = {0: [*WITH_WORKER], len(QUICK) // 2: [*PLAYING]}.get(command, [])
    return [*names, slow[turn % len(slow)]] if slow else names


def trouble(ended: Ended) -> Iterator[str]:
    """What is wrong with how a command ended."""
    if ended.code not in (0, 1):
        yield f"exit code {ended.code}"
    if ended.seconds > most_s():
        yield f"{ended.seconds:.1f} s"
    if ended.megabytes > MOST_MEGABYTES:
        yield f"{ended.megabytes:.0f} MB"
    if "Traceback" in ended.err + ended.out or (ended.code == 1 and not (ended.err + ended.out).strip()):
        yield (ended.err + ended.out)[-600:] or "not a word"
    if SECRET.decode() in ended.out + ended.err:
        yield "it tells what is private"


@pytest.mark.parametrize(("place", "kind"), CASES)
def test_every_command_ends_soon_and_in_words_and_nothing_outside_is_touched(place, kind, ground, disk):
    here, beside = disk / "here", disk / "beside"
    before, failures = contents(beside), []
    for name in tried(place, kind):
        shutil.rmtree(here, ignore_errors=True)
        shutil.copytree(ground, here)
        take = next(iter(Catalog.load(Library(here / "library")))).id
        path = sorted((here / "library").glob(PLACES[place]))[0]
        like = beside / "like" / path.relative_to(here / "library")
        private = beside / ("private" if place in FOLDERS else "private.txt")
        replace(path, kind, like, private)
        words = tuple(take if word == "TAKE" else word for word in COMMANDS[name])
        ended = run(words, here, app=name in IN_A_TERMINAL)
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
