"""Duels in a real terminal, and the sound's own scale: what is written, undone and ranked."""

from __future__ import annotations

import re

import pytest

from library.library import Library
from ratings.journal import Journal
from ratings.judgement import Duel, Sound

pytestmark = pytest.mark.e2e


def live(library):
    return Journal.load(Library(library)).history.live()


def sounding(screen: str) -> str:
    """The side that is lit."""
    found = re.search(r"▶ ([AB]) ", screen)
    return found[1] if found else ""


def place(screen: str) -> int:
    """Whole seconds into what is on."""
    found = re.search(r"0:(\d\d)  ━", screen)
    return int(found[1]) if found else 0


def test_compare_undo_and_rate_the_sound(terminal, earmark, library):
    earmark("generate", "night drive", "day walk", "--seeds", "1-3", "--duration", 12)
    app = terminal()
    app.wait_for("6 takes")
    app.press("d")
    screen = app.wait_for("better?", "▶")
    assert "seed" not in screen
    first = sounding(screen)
    app.press("a")
    app.wait_for("long enough yet")
    app.wait_until(lambda screen: place(screen) >= 2, "two seconds of the first")
    app.press("Tab")
    screen = app.wait_until(lambda screen: sounding(screen) not in ("", first), "the other one to be lit")
    since = place(screen)
    app.wait_until(lambda screen: place(screen) >= since + 2, "two seconds of the other")
    app.press("b")
    app.wait_for("last: ", "1 duel")
    (duel,) = live(library)
    assert isinstance(duel, Duel)
    assert duel.blind
    assert duel.heard_s > 2
    assert (duel.winner == "take") == (duel.side == "b")

    app.press("C-z")
    app.wait_for("Undone")
    assert live(library) == []
    app.press("u")
    app.wait_for("quality: 1")
    app.press("4")
    app.wait_for("Sound: ★★★★·")
    (sound,) = live(library)
    assert isinstance(sound, Sound)
    assert sound.sound == 4

    app.press("w")
    app.wait_for("Nothing")
    app.press("c")
    app.wait_for("1 of 6")
    app.press("q")
    app.wait_for("left with 0")
    listed = {take["id"]: take["sound"] for take in earmark("list", "--json").json["takes"]}
    assert listed[sound.take] == 4.0
    assert sum(value is not None for value in listed.values()) == 1
